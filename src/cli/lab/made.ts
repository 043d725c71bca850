import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { TarrError } from "../../error.ts";
import { writeWhole } from "../../host/files.ts";
import type { Made, MadeMachine, MadeNetwork } from "../../labs/plan.ts";
import { isMachineName, isNetworkName } from "../../model/names.ts";
import { dataFolder } from "../../providers/folders.ts";

const recordShape = v.object({
  version: v.literal(1),
  networks: v.array(v.object({ name: v.pipe(v.string(), v.guard(isNetworkName)), said: v.string() })),
  machines: v.array(
    v.object({
      name: v.pipe(v.string(), v.guard(isMachineName)),
      said: v.string(),
      port: v.string(),
      half: v.optional(v.boolean()),
      ready: v.optional(v.boolean()),
    }),
  ),
});

/** What a lab made, kept while it is being made: whatever ends us, the next command knows how far we came. */
export type Record = {
  readonly made: () => Made;
  readonly add: (what: { readonly network: MadeNetwork } | { readonly machine: MadeMachine }) => Promise<void>;
  /** Of a machine that it made. Nothing is written when it is so already. */
  readonly change: (name: string, to: Pick<MadeMachine, "half" | "ready">) => Promise<void>;
  readonly forget: (name: string, kind: "network" | "machine") => Promise<void>;
};

function recordPath(lab: string): string {
  return join(dataFolder(), "labs", `${lab}.json`);
}

/** @throws TarrError `lab-record-broken` */
export async function openRecord(lab: string): Promise<Record> {
  const path = recordPath(lab);
  let made: Made = await readMade(lab, path);
  let writing: Promise<void> = Promise.resolve();
  // One after the other: several machines are made at a time. A disk that was full for one may have room for the next.
  const write = (next: Made): Promise<void> => {
    made = next;
    writing = writing.catch(() => undefined).then(() => store(path, made));
    return writing;
  };
  return {
    made: () => made,
    add: (what) =>
      write(
        "network" in what
          ? { ...made, networks: [...made.networks.filter((one) => one.name !== what.network.name), what.network] }
          : { ...made, machines: [...made.machines.filter((one) => one.name !== what.machine.name), what.machine] },
      ),
    change: async (name, to) => {
      const before = made.machines.find((one) => one.name === name);
      if (before === undefined) return;
      const after = { ...before, ...to };
      if (after.half === before.half && after.ready === before.ready) return;
      await write({ ...made, machines: made.machines.map((one) => (one === before ? after : one)) });
    },
    forget: (name, kind) =>
      write(
        kind === "network"
          ? { ...made, networks: made.networks.filter((one) => one.name !== name) }
          : { ...made, machines: made.machines.filter((one) => one.name !== name) },
      ),
  };
}

async function readMade(lab: string, path: string): Promise<Made> {
  const text = await readFile(path, "utf8").catch(() => null);
  if (text === null) return { networks: [], machines: [] };
  try {
    const { networks, machines } = v.parse(recordShape, JSON.parse(text));
    return { networks, machines };
  } catch (error) {
    throw new TarrError("lab-record-broken", { lab, path }, error);
  }
}

async function store(path: string, { networks, machines }: Made): Promise<void> {
  if (networks.length === 0 && machines.length === 0) await rm(path, { force: true });
  else await writeWhole(path, `${JSON.stringify({ version: 1, networks, machines }, null, 1)}\n`, 0o600);
}
