import type { Mac } from "../../model/names.ts";
import { isMac } from "../../model/names.ts";
import { interfaceOfVmnet } from "../../model/vmware-networking.ts";
import type { NativeNic, Wiring } from "../provider.ts";
import type { Changes, Settings } from "./vmx.ts";
import { rawLines, readSettings, replaceLines } from "./vmx.ts";

/** What plugging changes of a NIC. */
const wireKeys = ["connectionType", "vnet"] as const;
const changedKeys = [...wireKeys, "addressType", "address"] as const;
/** What VMware takes out by itself once the address is ours; given back with the others, so that the guest has its MAC. */
const lostKeys = ["generatedAddress", "generatedAddressOffset"] as const;
/** In a wiring beside the lines: whose they are. Not a key of VMware's. */
const fileKey = "vmx";
/** What VMware names its kinds of connection after (Workstation's manual, “Understanding Virtual Networking Components”). */
const usualVmnets: Readonly<Record<string, number>> = { bridged: 0, hostonly: 1, nat: 8 };

/**
 * The NICs of a .vmx.
 *
 * @param networking VMware's file of networks, empty when it cannot be read
 */
export function nicsOf(vmx: { readonly path: string; readonly text: string }, networking: string): NativeNic[] {
  const settings = readSettings(vmx.text);
  const indexes = [...settings]
    .filter(([key, value]) => /^ethernet\d+\.present$/.test(key) && value.toLowerCase() === "true")
    .map(([key]) => Number(/\d+/.exec(key)?.[0]))
    .sort((one, other) => one - other);
  return indexes.map((index) => ({
    number: index + 1,
    mac: macOf(settings, index),
    interface: interfaceOf(settings, index, networking),
    wiring: {
      [fileKey]: vmx.path,
      ...Object.fromEntries(rawLines(vmx.text, keysOf(index, [...changedKeys, ...lostKeys]))),
    },
  }));
}

/** The .vmx that a wiring is of. */
export function fileOf(wiring: Wiring): string | null {
  return wiring[fileKey] ?? null;
}

/**
 * The settings that put a NIC on a port.
 *
 * @param own the NIC's address; a port that has the same leaves it as VMware made it, who refuses it as one of ours
 */
export function portChanges(number: number, port: { mac: Mac; own: Mac | null }, vmnet: number): Changes {
  const values = { connectionType: "custom", vnet: `/dev/vmnet${vmnet}`, addressType: "static", address: port.mac };
  const keys = port.own === port.mac ? wireKeys : changedKeys;
  return new Map(keys.map((key) => [`ethernet${number - 1}.${key}`, values[key]]));
}

/** The .vmx with a NIC's lines as they were when the wiring was taken: byte for byte, when nobody else changed it. */
export function rewireBack(text: string, number: number, former: Wiring): string {
  const lines = [
    ...keysOf(number - 1, changedKeys).map((key) => [key, former[key] ?? null] as const),
    // A line of VMware's own that has come meanwhile is not ours to take out.
    ...keysOf(number - 1, lostKeys).flatMap((key) => (former[key] === undefined ? [] : [[key, former[key]] as const])),
  ];
  return replaceLines(text, new Map(lines));
}

/** The values behind a former wiring, for a program that takes values. A line that was not there has none. */
export function formerChanges(number: number, former: Wiring): Changes {
  const settings = readSettings(Object.values(former).join("\n"));
  return new Map(keysOf(number - 1, changedKeys).map((key) => [key, settings.get(key) ?? null]));
}

function keysOf(index: number, names: readonly string[]): string[] {
  return names.map((name) => `ethernet${index}.${name}`.toLowerCase());
}

function macOf(settings: Settings, index: number) {
  const of = (name: string) => settings.get(`ethernet${index}.${name}`)?.toLowerCase() ?? "";
  const mac = of("addresstype") === "static" ? of("address") : of("generatedaddress");
  return isMac(mac) ? mac : null;
}

/** VMware's interface on the host has the vmnet's own name; the first vmnet is bridged to whatever VMware finds. */
function interfaceOf(settings: Settings, index: number, networking: string): string | null {
  const kind = settings.get(`ethernet${index}.connectiontype`)?.toLowerCase() ?? "bridged";
  const named = /^(?:\/dev\/)?vmnet(\d+)$/i.exec(settings.get(`ethernet${index}.vnet`) ?? "")?.[1];
  const vmnet = kind === "custom" && named !== undefined ? Number(named) : usualVmnets[kind];
  if (vmnet === undefined) return null;
  return interfaceOfVmnet(networking, vmnet) ?? (vmnet === 0 ? null : `vmnet${vmnet}`);
}
