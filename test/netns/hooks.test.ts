/**
 * What becomes of checksums where a hypervisor hooks an interface, by the doubles of VMware's and VirtualBox's modules: right
 * on a port of the switch, and as wrong on the switch itself as was measured with the real modules. A double that had it
 * right there would prove nothing.
 */
import { expect, setDefaultTimeout, test } from "bun:test";
import { among, hostileFrames, udp } from "../room/hostile.ts";
import { captured, send } from "./bridged-lan.ts";
import type { Spot, Tried } from "./doubles/doubles.ts";
import { allWays, broken, hook, serveTraffic, tryWays } from "./doubles/doubles.ts";
import { hole, openScene, ownPort, theSwitch } from "./doubles/scene.ts";
import { Guest } from "./guest.ts";
import { lan } from "./host-script.ts";
import { Stage } from "./stage.ts";

setDefaultTimeout(120_000);

/** Pings pass, and what is cut into fragments; nothing else. */
const noChecksums: Tried = { pings: 1, tcp: [0, 0, 0], udp: [0, 0, 5] };

test.each(["nat", "bridged"] as const)(
  "VMware on its port, in %s: everybody reaches everybody, whole",
  async (reach) => {
    const { stage, spots } = await openScene(reach, ownPort);
    const table = await tryWays(stage, allWays(spots));
    await stage.destroy();
    expect(table.size).toBe(30);
    expect(broken(table)).toEqual({});
  },
);

test("in bridged mode a hostile VMware machine brings nothing onto the LAN but itself", async () => {
  const { stage, macs, addresses } = await openScene("bridged", ownPort);
  const mac = macs.one.replaceAll(":", "");
  const evil = {
    ...hostileFrames({ mac, own: addresses.one, host: lan.host, gateway: lan.peer }),
    "DHCP offer from another port": `ffffffffffff ${mac} ${udp(addresses.one, "042b0044")}`,
    "a container's MAC": `ffffffffffff ${macs.box.replaceAll(":", "")} ${udp(addresses.box, "12341234")}`,
  };
  const good = `ffffffffffff ${mac} ${udp(addresses.one, "12341234", "600d".repeat(16))}`;
  const seen = await captured(stage, { at: "mate" }, () => send(stage, "one", [...Object.values(evil), good]));
  await stage.destroy();
  expect(seen.filter((frame) => frame.includes("600d600d"))).toHaveLength(1);
  expect(among(evil, seen)).toEqual([]);
});

test.each([
  ["nat", ["box → one", "vm → one", "one → box", "one → vm"]],
  ["bridged", ["host → one", "box → one", "vm → one", "one → host", "one → box", "one → vm"]],
] as const)("VMware on the switch itself, as 0.2.0 had it, in %s: pings alone", async (reach, wrong) => {
  const { stage, spots } = await openScene(reach, theSwitch);
  const ways = allWays(spots).filter(({ from, to }) => from.name === "one" || to.name === "one");
  const table = await tryWays(stage, ways);
  await stage.destroy();
  expect(table.size).toBe(10);
  expect(broken(table)).toEqual(Object.fromEntries(wrong.map((way) => [way, noChecksums])));
});

test.each([
  ["on the tap of its port: whole", true],
  ["on the switch itself: pings alone with a container", false],
])("VirtualBox %s", async (_, onTap) => {
  const stage = await Stage.open();
  const create = async (name: string, kind: string) =>
    (await stage.as("etu", "CreatePort", { network: "lab", name, kind })).port;
  const [own, other] = [await create("vbox", "virtualbox"), await create("box", "lxc")];
  const box = await Guest.plug(stage, "box", { mac: other.mac, device: "veth3001_box" });
  await stage.must(hole);
  const place = onTap ? { mapped: own.interface, inject: own.interface } : theSwitch;
  const [vbox] = await hook(stage, place, [{ name: "vbox", mac: own.mac }]);
  const spots: Spot[] = [{ name: "host", address: "192.168.194.1" }];
  for (const guest of [box, vbox]) {
    if (guest !== undefined) spots.push({ name: guest.name, at: guest.name, address: (await guest.dhcp()).address });
  }
  await serveTraffic(stage, spots);
  const table = await tryWays(stage, allWays(spots));
  await stage.destroy();
  expect(table.size).toBe(6);
  const wrong = onTap ? [] : ["box → vbox", "vbox → box"];
  expect(broken(table)).toEqual(Object.fromEntries(wrong.map((way) => [way, noChecksums])));
});
