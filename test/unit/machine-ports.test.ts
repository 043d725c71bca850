import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { down } from "../../src/cli/commands/lab.ts";
import { withPorts } from "../../src/cli/machine-ports.ts";
import { parseMachineName } from "../../src/model/names.ts";
import { readMachine } from "../../src/providers/records.ts";
import type { Stub } from "./stub-service.ts";
import { stubService } from "./stub-service.ts";

let stub: Stub;
beforeEach(async () => {
  stub = await stubService();
});
afterEach(() => stub.close());

const uid = process.getuid?.() ?? 0;
const web = parseMachineName("web");
const folder = () => join(stub.folder, "tarr-steps/machines/web");

/** A machine with a card on a network that is still there and one whose port is gone. */
async function made(provider: string): Promise<void> {
  const nic = (id: string, on: string) => ({
    network: "lab",
    port: { id, interface: `ts${id}`, switch: on, mac: `00:16:3e:00:00:0${on.at(-1)}` },
  });
  await mkdir(folder(), { recursive: true });
  const nics = [nic("aaa234", "vswitch7"), nic("bbb234", "vswitch8")];
  await writeFile(
    join(folder(), "machine.json"),
    JSON.stringify({ version: 2, name: "web", provider, image: "tiny", memory: 128, nics }),
  );
  stub.ports.set("bbb234", { network: "lab", name: "web-2", uid });
}

test("a container's own settings name the new port, and those of its other card stay", async () => {
  await made("lxc");
  const lines = (index: number, on: string) => [
    ...[`lxc.net.${index}.type = veth`, `lxc.net.${index}.link = ${on}`, `lxc.net.${index}.hwaddr = 00:16:3e:00:00:01`],
    `lxc.net.${index}.name = eth${index}`,
  ];
  await writeFile(
    join(folder(), "config"),
    ["lxc.uts.name = web", ...lines(0, "vswitch7"), ...lines(1, "vswitch8"), ""].join("\n"),
  );
  const after = await withPorts(await readMachine(web), stub.context());
  const config = await readFile(join(folder(), "config"), "utf8");
  expect(config).toContain("lxc.net.0.link = vswitch0\n");
  expect(config).toContain("lxc.net.0.hwaddr = 52:54:00:12:34:56\n");
  expect(config).toContain("lxc.net.0.name = eth0\n");
  expect(config).toContain("lxc.net.1.link = vswitch8\n");
  expect(config).not.toContain("vswitch7");
  expect(after.nics.map(({ port }) => port.id)).toEqual([[...stub.ports.keys()][1], "bbb234"] as never);
  expect(await readMachine(web)).toEqual(after);
});

test("its lab knows it by the port that it was made with, however often that was replaced", async () => {
  await made("qemu");
  await mkdir(join(stub.folder, "tarr-steps/labs"));
  const record = { version: 1, networks: [], machines: [{ name: "web", said: "", port: "aaa234" }] };
  await writeFile(join(stub.folder, "tarr-steps/labs/tp.json"), JSON.stringify(record));
  await writeFile(join(stub.folder, "tp.yaml"), "name: tp\nmachines: { web: {} }\n");
  for (const lost of ["aaa234", "first"]) {
    stub.ports.delete(lost === "first" ? String([...stub.ports.keys()].at(-1)) : lost);
    await withPorts(await readMachine(web), stub.context());
  }
  const told: string[] = [];
  const context = { ...stub.context({ file: join(stub.folder, "tp.yaml") }), json: true, flag: () => true };
  await down({ ...context, print: (line) => void told.push(line) });
  expect(JSON.parse(told.join(""))).toMatchObject({ actions: [{ do: "delete-machine", name: "web" }] });
});
