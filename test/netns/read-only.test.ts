/** A host on which something cannot be done: a container, whose /proc/sys is read-only. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { Stage } from "./stage.ts";

setDefaultTimeout(60_000);

let host: Stage;
beforeAll(async () => {
  host = await Stage.open({ before: "mount --bind /proc/sys /proc/sys; mount -o remount,bind,ro /proc/sys" });
});
afterAll(() => host.destroy());

const tries = () => host.said.match(/step set-forwarding vswitch0/g)?.length ?? 0;

test("what cannot be done is tried more and more seldom", async () => {
  await Bun.sleep(8_000);
  const early = tries();
  expect(early).toBeWithin(2, 8);
  await Bun.sleep(6_000);
  // A busy computer begins late: then a second one is due. Without pauses there would be six.
  expect(tries() - early).toBeLessThan(3);
});

test("the doctor names the cause, and what it tells to do works", async () => {
  const { stdout } = await host.cli(["doctor"]);
  expect(stdout).toMatch(/✗ +\/proc\/sys is read-only here/);
  expect((await host.cli(["network", "set", "lab", "reach=isolated"])).code).toBe(0);
  expect((await host.must("ip -br address show vswitch0")).trim()).toContain("192.168.194.1/24");
  expect(await host.planCode()).toBe(0);
});
