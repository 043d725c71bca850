import { expect, test } from "bun:test";
import { singleFlight } from "../../src/daemon/single-flight.ts";
import { outcomeOf } from "../fake-host/world.ts";

test("one at a time, in the order of asking, whatever the one before came to", async () => {
  const flight = singleFlight();
  const seen: string[] = [];
  const work =
    (name: string, fails = false) =>
    async () => {
      seen.push(`${name} begins`);
      await Promise.resolve();
      seen.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    };
  const all = [flight(work("one")), flight(work("two", true)), flight(work("three"))];
  expect(await Promise.all(all.map(outcomeOf))).toEqual(["done", "Error: two", "done"]);
  expect(seen).toEqual(["one begins", "one ends", "two begins", "two ends", "three begins", "three ends"]);
});

test("a row without an end is refused, and open again when it is shorter", async () => {
  const flight = singleFlight();
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const waiting = Array.from({ length: 500 }, () => flight(() => gate));
  expect(await outcomeOf(flight(() => gate))).toBe("service-busy");
  open();
  await Promise.all(waiting);
  expect(await outcomeOf(flight(() => gate))).toBe("done");
});
