import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { TarrError } from "../../error.ts";
import { readRecord, writeWhole } from "../../host/files.ts";
import type { Made, MadeMachine, MadeNetwork } from "../../labs/plan.ts";
import type { MachineName } from "../../model/names.ts";
import { isMachineName, isNetworkName } from "../../model/names.ts";
import { dataFolder } from "../../providers/folders.ts";

const recordShape = v.object({
  version: v.literal(1),
  /** Records of before do not say it. */
  file: v.optional(v.string()),
  networks: v.array(
    v.object({
      name: v.pipe(v.string(), v.guard(isNetworkName)),
      said: v.string(),
      half: v.optional(v.boolean()),
    }),
  ),
  machines: v.array(
    v.object({
      name: v.pipe(v.string(), v.guard(isMachineName)),
      as: v.optional(v.pipe(v.string(), v.guard(isMachineName))),
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
  /** The lab file, by its whole path; null when it is not known. */
  readonly file: () => string | null;
  readonly belongTo: (file: string) => Promise<void>;
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
  let { file, ...made }: Kept = await readMade(lab, path);
  let writing: Promise<void> = Promise.resolve();
  // One after the other: several machines are made at a time. A disk that was full for one may have room for the next.
  const write = (next: Made): Promise<void> => {
    made = next;
    writing = writing.catch(() => undefined).then(() => store(path, { ...made, file }));
    return writing;
  };
  return {
    made: () => made,
    file: () => file,
    belongTo: async (to) => {
      if (to === file) return;
      file = to;
      await write(made);
    },
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

type Kept = Made & { readonly file: string | null };

async function readMade(lab: string, path: string): Promise<Kept> {
  const text = await readRecord(path).catch(() => "");
  if (text === null) return { networks: [], machines: [], file: null };
  try {
    const { networks, machines, file = null } = v.parse(recordShape, JSON.parse(text));
    return { networks, machines, file };
  } catch (error) {
    throw new TarrError("lab-record-broken", { lab, path }, error);
  }
}

async function store(path: string, { networks, machines, file }: Kept): Promise<void> {
  if (networks.length === 0 && machines.length === 0) return rm(path, { force: true });
  const record = { version: 1, ...(file === null ? {} : { file }), networks, machines };
  await writeWhole(path, `${JSON.stringify(record, null, 1)}\n`, 0o600);
}

/** The labs that made something here. */
export async function listRecords(): Promise<readonly MachineName[]> {
  const names: string[] = await readdir(join(dataFolder(), "labs")).catch(() => []);
  return names
    .filter((name) => name.endsWith(".json"))
    .map((name) => name.slice(0, -".json".length))
    .filter(isMachineName)
    .sort();
}
