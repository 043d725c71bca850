import { afterAll, afterEach, beforeEach, describe, expect, spyOn, test } from "bun:test";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Call } from "../../src/api/client.ts";
import { anyCard, build, undoing } from "../../src/cli/build.ts";
import { openDoor } from "../../src/cli/door.ts";
import { remove } from "../../src/cli/commands/machine.ts";
import { plugIn } from "../../src/cli/commands/plug.ts";
import type { Machine } from "../../src/model/machine.ts";
import { parseMachineName, parseNetworkName } from "../../src/model/names.ts";
import type { Provider } from "../../src/providers/provider.ts";
import { claimFolder, listMachines, readMachine, removeFolder } from "../../src/providers/records.ts";
import { qemuProvider } from "../../src/providers/qemu/provider.ts";
import type { Stub } from "./stub-service.ts";
import { stubService } from "./stub-service.ts";
import { rejected } from "./thrown.ts";

// What else runs on this computer is none of a test's machines.
const machines = spyOn(qemuProvider, "machines").mockResolvedValue([]);
afterAll(() => machines.mockRestore());

let stub: Stub;
beforeEach(async () => {
  stub = await stubService();
});
afterEach(() => stub.close());

const web = parseMachineName("web");
const folder = () => join(stub.folder, "tarr-steps/machines/web");
const lab = anyCard(parseNetworkName("lab"));

/** A QEMU that makes nothing, or cannot. */
function provider(create: (machine: Machine) => Promise<void>, deleted: string[] = []): Provider {
  return { ...qemuProvider, create, delete: (machine) => Promise.resolve(void deleted.push(machine.name)) };
}

const order = (by: Provider) => ({ name: web, image: "tiny", memory: 128, cards: [lab, lab], provider: by });

describe("a machine that is made", () => {
  test("has its record, and its lab's, before anything of it is made", async () => {
    await claimFolder(web);
    const seen: string[] = [];
    const by = provider(async () => {
      seen.push(...(await listMachines()).map(({ nics }) => `${nics.length} cards`), "create");
    });
    await build(order(by), stub.context(), ({ name }) => Promise.resolve(void seen.push(`lab knows ${name}`)));
    expect(seen).toEqual(["lab knows web", "2 cards", "create"]);
  });

  test("and cannot be leaves no port, no files of its hypervisor's and no name", async () => {
    await claimFolder(web);
    const deleted: string[] = [];
    const by = provider(() => Promise.reject(new Error("qemu-img was ended by SIGINT")), deleted);
    const outcome = await undoing(
      () => removeFolder(web),
      () => build(order(by), stub.context()),
    ).catch((error: unknown) => String(error));
    expect(outcome).toContain("SIGINT");
    expect([stub.ports.size, deleted, existsSync(folder())]).toEqual([0, ["web"], false]);
  });

  test("half is listed, and deleted with its port", async () => {
    await claimFolder(web);
    await build(order(provider(() => Promise.resolve())), stub.context());
    // As a kill leaves it: nothing of QEMU's is there.
    expect((await readMachine(web)).nics).toHaveLength(2);
    await remove(stub.context({ name: "web" }));
    expect([stub.ports.size, existsSync(folder())]).toEqual([0, false]);
  });
});

describe("a name that was taken by a command which was killed", () => {
  test("can be deleted", async () => {
    await claimFolder(web);
    writeFileSync(join(folder(), "machine.json.new"), "{");
    await remove(stub.context({ name: "web" }));
    expect(existsSync(folder())).toBe(false);
  });

  test("is that of a machine that lost its record where anything else is in it, and goes only when it is deleted", async () => {
    await claimFolder(web);
    writeFileSync(join(folder(), "disk.img"), "");
    expect((await rejected(readMachine(web))).code).toBe("machine-record-broken");
    expect(existsSync(folder())).toBe(true);
    await remove(stub.context({ name: "web" }));
    expect(existsSync(folder())).toBe(false);
  });
});

test("a machine that does not answer ssh is not said to have no address", async () => {
  await claimFolder(web);
  const machine = await build({ ...order(provider(() => Promise.resolve())) }, stub.context());
  machines.mockResolvedValueOnce([{ name: machine.name, state: "running", nics: [] }]);
  const context = { ...stub.context(), call: withAddress(stub.context().call, "192.168.194.10") };
  const error = await rejected(openDoor("web", context, () => Promise.resolve(false)));
  expect([error.code, error.values]).toEqual([
    "machine-ssh-silent",
    { name: "web", address: "192.168.194.10", seconds: "30" },
  ]);
});

/** A service whose ports all have this address. */
function withAddress(call: Call, address: string): Call {
  return async (method, parameters) => {
    const reply = await call(method, parameters);
    if (!("ports" in reply)) return reply;
    return { ...reply, ports: (reply.ports as readonly object[]).map((port) => ({ ...port, address })) };
  };
}

test("a card whose plugging cannot be written down leaves no port", async () => {
  mkdirSync(join(stub.folder, "tarr-steps"));
  writeFileSync(join(stub.folder, "tarr-steps/plugs"), "a file where the folder is to be");
  const machine = { name: "vm", state: "stopped", nics: [] } as const;
  const outcome = await plugIn(machine, { provider: qemuProvider, name: "vm", nic: 1 }, stub.context()).catch(String);
  expect(outcome).toContain("plugs");
  expect(stub.calls).toContain("CreatePort");
  expect(stub.ports.size).toBe(0);
  rmSync(join(stub.folder, "tarr-steps/plugs"));
});
