import { expect, test } from "bun:test";
import { parseDocument } from "../model/document.ts";
import type { Mac } from "../model/names.ts";
import { isMac, isPortId, parseMachineName, parseNetworkName } from "../model/names.ts";
import type { Port, PortKind } from "../model/port.ts";
import { interfaceOf } from "../model/port.ts";
import { ownerRules } from "./owners.ts";

const { networks } = parseDocument("networks: {lab: {address: 192.168.194.1/24}}");

function mac(text: string): Mac {
  if (!isMac(text)) throw new Error(text);
  return text;
}

function port(id: string, kind: PortKind, owner: number): Port {
  if (!isPortId(id)) throw new Error(id);
  const host = id.charCodeAt(0);
  const common = { network: parseNetworkName("lab"), name: parseMachineName(`m${id}`), host, lan: null, owner };
  return { id, kind, interface: interfaceOf(id), mac: mac(`52:54:00:00:00:${host.toString(16)}`), ...common };
}

const ruled = (ports: readonly Port[]) => ownerRules(networks, ports);

test("a user's machines may speak as each other, behind taps and containers' interfaces", () => {
  expect(JSON.parse(JSON.stringify(ruled([port("bbbbbb", "qemu", 1001), port("aaaaaa", "qemu", 1000)])))).toEqual([
    { owner: 1000, interfaces: ["tsaaaaaa", "veth1000_*"], macs: ["52:54:00:00:00:61"], addresses: ["192.168.194.97"] },
    { owner: 1001, interfaces: ["tsbbbbbb", "veth1001_*"], macs: ["52:54:00:00:00:62"], addresses: ["192.168.194.98"] },
  ]);
  const [own] = ruled([
    port("aaaaaa", "lxc", 1000),
    port("bbbbbb", "virtualbox", 1000),
    port("cccccc", "vmware", 1000),
  ]);
  expect(own?.interfaces).toEqual(["tsbbbbbb", "veth1000_*"]);
  expect(own?.addresses).toHaveLength(3);
});

// lxc-user-nic names their interfaces without the number: bound to a name that never comes, they would speak to nobody.
test("containers of users with large numbers are left unbound", () => {
  expect(ruled([port("aaaaaa", "lxc", 2_000_123)])).toEqual([]);
  const [own] = ruled([port("aaaaaa", "lxc", 2_000_123), port("bbbbbb", "qemu", 2_000_123)]);
  expect(own).toMatchObject({ interfaces: ["tsbbbbbb"], macs: ["52:54:00:00:00:62"] });
});
