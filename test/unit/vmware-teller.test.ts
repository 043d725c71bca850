import { expect, test } from "bun:test";
import { vmwareTeller } from "../../src/daemon/vmware.ts";
import { parseDocument } from "../../src/model/document.ts";
import { until } from "../room/processes.ts";

const wanted = (...numbers: readonly number[]) => ({
  networks: numbers.flatMap(
    (number) =>
      parseDocument(`networks: {n${number}: {switch: vswitch${number}, address: 10.0.${number}.1/24}}`).networks,
  ),
  ports: [],
  stopped: new Set<never>(),
});

test("VMware is told when switches come or go, and of many changes in a short time once", async () => {
  const told: number[] = [];
  const tell = vmwareTeller(
    () => Promise.resolve(void told.push(performance.now())),
    1_000,
    () => false,
  );
  const toldTimes = (count: number) => until(`${count} times`, () => told.length >= count || undefined);
  tell(wanted(0), false);
  tell(wanted(0), true);
  tell(wanted(0, 1), false);
  await toldTimes(1);
  for (const number of [2, 3, 4]) tell(wanted(0, number), false);
  await toldTimes(2);
  tell(wanted(0, 4), false);
  await Bun.sleep(1_100);
  expect(told).toHaveLength(2);
  // A timer may be a millisecond early.
  expect((told[1] ?? 0) - (told[0] ?? 0)).toBeGreaterThan(990);
});

test("VMware is told again, once in the time, while a line of ours is missing", async () => {
  let missing = true;
  let told = 0;
  const tell = vmwareTeller(
    () => Promise.resolve(void (told += 1)),
    300,
    () => missing,
  );
  for (let look = 0; look < 20; look += 1) {
    tell(wanted(0), false);
    await Bun.sleep(20);
  }
  expect(told).toBeWithin(1, 4);
  missing = false;
  await Bun.sleep(350);
  const before = told;
  tell(wanted(0), false);
  await Bun.sleep(50);
  expect(told).toBe(before);
});
