import { TarrError } from "../error.ts";
import type { Cidr } from "../model/address.ts";
import { sameCidr, subnetOf } from "../model/address.ts";
import type { InterfaceName } from "../model/names.ts";
import type { Desired, DesiredSwitch } from "./desired.ts";
import type { ObservedLink, Owned } from "./observed.ts";
import type { PlannedStep } from "./step.ts";

export function isOurs(link: ObservedLink, owned: Owned): boolean {
  return link.marked || owned.making.has(link.name);
}

/** An interface with a name of ours that somebody else made is never adopted, changed or deleted. */
export function refuseForeign(link: ObservedLink | undefined, owned: Owned): void {
  if (link === undefined || isOurs(link, owned)) return;
  throw new TarrError("object-foreign", { interface: link.name, kind: link.kind === "" ? "interface" : link.kind });
}

export function planSwitches(desired: Desired, links: readonly ObservedLink[], owned: Owned): PlannedStep[] {
  return desired.switches.flatMap((wanted) => {
    const link = links.find((one) => one.name === wanted.interface);
    refuseForeign(link, owned);
    return link === undefined ? createSwitch(wanted) : adjustSwitch(wanted, link);
  });
}

function createSwitch(wanted: DesiredSwitch): PlannedStep[] {
  const { interface: name } = wanted;
  const made: PlannedStep[] = [
    {
      step: { kind: "create-switch", interface: name, mac: wanted.mac },
      reason: "missing",
      undo: [{ kind: "delete-interface", interface: name }],
    },
    // Always said, although 1500 is a new bridge's own: a bridge that was never told follows its smallest port.
    { step: { kind: "set-mtu", interface: name, mtu: wanted.mtu }, reason: "missing", undo: [] },
  ];
  if (wanted.address !== null) {
    made.push({ step: { kind: "add-address", interface: name, address: wanted.address }, reason: "missing", undo: [] });
  }
  if (!wanted.arp) made.push({ step: { kind: "set-arp", interface: name, on: false }, reason: "missing", undo: [] });
  const up: PlannedStep = { step: { kind: "set-up", interface: name, up: true }, reason: "missing", undo: [] };
  return wanted.up ? [...made, up] : made;
}

function adjustSwitch(wanted: DesiredSwitch, link: ObservedLink): PlannedStep[] {
  const name = wanted.interface;
  const steps: PlannedStep[] = [...adjustMark(link)];
  if (link.mac !== null && link.mac !== wanted.mac) {
    steps.push({
      step: { kind: "set-mac", interface: name, mac: wanted.mac },
      reason: "differs",
      undo: [{ kind: "set-mac", interface: name, mac: link.mac }],
    });
  }
  steps.push(...adjustMtu(name, wanted.mtu, link.mtu), ...adjustAddress(wanted, link));
  if (wanted.arp !== link.arp) {
    steps.push({
      step: { kind: "set-arp", interface: name, on: wanted.arp },
      reason: "differs",
      undo: [{ kind: "set-arp", interface: name, on: link.arp }],
    });
  }
  steps.push(...adjustUp(name, wanted.up, link.up));
  return steps;
}

function adjustAddress({ interface: name, address }: DesiredSwitch, link: ObservedLink): PlannedStep[] {
  if (address === null) return removeAddresses(name, link.addresses.toReversed());
  // The new address first: in between the host answers on both, and there is no moment without a route. But in one
  // subnet the kernel takes later addresses away with the first (promote_secondaries is off where systemd is not).
  const old = link.addresses.filter((one) => !sameCidr(one, address)).reverse();
  const [before, after] = old.some((one) => sharesSubnet(one, address)) ? [old, []] : [[], old];
  const missing: PlannedStep = {
    step: { kind: "add-address", interface: name, address },
    reason: "missing",
    undo: [{ kind: "remove-address", interface: name, address }],
  };
  const isThere = link.addresses.some((one) => sameCidr(one, address));
  return [...removeAddresses(name, before), ...(isThere ? [] : [missing]), ...removeAddresses(name, after)];
}

function sharesSubnet(one: Cidr, other: Cidr): boolean {
  return sameCidr(subnetOf(one), subnetOf(other));
}

function removeAddresses(name: InterfaceName, addresses: readonly Cidr[]): PlannedStep[] {
  return addresses.map((address) => ({
    step: { kind: "remove-address", interface: name, address },
    reason: "not-wanted",
    undo: [{ kind: "add-address", interface: name, address }],
  }));
}

export function adjustMark(link: ObservedLink): PlannedStep[] {
  if (link.marked) return [];
  return [{ step: { kind: "mark", interface: link.name }, reason: "unmarked", undo: [] }];
}

export function adjustMtu(name: InterfaceName, wanted: number, is: number): PlannedStep[] {
  if (wanted === is) return [];
  return [
    {
      step: { kind: "set-mtu", interface: name, mtu: wanted },
      reason: "differs",
      undo: [{ kind: "set-mtu", interface: name, mtu: is }],
    },
  ];
}

export function adjustUp(name: InterfaceName, wanted: boolean, is: boolean): PlannedStep[] {
  if (wanted === is) return [];
  return [
    {
      step: { kind: "set-up", interface: name, up: wanted },
      reason: wanted ? "down" : "stopped",
      undo: [{ kind: "set-up", interface: name, up: is }],
    },
  ];
}
