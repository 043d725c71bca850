import { TarrError } from "../error.ts";
import type { Cidr } from "./address.ts";
import { isIpv4, netmask, parseSwitchAddress } from "./address.ts";
import { editDocument, editPolicy, firstDocument, parseDocument } from "./document.ts";
import { firstNetwork, printable } from "./names.ts";
import type { SettingKey } from "./network.ts";
import { changeNetwork, usualNetwork } from "./network.ts";
import { interfaceName } from "./names.ts";

/** What somebody asked for before there was a document: an administrator's preseed, or the prototype's settings. */
export type Wishes = Partial<Record<(typeof wishKeys)[number], string>>;

const settingWishes = ["range", "max", "reach"] as const satisfies readonly SettingKey[];
const policyWishes = ["use", "administer"] as const;
const wishKeys = ["address", ...settingWishes, ...policyWishes] as const;

/** Lines `KEY=VALUE`, as the package writes them from what was preseeded. @throws TarrError `setting-*` */
export function parseWishes(text: string): Wishes {
  const pairs = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const at = line.indexOf("=");
      const key = wishKeys.find((one) => one === line.slice(0, at));
      if (key === undefined) {
        throw new TarrError("setting-unknown", { key: printable(line.slice(0, at)), known: wishKeys.join(", ") });
      }
      return [key, line.slice(at + 1).trim()] as const;
    });
  return Object.fromEntries(pairs.filter(([, value]) => value !== ""));
}

/** What LXC's own bridge has when nobody said anything: no reason to take it over. */
const stockAddress = "10.0.3.1";
const assignment = /^\s*(?:export\s+)?(LXC_[A-Z_]+)=(?:"([^"$`\\]*)"|'([^']*)'|([^\s"'$`\\;&|<>()#]*))\s*(?:#.*)?$/;

/**
 * The settings of `/etc/default/lxc-net`, where the prototype kept its own. It is a file for a shell, and is read as text:
 * lines that are more than a plain assignment count for nothing.
 *
 * @returns null for LXC's stock settings, and for what is no address
 */
export function wishesOfLxcNet(text: string): Wishes | null {
  const values = assignments(text);
  const address = values.get("LXC_ADDR") ?? "";
  const prefix = prefixOf(values.get("LXC_NETMASK") ?? "255.255.255.0");
  if (!isIpv4(address) || address === stockAddress || prefix === null) return null;
  const [range, max] = [values.get("LXC_DHCP_RANGE") ?? "", values.get("LXC_DHCP_MAX") ?? ""];
  return {
    address: `${address}/${prefix}`,
    ...(range === "" ? {} : { range: range.replace(",", "-") }),
    ...(max === "" ? {} : { max }),
  };
}

/** The last one of a name is the one that holds, as in a shell. */
function assignments(text: string): ReadonlyMap<string, string> {
  const found = text.split("\n").map((line) => assignment.exec(line));
  return new Map(
    found.flatMap((match) => {
      const [, name = "", double, single, plain] = match ?? [];
      return name === "" ? [] : [[name, (double ?? single ?? plain ?? "").trim()] as const];
    }),
  );
}

function prefixOf(mask: string): number | null {
  const any = parseSwitchAddress("192.0.2.1/24").address;
  const prefixes = Array.from({ length: 31 }, (_, prefix) => prefix);
  return prefixes.find((prefix) => netmask({ address: any, prefix }) === mask) ?? null;
}

export function wishedAddress(wishes: Wishes): Cidr | null {
  return wishes.address === undefined ? null : parseSwitchAddress(wishes.address);
}

/**
 * The first document as wished. A range is of the address that was wished with it: on another one it says nothing.
 *
 * @throws TarrError for what cannot be
 */
export function wishedDocument(address: Cidr, wishes: Wishes): string {
  const moved = wishes.address !== undefined && wishedAddress(wishes)?.address !== address.address;
  const settings = settingWishes.flatMap((key) => {
    const value = moved && key === "range" ? undefined : wishes[key];
    return value === undefined ? [] : [{ key, value }];
  });
  const usual = usualNetwork({ name: firstNetwork, switch: interfaceName("vswitch0"), address, owner: null });
  changeNetwork(usual, settings);
  const pairs = settings.map(({ key, value }) => [key, value] as const);
  const limits = wishes.range !== undefined && wishes.max === undefined && !moved ? withMax(usual, wishes.range) : [];
  const text = editDocument(firstDocument(address), firstNetwork, Object.fromEntries([...pairs, ...limits]));
  const lists = policyWishes.flatMap((key) => {
    const value = wishes[key];
    return value === undefined
      ? []
      : [
          [
            key,
            value
              .split(",")
              .map((one) => one.trim())
              .filter((one) => one !== ""),
          ] as const,
        ];
  });
  const whole = lists.length === 0 ? text : editPolicy(text, Object.fromEntries(lists));
  parseDocument(whole);
  return whole;
}

/** The document says how many addresses are served: not more than a wished range has. */
function withMax(usual: ReturnType<typeof usualNetwork>, range: string): readonly (readonly ["max", string])[] {
  return [["max", String(changeNetwork(usual, [{ key: "range", value: range }]).max)]];
}
