import { afterEach, beforeEach, expect, test } from "bun:test";
import { anyCard, build } from "../../src/cli/build.ts";
import { plugIn } from "../../src/cli/commands/plug.ts";
import { remove as removeMachine } from "../../src/cli/commands/machine.ts";
import { remove } from "../../src/cli/commands/port-delete.ts";
import { parseMachineName, parseNetworkName } from "../../src/model/names.ts";
import { claimFolder } from "../../src/providers/records.ts";
import { qemuProvider } from "../../src/providers/qemu/provider.ts";
import type { Stub } from "./stub-service.ts";
import { stubService } from "./stub-service.ts";
import { rejected } from "./thrown.ts";

let stub: Stub;
beforeEach(async () => {
  stub = await stubService();
});
afterEach(() => stub.close());

const uid = process.getuid?.() ?? 0;
const web = parseMachineName("web");

test("a port that nothing has goes, by its number or its name", async () => {
  stub.ports.set("abc234", { network: "lab", name: "web", uid });
  stub.ports.set("abc235", { network: "lab", name: "db", uid });
  await remove(stub.context({ port: "web" }));
  await remove(stub.context({ port: "abc235" }));
  expect([...stub.ports.keys()]).toEqual([]);
});

test("those of a machine that was killed before its record goes with its name, and no other", async () => {
  await claimFolder(web);
  stub.ports.set("abc234", { network: "lab", name: "web", uid });
  stub.ports.set("abc235", { network: "lab", name: "web", uid: uid + 1 });
  stub.ports.set("abc236", { network: "lab", name: "db", uid });
  await removeMachine(stub.context({ name: "web" }));
  expect([...stub.ports.keys()]).toEqual(["abc235", "abc236"]);
});

test("another user's stays", async () => {
  stub.ports.set("abc234", { network: "lab", name: "web", uid: uid + 1 });
  expect((await rejected(remove(stub.context({ port: "web" })))).code).toBe("denied-owner");
  expect(stub.ports.size).toBe(1);
});

test("but not for an administrator, as long as no machine runs on it", async () => {
  stub.rights.mayAdminister = true;
  stub.ports.set("abc234", { network: "lab", name: "web", uid: uid + 1, state: "up" });
  stub.ports.set("abc235", { network: "lab", name: "db", uid: uid + 1 });
  const error = await rejected(remove(stub.context({ port: "web" })));
  expect([error.code, error.values]).toEqual(["port-used", { port: "abc234", name: "web", user: "etu" }]);
  await remove(stub.context({ port: "db" }));
  expect([...stub.ports.keys()]).toEqual(["abc234"]);
});

test("so does that of a machine, which is told", async () => {
  await claimFolder(web);
  const provider = { ...qemuProvider, create: () => Promise.resolve() };
  const cards = [anyCard(parseNetworkName("lab"))];
  await build({ name: web, image: "tiny", memory: 128, cards, provider }, stub.context());
  const [port = ""] = stub.ports.keys();
  const error = await rejected(remove(stub.context({ port })));
  expect([error.code, error.values]).toEqual(["port-of-machine", { port, name: "web" }]);
  expect(stub.ports.size).toBe(1);
});

test("and that of a card that was plugged in", async () => {
  const machine = { name: "vm", state: "stopped", nics: [] } as const;
  await plugIn(machine, { provider: qemuProvider, name: "vm", nic: 2 }, stub.context());
  const error = await rejected(remove(stub.context({ port: "vm" })));
  expect([error.code, error.values]).toMatchObject(["port-of-card", { name: "qemu:vm", nic: "2" }]);
});
