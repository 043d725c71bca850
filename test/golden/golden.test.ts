import { readdirSync, writeFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { parse, stringify } from "yaml";
import { TarrError } from "../../src/error.ts";
import { desire } from "../../src/plan/desired.ts";
import { routersOf } from "../../src/plan/forwarding.ts";
import { makePlan } from "../../src/plan/plan.ts";
import { surroundings } from "../../src/plan/uplink.ts";
import { observe } from "../fake-host/fake-host.ts";
import type { Case } from "./written.ts";
import { readCase, testMac } from "./written.ts";

// A case is a folder: document.yaml is what is wanted, observed.yaml how the host is, plan.yaml what is to be done.
// UPDATE_GOLDEN=1 writes plan.yaml anew; then each difference is to be read by somebody.
const root = import.meta.dir;
const cases = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());

test.each(cases.map((entry) => entry.name).sort())("%s", (name) => {
  const outcome = planOf(readCase(join(root, name)));
  const path = join(root, name, "plan.yaml");
  if (process.env["UPDATE_GOLDEN"] === "1")
    writeFileSync(path, stringify(outcome, { lineWidth: 0, aliasDuplicateObjects: false }));
  expect(outcome).toEqual(parse(readFileSync(path, "utf8")));
});

/** The steps, or the error that stands in their place. */
export function planOf(one: Case): unknown {
  const observed = observe(one.state(), one.unknown);
  const { links, routes, hidden } = surroundings(observed);
  const vmware = observed.vmware.known && observed.vmware.value;
  const routers = routersOf(observed, one.owned);
  const desired = desire(one.networks, { ...one, links, routes, hidden, vmware, routers, macOf: testMac });
  try {
    return makePlan(desired, observed, one.owned).steps.map(({ step, reason, undo }) => ({ reason, step, undo }));
  } catch (error) {
    if (error instanceof TarrError) return { error: error.code, values: error.values };
    throw error;
  }
}
