/** No English inside French: every help, error, word and provider's problem, with what the system itself puts in. */
import { describe, expect, test } from "bun:test";
import { commands } from "../../src/cli/commands.ts";
import { errorWords } from "../../src/cli/render/error.ts";
import { help } from "../../src/cli/render/help.ts";
import { errorClasses, TarrError } from "../../src/error.ts";
import type { ErrorCode } from "../../src/error.ts";
import { errorsFr } from "../../src/messages/errors.fr.ts";
import { errorText } from "../../src/messages/messages.ts";
import { systemWords } from "../../src/messages/system-words.ts";
import { wordsFr } from "../../src/messages/words.fr.ts";
import { providerNames } from "../../src/model/machine.ts";
import { loadProvider } from "../../src/providers/registry.ts";

/** Frequent words of English that are none of French. */
const english = new Set(
  (
    "the of is are was were be been being this that these those with without within from into onto by for and not " +
    "nor but if then than when where which what who whose why how has have had do does did done will would shall " +
    "should can could may might must it its your you we our they their there here at in to an as so such no yes only " +
    "also already again still yet never always any all some each every none both other another same more most less " +
    "first last next new old own found given used using set get got make made take taken run running start started " +
    "stop stopped stopping delete deleted create created remove removed write written read show shown see list add " +
    "added change changed know unknown missing expected failed failure failing error wrong invalid denied " +
    "allowed directory file files folder path name names named user users group groups password key " +
    "keys value values setting settings network networks switch machine's address addresses range pool lease leases " +
    "state up down out off open opened close closed lost left right between before after while until since because " +
    "host guest router server client disk full space memory kernel device driver interface's link links line lines " +
    "packet packets frame frames rule rules answer answered reply request cannot unable please try tried wait " +
    "waiting ready default defaults usage command commands example help word words " +
    "unexpected token end reached reset plug plugged unplugged cable paused provider snapshot snapshots"
  ).split(" "),
);

/** What a reader types or finds in a file as it stands, and so is in no language. */
const literal: readonly RegExp[] = [
  // Commands, up to where the sentence goes on.
  /\b(?:sudo |export )?(?:tarr-stepsd?|systemctl|journalctl|ip|ping|curl|ls|df|rm|apt|adduser|usermod|tee|echo|sysctl|tar|qemu-img|getent|virsh|VBoxManage|vmrun|lxc-[a-z]+|modprobe|ssh-keygen|ssh|mv|man|sha256sum|VBoxManage|nft|ss|chmod|setfacl|findmnt|mount|newgrp|wireshark|export|kill|cat|free|docker|dpkg-reconfigure|vmware-networks|getfacl|id|modinfo|chown|mkdir|nmcli|stat|ps|apt-get)\b(?: (?![;:—–(]|(?:ou|puis|et|pour|si|:) )[^ ,;)»]+)*/g,
  // Settings, options, paths, addresses, holes, units.
  /[\w-]+=[^ ,;)]*/g,
  /(?<= |^|\[|\()-{1,2}[\w-]+/g,
  /(?:\/|~|\.\/)[\w.{}/@:-]+/g,
  /\{[a-z]+(?=[|}])/g,
  /\$\w+/g,
  /\b[\w-]+\.(?:yaml|internal|iso|vmx|gz|xz|zst|tar|org|com|service|socket|conf|pcap|log)\b/g,
  /"[^"]*"/g,
  // Menus of Workstation, which has no French.
  /\b(?:VM|Edit)(?:(?: >|,) [A-Z]\w+(?: [A-Z]\w+)*)+/g,
  /\bvagrant box add\b.*/g,
  // Keys of the lab file and of the document, named in a sentence.
  /(?<=\b(?:partie|sous|noms de|policy\.|ni|[Dd]ites|ou) ?)(?:networks|files|after|to|run)\b/g,
  /(?<=\b(?:clé|changez|Choisissez|ou|ce sont|subnet,) ?)(?:name|subnet|range|memory)\b/g,
];

/** Terms of the field, keywords of the files, names of programs. */
const terms = new Set(
  "nat routed isolated bridged proxy-arp auto lan-dhcp on off ssh dhcp dns tap none true false image set host".split(
    " ",
  ),
);

function englishIn(text: string): string[] {
  const prose = literal.reduce((left, one) => left.replaceAll(one, " "), text);
  const words = prose.toLowerCase().match(/(?<![\p{L}'’-])[a-z][a-z-]+(?![\p{L}'’-])/gu) ?? [];
  return words.filter((word) => english.has(word) && !terms.has(word));
}

