import { isIPv4, isIPv6 } from "node:net";

/** What may be told; every other address is somebody's, whether we know whose or not. */
export type Tellable = {
  /** IPv4 addresses of this host, of its networks and of the user's own machines. */
  readonly addresses: ReadonlySet<string>;
  /** MACs of the switches and of the user's own machines. */
  readonly macs: ReadonlySet<string>;
  /** Names of others and of their machines, as far as they are known. */
  readonly foreignNames: ReadonlySet<string>;
  /** The user's own uid: lines of the journal about others are cut. */
  readonly uid: number;
};

type Rule = { readonly pattern: RegExp; readonly put: string };

/** What is a secret whoever has it. */
const secrets: readonly Rule[] = [
  {
    pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
    put: "(private key removed)",
  },
  { pattern: /\b(ssh-(?:ed25519|rsa|dss)|(?:sk-)?ecdsa-[a-z0-9-]+)\s+[A-Za-z0-9+/=]{20,}/g, put: "$1 (key removed)" },
  { pattern: /:\/\/[^\s/@:]*:[^\s/@]*@/g, put: "://(removed)@" },
  {
    pattern:
      /\b([\w-]*(?:password|passwd|passphrase|secret|token|psk|api[_-]?key)["']?\s*[:=]\s*)("[^"]*"|'[^']*'|[^\s,;}]+)/gi,
    put: "$1(removed)",
  },
];

/**
 * Takes out what a report has no need of: keys, passwords, and addresses of others. Equal ones are given equal stand-ins,
 * in all texts that the same function is asked about, so that a reader can still tell who is who.
 */
export function redactor(tellable: Tellable): (text: string) => string {
  const known = new Map<string, string>();
  const counts = new Map<string, number>();
  const standIn = (kind: string, value: string): string => {
    const before = known.get(`${kind} ${value}`);
    if (before !== undefined) return before;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    known.set(`${kind} ${value}`, `${kind}-${count}`);
    return `${kind}-${count}`;
  };
  return (text) => {
    const withoutSecrets = secrets.reduce((left, { pattern, put }) => left.replaceAll(pattern, put), text);
    const ownLines = withoutSecrets.replaceAll(othersLine, (line, uid: string, behind: string) =>
      Number(uid) === tellable.uid ? line : `uid=${standIn("user", uid)} (somebody else's)${outcomeOf(behind)}`,
    );
    const withoutMacs = ownLines
      .replaceAll(mac, (found) => (tellable.macs.has(found.slice(-17).toLowerCase()) ? found : standIn("mac", found)))
      // dnsmasq writes a machine's name behind its MAC.
      .replaceAll(/\b(DHCP\w+\([\w.-]+\).* mac-\d+) [\w.-]+/g, "$1 (name removed)");
    return withoutMacs
      .replaceAll(ipv6, (found) =>
        isIPv6(found) && found !== "::" && found !== "::1" ? standIn("ipv6", found) : found,
      )
      .replaceAll(ipv4, (found, address: string, prefix: string) =>
        isTellable(address, prefix, tellable) ? found : standIn("address", address) + prefix,
      )
      .replaceAll(word, (found) => (tellable.foreignNames.has(found) ? standIn("name", found) : found));
  };
}

/** A line of the service's own about what somebody asked for: `uid=1001 user=eve port create abcdef web on lab: done`. */
const othersLine = /\buid=(\d+) user=\S+(.*)$/gm;
/** Longer ones are client identifiers of DHCP, which end with a MAC. */
const mac = /(?<![0-9a-f:])(?:[0-9a-f]{2}:){5,}[0-9a-f]{2}(?![0-9a-f:])/gi;
const ipv6 = /(?<![\w:.])(?=[0-9a-f:]*::|(?:[0-9a-f]{1,4}:){7})[0-9a-f:]{2,39}(?![\w:])/gi;
const ipv4 = /(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?![\w]|\.\d)((?:\/\d{1,2})?)/g;
/** A name of DNS, or of a user. */
const word = /[a-z_][\w.-]*\w/gi;

/** What became of it is told whoever it was: `port create … on lab: refused`. */
function outcomeOf(behind: string): string {
  return /: (?:done|refused|written|\d+ steps)$/.exec(behind)?.[0] ?? "";
}

function isTellable(address: string, prefix: string, { addresses }: Tellable): boolean {
  if (!isIPv4(address) || addresses.has(address)) return true;
  if (/^(?:127|0|255)\.|^2(?:2[4-9]|3\d)\./.test(address)) return true;
  return isSubnet(address, prefix);
}

/** A subnet is nobody's address: its host part is nothing but zeros. */
function isSubnet(address: string, prefix: string): boolean {
  const length = Number(prefix.slice(1));
  if (prefix === "" || length > 30) return false;
  const bits = address
    .split(".")
    .map((part) => Number(part).toString(2).padStart(8, "0"))
    .join("");
  return !bits.slice(length).includes("1");
}

/** The document without its comments, where an administrator may have noted anything. */
export function withoutComments(document: string): string {
  return document
    .split("\n")
    .map((line) => line.replace(/(^|\s)#.*$/, "$1# (removed)"))
    .join("\n");
}
