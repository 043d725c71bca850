import { describe, expect, test } from "bun:test";
import type { Machine } from "../../src/model/machine.ts";
import { interfaceName, parseMachineName, parseNetworkName } from "../../src/model/names.ts";
import type { Mac, PortId } from "../../src/model/names.ts";
import {
  plugNic,
  readMap,
  readNic,
  readNics,
  renderConfig,
  renderFilter,
  restoreNic,
} from "../../src/providers/lxc/config.ts";
import type { IdMap } from "../../src/providers/lxc/ids.ts";
import { largestRange, mapEntries } from "../../src/providers/lxc/ids.ts";
import { recorded } from "./recorded.ts";
import { seeded } from "./seeded.ts";

const port = {
  id: "abcdef" as PortId,
  interface: interfaceName("tsabcdef"),
  switch: interfaceName("vswitch0"),
  mac: "00:16:3e:01:02:03" as Mac,
};
const machine: Machine = {
  name: parseMachineName("c1"),
  provider: "lxc",
  image: "tiny",
  memory: 128,
  nics: [{ network: parseNetworkName("lab"), port }],
};
const many: IdMap = {
  uid: 1000,
  gid: 1001,
  others: { users: { start: 100000, count: 65535 }, groups: { start: 200000, count: 65535 } },
};
const single: IdMap = { uid: 54321, gid: 100, others: null };

describe("the configuration of a container of ours", () => {
  const config = renderConfig(machine, { folder: "/home/etu/m/c1", ids: many, root: "tiny" });

  test("its root is the user, its other ids are the user's subordinate ones", () => {
    expect(config.split("\n").filter((line) => line.startsWith("lxc.idmap"))).toEqual([
      "lxc.idmap = u 0 1000 1",
      "lxc.idmap = g 0 1001 1",
      "lxc.idmap = u 1 100000 65535",
      "lxc.idmap = g 1 200000 65535",
    ]);
    expect(readMap(config)).toEqual(mapEntries(many, ":"));
  });

  test("it calls itself as its lab's file does, whatever the container is called", () => {
    const place = { lab: parseMachineName("tp2"), machine: parseMachineName("router") };
    const router = { ...machine, name: parseMachineName("router-tp2"), lab: place };
    const lines = renderConfig(router, { folder: "/home/etu/m/c1", ids: many, root: "tiny" }).split("\n");
    expect(lines).toContain("lxc.uts.name = router");
    expect(config).toContain("lxc.uts.name = c1\n");
  });

  test("without subordinate ids there is one id, and setgroups() does nothing", () => {
    const lone = renderConfig(machine, { folder: "/home/etu/m/c1", ids: single, root: "tiny" });
    expect(readMap(lone)).toEqual(["u:0:54321:1", "g:0:100:1"]);
    expect(renderFilter(single)).toContain("\nsetgroups errno 0\n");
    expect(renderFilter(many)).not.toContain("setgroups");
  });

  test("of a whole system: its layers are put together at each start, and systemd is asked to end", () => {
    const whole = renderConfig(machine, { folder: "/home/etu/m/c1", ids: many, root: "layers" });
    expect(whole).toContain("\nlxc.hook.pre-mount = /usr/libexec/tarr-steps/lxc-layers\n");
    expect(whole).toContain("\nlxc.signal.halt = SIGRTMIN+3\n");
    expect(config).not.toContain("hook");
  });

  test("its card is on the port's switch with the port's MAC", () => {
    expect(readNics(config)).toMatchObject([{ number: 1, mac: port.mac, interface: "vswitch0" }]);
    expect(readNic(config, 0)).toEqual({ type: "veth", link: "vswitch0", mac: port.mac, name: "eth0" });
  });

  test("a second card is the guest's eth1, on a switch of its own", () => {
    const second = { ...port, switch: interfaceName("vswitch1"), mac: "00:16:3e:01:02:04" as Mac };
    const nics = [...machine.nics, { network: parseNetworkName("dmz"), port: second }] as const;
    const two = renderConfig(
      { ...machine, nics: [nics[0], nics[1]] },
      { folder: "/home/etu/m/c1", ids: many, root: "tiny" },
    );
    expect(readNic(two, 0)).toEqual(readNic(config, 0));
    expect(readNic(two, 1)).toEqual({ type: "veth", link: "vswitch1", mac: second.mac, name: "eth1" });
  });

  test("nothing of the distribution's is included, every file is in its folder", () => {
    expect(config).not.toContain("include");
    expect(config).not.toContain("lxcbr0");
    for (const key of ["rootfs.path", "console.logfile", "seccomp.profile"]) {
      expect(config).toMatch(new RegExp(`^lxc\\.${key} = (dir:)?/home/etu/m/c1/`, "m"));
    }
  });
});

