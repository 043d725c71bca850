import type { Plug } from "../../model/machine.ts";
import type { Wiring } from "../provider.ts";
import { macArgument } from "./argv.ts";

/**
 * How a NIC is changed: what differs between how it is and how it is to be, and nothing else. What VBoxManage does not
 * name (type, promiscuous mode, port forwardings of NAT, driver of a generic one) is never touched, and VirtualBox keeps
 * it through a change of the kind (`DisabledModes` in its settings file).
 */

/** For each kind that VBoxManage prints: what it is called as an argument, and the setting that names the other end. */
const kinds: Readonly<Record<string, { argument: string; key?: string; option?: string }>> = {
  bridged: { argument: "bridged", key: "bridgeadapter", option: "bridgeadapter" },
  intnet: { argument: "intnet", key: "intnet", option: "intnet" },
  hostonly: { argument: "hostonly", key: "hostonlyadapter", option: "hostonlyadapter" },
  hostonlynetwork: { argument: "hostonlynet", key: "hostonly-network", option: "host-only-net" },
  natnetwork: { argument: "natnetwork", key: "nat-network", option: "nat-network" },
  Generic: { argument: "generic", key: "generic", option: "nicgenericdrv" },
};

/** Kinds that a running machine takes without the name of another end. */
const nameless = new Set(["nat", "null"]);

/** A NIC on our port: the other settings stay, but a pulled cable is put in. */
export function pluggedWiring(now: Wiring, number: number, port: Plug): Wiring {
  return {
    ...now,
    [`nic${number}`]: "bridged",
    [`bridgeadapter${number}`]: port.interface,
    [`macaddress${number}`]: macArgument(port.mac),
    [`cableconnected${number}`]: "on",
  };
}

type Change = { readonly now: Wiring; readonly to: Wiring };

/** `modifyvm` for a machine that is off. @returns null when nothing differs */
export function modifyArgs(uuid: string, number: number, change: Change): string[] | null {
  const options = [
    ...attachment(number, change).flatMap(([option, value]) => [`--${option}${number}`, value]),
    ...["macaddress", "cableconnected"].flatMap((word) => {
      const value = changed(`${word}${number}`, change);
      return value === null ? [] : [`--${word}${number}`, value];
    }),
  ];
  return options.length === 0 ? null : ["modifyvm", uuid, ...options];
}

/**
 * `controlvm`s for a running machine. @returns null when that cannot be while it runs: another MAC, a NIC that is
 * switched off or to be so, a kind whose other end VBoxManage does not tell.
 */
export function controlArgs(uuid: string, number: number, change: Change): string[][] | null {
  const key = `nic${number}`;
  const kind = change.to[key] ?? "none";
  if (changed(`macaddress${number}`, change) !== null) return null;
  const commands: string[][] = [];
  const [first, second] = attachment(number, change);
  if (first !== undefined) {
    if (change.now[key] === "none" || kind === "none") return null;
    if (second === undefined && !nameless.has(kind)) return null;
    commands.push(["controlvm", uuid, key, first[1], ...(second === undefined ? [] : [second[1]])]);
  }
  const cable = changed(`cableconnected${number}`, change);
  if (cable !== null) commands.push(["controlvm", uuid, `setlinkstate${number}`, cable]);
  return commands;
}

/** The options of kind and other end, without the NIC's number; none when both are so already. */
function attachment(number: number, { now, to }: Change): readonly (readonly [option: string, value: string])[] {
  const kind = to[`nic${number}`] ?? "none";
  const { argument, key, option } = kinds[kind] ?? { argument: kind };
  const name = key === undefined ? undefined : to[`${key}${number}`];
  const same = now[`nic${number}`] === kind && (key === undefined || now[`${key}${number}`] === name);
  if (same) return [];
  return [["nic", argument], ...(option === undefined || name === undefined ? [] : [[option, name] as const])];
}

function changed(key: string, { now, to }: Change): string | null {
  const value = to[key];
  return value === undefined || value === now[key] ? null : value;
}
