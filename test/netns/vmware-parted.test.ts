/** What somebody does to the pair that VMware's machines are behind, by the double of its module. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { until } from "../room/processes.ts";
import { allWays, broken, tryWays } from "./doubles/doubles.ts";
import type { Scene } from "./doubles/scene.ts";
import { openScene, ownPort } from "./doubles/scene.ts";
import { reaches } from "./guest.ts";
import { link } from "./kernel.ts";

setDefaultTimeout(120_000);

let scene: Scene;
beforeAll(async () => {
  scene = await openScene("nat", ownPort);
});
afterAll(() => scene.stage.destroy());

const settled = () => until("the plan", async () => (await scene.stage.planCode()) === 0 || undefined, 15_000);

test.each([
  ["is deleted", "ip link delete vmware0"],
  ["is renamed", "ip link set vmware0 down; ip link set vmware0 name foo0"],
  ["loses its far end to another namespace", "ip netns add away; ip link set vmware0-peer netns away"],
  ["is moved to another namespace", "ip link set vmware0 netns away"],
])("when it %s it is made again, and traffic comes again within four seconds", async (_, line) => {
  const { stage, addresses } = scene;
  await stage.must(line);
  const before = performance.now();
  const again = async () =>
    ((await reaches(stage, {}, addresses.one)) && (await reaches(stage, { at: "box" }, addresses.two))) || undefined;
  await until("traffic", again, 10_000);
  expect(performance.now() - before).toBeLessThan(4_000);
  await settled();
  expect(await stage.must("ip -br link")).not.toContain("foo0");
});

test("when its far end speaks ARP it is made silent", async () => {
  await scene.stage.must("ip link set vmware0-peer arp on");
  await settled();
  expect((await link(scene.stage, "vmware0-peer")).flags).toContain("NOARP");
});

test("somebody else's interface of that name stops nothing but VMware", async () => {
  const { stage } = scene;
  await stage.must("ip link set vmware0 group default");
  await settled();
  const { checks } = await stage.call("Diagnose", {});
  expect(checks.find(({ id }) => id.startsWith("vmware"))).toMatchObject({ id: "vmware-foreign", status: "warn" });
  await stage.must("ip link delete vswitch0");
  await until("the switch", async () => (await reaches(stage, {}, scene.addresses.vm)) || undefined, 15_000);
  await stage.must("ip link delete vmware0");
  await until("its own again", async () => (await reaches(stage, {}, scene.addresses.one)) || undefined, 15_000);
});

test("after all that everybody still reaches everybody, whole", async () => {
  expect(broken(await tryWays(scene.stage, allWays(scene.spots)))).toEqual({});
});
