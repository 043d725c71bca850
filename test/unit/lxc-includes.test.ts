import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readNics } from "../../src/providers/lxc/config.ts";
import { withIncludes } from "../../src/providers/lxc/includes.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tarr-steps-includes-"));
  await writeFile(join(folder, "default.conf"), "lxc.net.0.type = veth\nlxc.net.0.link = lxcbr0\n");
  await mkdir(join(folder, "more"));
  await writeFile(join(folder, "more", "b.conf"), "lxc.net.1.link = b\n");
  await writeFile(join(folder, "more", "a.conf"), "lxc.net.1.link = a\n");
  await writeFile(join(folder, "more", "c.txt"), "lxc.net.1.link = c\n");
  await writeFile(join(folder, "circle"), `lxc.include = ${folder}/circle\n`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const cards = async (config: string) => {
  const nics = readNics(config, await withIncludes(config));
  return nics.map((nic) => [nic.number, nic.interface, nic.wiring]);
};

test("a card that only an included file knows is seen, and nothing of it is ours to change", async () => {
  expect(await cards(`lxc.include = ${folder}/default.conf\n`)).toEqual([[1, "lxcbr0", {}]]);
});

test("the later line holds, on either side of the include", async () => {
  const include = `lxc.include = ${folder}/default.conf`;
  const own = "lxc.net.0.link = vswitch0";
  expect(await cards(`${include}\n${own}`)).toEqual([[1, "vswitch0", { "1": own }]]);
  expect(await cards(`${own}\n${include}`)).toEqual([[1, "lxcbr0", { "0": own }]]);
});

test("of a folder the files named .conf, in order", async () => {
  expect(await cards(`lxc.include = ${folder}/more`)).toEqual([[2, "b", {}]]);
});

test("what is not there is nothing, and a circle ends", async () => {
  expect(await cards(`lxc.include = ${folder}/none\nlxc.net.3.link = x\n`)).toEqual([
    [4, "x", { "1": "lxc.net.3.link = x" }],
  ]);
  expect(await cards(`lxc.include = ${folder}/circle\n`)).toEqual([]);
});
