/** An apt repository of the package, and a fresh host that installs from it. By hand: two minutes. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mustRun, run } from "../../src/host/command.ts";
import { withPackage } from "../room/debian-root.ts";
import type { Host, Peer, Room } from "../room/room.ts";
import { createRoom } from "../room/room.ts";
import { packagePath } from "../system/stage.ts";

const patience = 10 * 60_000;
const key = "tarr-steps test <test@example.org>";

let keys: string;
let room: Room;
let host: Host;
let peer: Peer;

beforeAll(async () => {
  keys = await mkdtemp(join(tmpdir(), "tarr-steps-gpg-"));
  const make = [
    "--pinentry-mode",
    "loopback",
    "--passphrase",
    "",
    "--quick-generate-key",
    key,
    "ed25519",
    "sign",
    "never",
  ];
  await mustRun(["gpg", "--batch", ...make], { env: { GNUPGHOME: keys } });
  await mustRun(["./run", "repo", "test@example.org"], { env: { GNUPGHOME: keys }, timeout: patience });
  room = await createRoom();
  host = await room.addHost({
    name: "pc",
    root: await withPackage("trixie", await packagePath()),
    address: "198.51.100.10/24",
  });
  peer = await room.addPeer("web", "198.51.100.20/24");
  await host.root("rm /root/tarr-steps_*.deb");
}, patience);

afterAll(async () => {
  await room.destroy();
  await run(["gpgconf", "--kill", "all"], { env: { GNUPGHOME: keys } });
  await rm(keys, { recursive: true, force: true });
});

const source = "/etc/apt/sources.list.d/tarr-steps.list";
const update = () =>
  host.root(`apt-get update -o Dir::Etc::SourceList=${source} -o Dir::Etc::SourceParts=- -o APT::Get::List-Cleanup=0`);

test(
  "without the key apt refuses it; with it, one command installs",
  async () => {
    const server = await peer.background([
      "busybox",
      "httpd",
      "-f",
      "-p",
      "80",
      "-h",
      join(process.cwd(), "build/repo"),
    ]);
    await host.root(`mkdir -p /etc/apt/keyrings; cat >${source}`, {
      stdin: "deb [signed-by=/etc/apt/keyrings/tarr-steps.asc] http://198.51.100.20/ ./\n",
    });
    expect((await update()).code).not.toBe(0);
    const published = await readFile("build/repo/tarr-steps.asc", "utf8");
    expect(published).toContain("BEGIN PGP PUBLIC KEY");
    await host.root("cat >/etc/apt/keyrings/tarr-steps.asc", { stdin: published });
    expect(await update()).toMatchObject({ code: 0 });
    const installed = await host.root("env DEBIAN_FRONTEND=noninteractive apt-get install -y tarr-steps", {
      timeout: patience,
    });
    expect({ code: installed.code, said: installed.stderr }).toMatchObject({ code: 0 });
    expect((await host.root("tarr-steps network list")).stdout).toContain("192.168.194.1/24");
    await server.stop();
  },
  patience,
);

test("without a key of one's own it says how to find it", async () => {
  const { code, stderr } = await run(["./run", "repo", "nobody@example.org"], { env: { GNUPGHOME: keys } });
  expect([code, stderr]).toEqual([64, expect.stringContaining("gpg --list-secret-keys") as string]);
});
