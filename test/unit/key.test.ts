/** The user's key for machines: a full disk, a kill or two commands at once must not leave half of one for ever. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mustRun } from "../../src/host/command.ts";
import { machineKey } from "../../src/providers/key.ts";

const before = process.env["XDG_DATA_HOME"];
let home = "";
const folder = () => join(home, "tarr-steps", "ssh");

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "tarr-steps-key-"));
  process.env["XDG_DATA_HOME"] = home;
});
afterEach(() => {
  rmSync(home, { recursive: true });
  if (before === undefined) delete process.env["XDG_DATA_HOME"];
  else process.env["XDG_DATA_HOME"] = before;
});

/** That both files are one pair, and nothing else is left. */
async function isPair(publicKey: string): Promise<void> {
  expect(readdirSync(folder()).sort()).toEqual(["id_ed25519", "id_ed25519.pub"]);
  const own = await mustRun(["ssh-keygen", "-y", "-f", join(folder(), "id_ed25519")]);
  expect(publicKey).toStartWith(own.trim().split(" ").slice(0, 2).join(" "));
  expect(readFileSync(join(folder(), "id_ed25519.pub"), "utf8")).toBe(`${publicKey}\n`);
}

test("is made once, and stays", async () => {
  const { publicKey } = await machineKey();
  await isPair(publicKey);
  expect((await machineKey()).publicKey).toBe(publicKey);
});

test.each([
  ["the public key is missing", () => rmSync(join(folder(), "id_ed25519.pub"))],
  ["the public key is empty", () => writeFileSync(join(folder(), "id_ed25519.pub"), "")],
])("when %s it is made of the private one", async (_, happen) => {
  const { publicKey } = await machineKey();
  happen();
  expect((await machineKey()).publicKey).toBe(publicKey);
  await isPair(publicKey);
});

test("an empty private key is made anew", async () => {
  await machineKey();
  for (const name of ["id_ed25519", "id_ed25519.pub"]) writeFileSync(join(folder(), name), "");
  await isPair((await machineKey()).publicKey);
});

test("two that make it at once have one", async () => {
  const [one, other] = await Promise.all([machineKey(), machineKey()]);
  expect(one.publicKey).toBe(other.publicKey);
  await isPair(one.publicKey);
});