/** What is found where, to be read in a failure. */
function faults(texts: Iterable<readonly [string, string]>): string[] {
  return [...texts].flatMap(([where, text]) => {
    const found = englishIn(text);
    return found.length === 0 ? [] : [`${where}: ${found.join(", ")}: ${text}`];
  });
}

test("the list finds English, and takes French as French", () => {
  expect(englishIn("Le fichier /a ne peut pas être lu : no such file or directory")).toEqual([
    "no",
    "such",
    "file",
    "directory",
  ]);
  expect(englishIn("NAME manque.")).toEqual(["name"]);
  expect(englishIn("Démarrez-la : tarr-steps machine start web, puis : tarr-steps status")).toEqual([]);
  expect(englishIn("le mode est nat, et l'interface eth0")).toEqual([]);
});

describe("in French", () => {
  test("no word of the table is English", () => {
    expect(faults(Object.entries(wordsFr()))).toEqual([]);
  });

  test("no error is English", () => {
    const texts = Object.entries(errorsFr()).flatMap(([code, { message, hint }]) => [
      [`${code} message`, message] as const,
      [`${code} hint`, hint] as const,
    ]);
    expect(faults(texts)).toEqual([]);
  });

  test.each([...providerNames])("no problem of %s is English", async (name) => {
    const { words } = (await loadProvider(name)).features;
    const texts = Object.entries(words).flatMap(([problem, { fr }]) => [
      [`${problem} message`, fr.message] as const,
      [`${problem} hint`, fr.hint] as const,
    ]);
    expect(faults(texts)).toEqual([]);
  });

  test.each([[], ["machine"], ["network"], ["image"], ["port"], ["lab"], ...commands.map(({ path }) => path)])(
    "no line of the help is English: %s %s",
    (...of: readonly string[]) => {
      // The verbs of a group are what is typed.
      const lines = help(of, "fr")
        .split("\n")
        .map((line) => (/^ +[a-z]+(?:, [a-z]+)*,?$|^ {2}[a-z]+ {2,}[a-z]+, /.test(line) ? "" : line))
        .map((line) => line.replace(/^ {2}(?:status|doctor|plan|support|confirm|plug|unplug)\b/, ""));
      expect(faults(lines.map((line) => [of.join(" "), line] as const))).toEqual([]);
    },
  );

  const said = [
    "ENOENT: no such file or directory, open '/nowhere'",
    "Error: EACCES: permission denied, open '/root/x'",
    "ENOSPC: no space left on device, write",
    "EISDIR: illegal operation on a directory, read",
    "connect ECONNREFUSED /run/tarr-steps.socket",
    "EACCES",
    "mkdir: cannot create: No space left on device",
    "Read-only file system",
    "Invalid type: Expected string but received 5",
    "SyntaxError: JSON Parse error: Unexpected EOF",
    'Executable not found in $PATH: "qemu-img"',
    "reply",
  ];

  test.each(said)("what the system says is said in French: %s", (words) => {
    const text = systemWords(words, "fr").replace("cannot create", "…");
    expect(englishIn(text.replaceAll(/\b(?:string|mkdir)\b/g, "…"))).toEqual([]);
    expect(text).not.toMatch(/\bE[A-Z]{3,}\b/);
  });

  test("so every error that tells it does", async () => {
    const codes = (Object.keys(errorClasses) as ErrorCode[]).filter((code) =>
      /\{(?:reason|said)\}/.test(JSON.stringify(errorsFr()[code])),
    );
    expect(codes.length).toBeGreaterThan(12);
    for (const code of codes) {
      // A bug is told in the very words that its report needs.
      if (code === "bug") continue;
      const reason = "ENOENT: no such file or directory, open '/nowhere'";
      const { message } = errorText({ code, values: { reason, said: reason } }, "fr");
      expect({ code, found: englishIn(message) }).toEqual({ code, found: [] });
    }
    const values = {
      provider: "lxc",
      problem: "no-layers",
      folder: "/a",
      said: "EPERM: operation not permitted, mount",
    };
    expect((await errorWords(new TarrError("provider-problem", values), "fr")).message).toContain(
      "opération interdite",
    );
  });

  test.each([
    ["NAME", "NOM"],
    ["FILE", "FICHIER"],
    ["NETWORK", "RÉSEAU"],
    ["KEY=VALUE", "CLÉ=VALEUR"],
    ["PROVIDER:MACHINE", "FOURNISSEUR:MACHINE"],
  ])("a missing %s is a missing %s", (argument, french) => {
    const error = { code: "usage-missing-argument", values: { argument, command: "x" } } as const;
    expect(errorText(error, "fr").message).toBe(`Il manque ${french}.`);
    expect(errorText(error, "en").message).toBe(`${argument} is missing.`);
  });
});
