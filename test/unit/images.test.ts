/** Images that are not there, or cannot be read: each hint leads on, and not to the same words again. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Run } from "../../src/cli/command.ts";
import { build, refuseUnknownImage, remove, show } from "../../src/cli/commands/image.ts";
import { renderError } from "../../src/cli/render/error.ts";
import type { Stub } from "./stub-service.ts";
import { stubService } from "./stub-service.ts";
import { rejected } from "./thrown.ts";

let stub: Stub;
beforeEach(async () => {
  stub = await stubService();
});
afterEach(() => stub.close());

const folder = () => join(stub.folder, "tarr-steps/images/own");

async function told(run: Run, image: string): Promise<string> {
  const error = await rejected(run(stub.context({ image })));
  return (await renderError(error, { language: "en", json: false })).text;
}

test("one that is not there is to be built only where it can be", async () => {
  for (const run of [show, remove]) {
    expect(await told(run, "tiny")).toContain("→ tarr-steps image build tiny");
    expect(await told(run, "nope")).toBe(await told(build, "nope"));
    expect(await told(run, "nope")).not.toContain("image build nope");
  }
});

test("one that cannot be read is deleted, and its name is free again", async () => {
  mkdirSync(folder(), { recursive: true });
  writeFileSync(join(folder(), "image.json"), "{");
  const words = `tarr-steps: The image own cannot be used: ${folder()}/image.json is missing, or is not what it should be.
  → Delete it, then build or import it again: tarr-steps image delete own`;
  expect(await told(show, "own")).toBe(words);
  expect((await rejected(refuseUnknownImage("own"))).code).toBe("image-damaged");
  await remove(stub.context({ image: "own" }));
  expect(existsSync(folder())).toBe(false);
});

test("while a machine is made of it, it stays", async () => {
  mkdirSync(folder(), { recursive: true });
  const machine = join(stub.folder, "tarr-steps/machines/web");
  mkdirSync(machine, { recursive: true });
  const port = { id: "abc234", interface: "tsabc234", switch: "vswitch0", mac: "52:54:00:12:34:56" };
  const nics = [{ network: "lab", port }];
  const record = { version: 2, name: "web", provider: "qemu", image: "own", memory: 128, nics };
  writeFileSync(join(machine, "machine.json"), JSON.stringify(record));
  expect(await told(remove, "own")).toContain("Machines are made of the image own: web.");
});
