/** A hint is typed as it stands: it names what the user typed, and no machine or network of somebody else's example. */
import { afterAll, afterEach, beforeEach, expect, spyOn, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Run } from "../../src/cli/command.ts";
import { set } from "../../src/cli/commands/machine-set.ts";
import { create } from "../../src/cli/commands/machine-create.ts";
import { plug, unplug } from "../../src/cli/commands/plug.ts";
import { renderError } from "../../src/cli/render/error.ts";
import { qemuProvider } from "../../src/providers/qemu/provider.ts";
import type { Stub } from "./stub-service.ts";
import { stubService } from "./stub-service.ts";
import { rejected } from "./thrown.ts";

let stub: Stub;
const user = spyOn(process, "getuid");
const machines = spyOn(qemuProvider, "machines");
beforeEach(async () => {
  user.mockReturnValue(1000);
  machines.mockResolvedValue([]);
  stub = await stubService();
});
afterEach(() => stub.close());
afterAll(() => {
  user.mockRestore();
  machines.mockRestore();
});

type Typed = {
  readonly words: Readonly<Record<string, string>>;
  readonly rest?: readonly string[];
  readonly nic?: string;
};

async function hint(run: Run, { words, rest = [], nic }: Typed): Promise<string> {
  const values = () => (nic === undefined ? [] : [nic]);
  const error = await rejected(run({ ...stub.context(words), rest, values }));
  return (await renderError(error, { language: "en", json: false })).text.split("\n").at(-1) ?? "";
}

test("of machine create, plug and unplug", async () => {
  expect(await hint(create, { words: { name: "gw" }, nic: "dmz" })).toContain("tarr-steps machine create gw --nic");
  for (const [run, command] of [
    [plug, "plug"],
    [unplug, "unplug"],
  ] as const) {
    expect(await hint(run, { words: { machine: "Mail Server" } })).toStartWith(
      `  → As in: tarr-steps ${command} virtualbox:'Mail Server'.`,
    );
  }
});

test("of machine set", async () => {
  const folder = join(stub.folder, "tarr-steps/machines/db");
  mkdirSync(folder, { recursive: true });
  const port = { id: "abc234", interface: "tsabc234", switch: "vswitch0", mac: "52:54:00:12:34:56" };
  const record = { version: 2, name: "db", provider: "qemu", image: "tiny", memory: 128 };
  writeFileSync(join(folder, "machine.json"), JSON.stringify({ ...record, nics: [{ network: "lab", port }] }));
  expect(await hint(set, { words: { name: "db" }, rest: ["cpus=0"] })).toBe(
    "  → As in: tarr-steps machine set db cpus=1",
  );
});

test("a reserved name is told as such, with what it stands for, and with one that is free", async () => {
  for (const name of ["host", "gateway", "localhost"]) {
    const error = await rejected(create(stub.context({ name })));
    const { text, exit } = await renderError(error, { language: "en", json: false });
    expect(text).toContain(`“${name}” is reserved: on every network, host and gateway are this computer`);
    expect([text.split("\n").at(-1), exit]).toEqual([`  → Take another name: ${name}-1`, 64]);
  }
});