describe("the user's own configuration", () => {
  const bare = (config: string) =>
    readNics(config).map(({ number, mac, interface: on }) => ({ number, mac, interface: on }));
  const own = [
    "# made by lxc-create",
    "lxc.include = /usr/share/lxc/config/debian.common.conf",
    "lxc.net.0.type = veth",
    "lxc.net.0.link = lxcbr0",
    "",
    "  lxc.net.0.flags=up",
    'lxc.net.0.hwaddr = "00:16:3E:AA:BB:CC"',
    "lxc.net.0.ipv4.address = 10.0.3.7/24",
    "#lxc.net.0.link = nothing",
    "lxc.net.10.type = empty",
    "lxc.net.1.link = virbr0\r",
    "lxc.net.1.hwaddr = 00:16:3e:xx:xx:xx",
    "lxc.uts.name = é web",
    "lxc.net.0.name = eth7",
    "",
  ].join("\n");

  test("its cards, numbered from 1", () => {
    expect(bare(own)).toEqual([
      { number: 1, mac: "00:16:3e:aa:bb:cc" as Mac, interface: "lxcbr0" },
      { number: 2, mac: null, interface: "virbr0" },
      { number: 11, mac: null, interface: null },
    ]);
  });

  test("a card that was forgotten is none; the last line holds", () => {
    expect(readNic("lxc.net.0.link = a\nlxc.net.0 =\nlxc.net.0.link = b\nlxc.net.0.link = c", 0).link).toBe("c");
    expect(readNic("lxc.net.0.link = a\nlxc.net.0 =\n", 0).link).toBeNull();
  });

  test("plugged: one card changes, its name stays, the lines come last", () => {
    const plugged = plugNic(own, 0, port);
    expect(readNic(plugged, 0)).toEqual({ type: "veth", link: "vswitch0", mac: port.mac, name: "eth7" });
    expect(plugged).not.toContain("lxcbr0");
    expect(plugged).not.toContain("10.0.3.7");
    expect(plugged).toContain("#lxc.net.0.link = nothing\n");
    expect(plugged).toEndWith("lxc.net.0.name = eth7\n");
    expect(bare(plugged).slice(1)).toEqual(bare(own).slice(1));
  });

  const wiringOf = (config: string, nic: number) =>
    readNics(config).find((one) => one.number === nic + 1)?.wiring ?? {};

  test.each([0, 1, 2, 10])("card %d plugged and unplugged: the same bytes", (nic) => {
    expect(restoreNic(plugNic(own, nic, port), nic, wiringOf(own, nic))).toBe(own);
  });

  test("the same bytes for any file, with any end, when the former lines went through JSON", () => {
    const random = seeded(7);
    const pieces: [string, ...string[]] = [
      "lxc.net.0.link = a",
      "lxc.net.0 =",
      "lxc.net.1.type=veth",
      "",
      "x",
      "# lxc.net.0.link = b",
      " ",
    ];
    for (let round = 0; round < 500; round += 1) {
      const lines = Array.from({ length: random.below(8) }, () => random.pick(pieces));
      const config = lines.join("\n");
      const former = JSON.parse(JSON.stringify(wiringOf(config, 0))) as Record<string, string>;
      expect(restoreNic(plugNic(config, 0, port), 0, former)).toBe(config);
    }
  });

  test("what the user wrote elsewhere meanwhile stays", () => {
    const plugged = plugNic(own, 0, port).replace("lxc.uts.name = é web", "lxc.uts.name = other");
    expect(restoreNic(plugged, 0, wiringOf(own, 0))).toBe(own.replace("é web", "other"));
  });
});

describe("subordinate ids", () => {
  test("the largest range, without more than a container can use", () => {
    expect(largestRange(recorded("lxc/debian13/getsubids"))).toEqual({ start: 100000, count: 65535 });
    expect(largestRange("0: etu 5 10\n1: etu 300000 4096\n")).toEqual({ start: 300000, count: 4096 });
  });

  test("none", () => {
    expect(largestRange("")).toBeNull();
    expect(largestRange("Error fetching ranges\n")).toBeNull();
    expect(largestRange("0: etu 100000 0\n")).toBeNull();
  });
});
