import { describe, expect, test } from "bun:test";
import { codeOf } from "../../test/unit/thrown.ts";
import { parseDocument } from "./document.ts";
import { isMac, isPortId, parseMachineName } from "./names.ts";
import type { Network } from "./network.ts";
import type { Port } from "./port.ts";
import { addressOf, freeHost, interfaceOf, macOf, portKinds, settlePorts } from "./port.ts";

function network(fields: string, name = "lab"): Network {
  const [only] = parseDocument(`networks: {${name}: {${fields}}}`).networks;
  if (only === undefined) throw new Error("no network");
  return only;
}

const lab = network("address: 192.168.194.1/24, range: 192.168.194.10-192.168.194.13, max: 4");

function port(name: string, host: number, on = lab): Port {
  const id = `aaa${name}`.slice(-6).padStart(6, "a");
  if (!isPortId(id)) throw new Error(id);
  const mac = macOf("qemu", [0, 0, host % 256]);
  return {
    id,
    network: on.name,
    name: parseMachineName(name),
    kind: "qemu",
    interface: interfaceOf(id),
    mac,
    host,
    lan: null,
    owner: 1000,
  };
}

describe("freeHost", () => {
  test("takes an address whose last machine's lease still runs only when there is no other", () => {
    const leased = new Set([addressOf(port("a", 10), lab)]);
    expect(freeHost(lab, [], leased)).toBe(11);
    const others = [port("b", 11), port("c", 12), port("d", 13)];
    expect(freeHost(lab, others, leased)).toBe(10);
  });

  test("gives the lowest that nobody holds", () => {
    expect(freeHost(lab, [])).toBe(10);
    expect(freeHost(lab, [port("a", 10), port("c", 12)])).toBe(11);
  });

  test("takes no notice of other networks' ports", () => {
    const other = network("address: 192.168.195.1/24", "dmz");
    expect(freeHost(lab, [port("a", 10, other)])).toBe(10);
  });

  test("says when the range is full, and when max is reached before", () => {
    const full = [10, 11, 12, 13].map((host) => port(`m${"abcd"[host - 10] ?? ""}`, host));
    expect(codeOf(() => freeHost(lab, full))).toBe("range-full");
    expect(codeOf(() => freeHost({ ...lab, max: 1 }, full.slice(0, 1)))).toBe("range-full");
    // Room by max, none in the range.
    expect(codeOf(() => freeHost({ ...lab, max: 100 }, full))).toBe("range-full");
  });
});

describe("settlePorts", () => {
  const ports = [port("a", 10), port("b", 11), port("c", 13)];
  const addresses = (on: Network) => settlePorts(ports, on).map((one) => addressOf(one, on) as string);

  test("an address moves with its subnet", () => {
    const moved = network("address: 10.1.2.1/24, range: 10.1.2.10-10.1.2.13, max: 4");
    expect(addresses(moved)).toEqual(["10.1.2.10", "10.1.2.11", "10.1.2.13"]);
    expect(settlePorts(ports, moved)).toEqual(ports);
  });

  test("what fits keeps its address, what does not gets a free one", () => {
    const narrowed = network("address: 192.168.194.1/24, range: 192.168.194.11-192.168.194.20");
    expect(addresses(narrowed)).toEqual(["192.168.194.12", "192.168.194.11", "192.168.194.13"]);
  });

  test("in a subnet where the old host part would be another subnet's address", () => {
    const small = network("address: 192.168.194.1/29");
    expect(addresses(small)).toEqual(["192.168.194.2", "192.168.194.3", "192.168.194.4"]);
  });

  test("is deterministic, keeps the order, and settles what is settled to the same", () => {
    const small = network("address: 192.168.194.1/29");
    const once = settlePorts(ports, small);
    expect(settlePorts(ports, small)).toEqual(once);
    expect(settlePorts(once, small)).toEqual(once);
    expect(once.map((one) => one.id)).toEqual(ports.map((one) => one.id));
  });

  test("leaves ports of other networks alone", () => {
    const other = port("z", 200, network("address: 192.168.195.1/24", "dmz"));
    expect(settlePorts([other, ...ports], lab)[0]).toBe(other);
  });

  test("says when there is no room for all", () => {
    expect(codeOf(() => settlePorts(ports, network("address: 192.0.2.1/30")))).toBe("range-full");
  });
});

describe("macOf", () => {
  test.each(portKinds)("a MAC of %s is a unicast address that can be parsed", (kind) => {
    for (const byte of [0, 0x3f, 0x40, 0xff]) {
      const mac = macOf(kind, [byte, byte, byte]);
      expect(isMac(mac)).toBe(true);
      expect(parseInt(mac.slice(0, 2), 16) & 1).toBe(0);
    }
  });

  // "ethernet0.address" outside this range makes VMware refuse to start the machine.
  test("VMware's stay in 00:50:56:00-3f", () => {
    for (let first = 0; first < 256; first += 1) {
      expect(macOf("vmware", [first, 1, 2])).toMatch(/^00:50:56:[0-3][0-9a-f]:01:02$/);
    }
  });
});

test("an interface's name is short enough for the kernel, and holds the id", () => {
  const id = "abc234";
  if (!isPortId(id)) throw new Error(id);
  expect(String(interfaceOf(id))).toBe("tsabc234");
});
