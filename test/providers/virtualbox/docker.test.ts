/**
 * The page's lines for Docker in an emulated PC: its containers need session keys and device rules of the kernel's, which
 * a host that shares another's kernel may not have.
 */
import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { CommandResult } from "../../../src/host/command.ts";
import type { Desk } from "../../system/docs.suite.ts";
import { docker, docsSuite } from "../../system/docs.suite.ts";
import { packagePath, people } from "../../system/stage.ts";
import { ensureHostDisk, fetchPackages } from "./disk.ts";
import { EmulatedHost, inbox } from "./emulated-host.ts";
import { ensureEmulator } from "./emulator.ts";
import { loosen, step } from "./pc.ts";

const fetched = `-y --no-install-recommends ${inbox}/*.deb`;
const page = { ...docker, given: docker.given.replace("-y docker.io", fetched) };

/** What an emulated processor needs for what a PC does in seconds. */
const slowness = 3;

async function emulated(): Promise<Desk> {
  const packed = await packagePath();
  const disk = await ensureHostDisk(packed);
  const deb = await loosen(packed);
  const files = [
    deb,
    ...(await step("Docker's packages", () => fetchPackages(disk, ["docker.io", "docker-cli", "iptables"]))),
  ];
  const host = await step("the PC boots", async () =>
    EmulatedHost.boot({ disk, emulator: await ensureEmulator() }, files),
  );
  const slowly = ({ timeout = 60_000 }: { readonly timeout?: number } = {}) => ({ timeout: slowness * timeout });
  // The PC knows root and a student; sudo is not on it.
  const as = (person: string, line: string, options?: { readonly timeout?: number }): Promise<CommandResult> =>
    person === people.installer
      ? host.line("root", `sudo() { "$@"; }; ${line}`, slowly(options))
      : host.line("etu", line, slowly(options));
  return {
    root: (line, options) => host.line("root", line, slowly(options)),
    as,
    destroy: async () => {
      await host.destroy();
      for (const file of files) await rm(dirname(file), { recursive: true, force: true });
    },
  };
}

docsSuite("an emulated PC", page, emulated);
