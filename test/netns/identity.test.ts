/** Classrooms are copied from one disk: computers that differ in their hardware alone must not have the same MACs. */
import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { link } from "./kernel.ts";
import { Stage } from "./stage.ts";

setDefaultTimeout(60_000);

const stages: Stage[] = [];
afterEach(async () => {
  for (const stage of stages.splice(0)) await stage.destroy();
});

const withSerial = (serial: string) => `mount -t tmpfs tmpfs /sys/firmware; mkdir -p /sys/firmware/devicetree/base
  printf '${serial}\\0' >/sys/firmware/devicetree/base/serial-number`;

async function identityOf(before: string) {
  const stage = await Stage.open({ before });
  stages.push(stage);
  const [{ computer }, { address }] = [await stage.call("GetStatus", {}), await link(stage, "vswitch0")];
  return { computer, address };
}

test("copies of one disk are two computers, and each is the same again after a start", async () => {
  const [one, other, again] = [
    await identityOf(withSerial("PC-0001")),
    await identityOf(withSerial("PC-0002")),
    await identityOf(withSerial("PC-0001")),
  ];
  expect(one.computer).toMatch(/^[0-9a-f]{16}$/);
  expect(one.address).toMatch(/^02:/);
  expect([other.computer === one.computer, other.address === one.address]).toEqual([false, false]);
  expect(again).toEqual(one);
});

test("a switch that is there keeps its MAC: guests know the host by it", async () => {
  const stage = await Stage.open();
  stages.push(stage);
  const before = await link(stage, "vswitch0");
  await stage.stop();
  await stage.must(withSerial("PC-0001"));
  await stage.start();
  expect((await link(stage, "vswitch0")).address).toBe(before.address);
  expect(await stage.planCode()).toBe(0);
  await stage.stop();
  await stage.must("ip link delete vswitch0");
  await stage.start();
  expect((await link(stage, "vswitch0")).address).not.toBe(before.address);
});
