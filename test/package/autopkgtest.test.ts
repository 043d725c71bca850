/** Debian's own way to test a package, in a fresh host of each release. By hand: five minutes each. */
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { withPackage } from "../room/debian-root.ts";
import type { Host, Room } from "../room/room.ts";
import { createRoom } from "../room/room.ts";
import { packagePath } from "../system/stage.ts";

const patience = 20 * 60_000;
const wanted = process.env["TARR_STEPS_RELEASE"];
const releases = (["trixie", "bookworm"] as const).filter((one) => wanted === undefined || one === wanted);

describe.each(releases)("autopkgtest on %s", (release) => {
  let room: Room;
  let host: Host;

  beforeAll(async () => {
    const root = await withPackage(release, await packagePath(), ["autopkgtest", "dpkg-dev"]);
    room = await createRoom();
    host = await room.addHost({ name: "pc", root, address: "198.51.100.10/24" });
    await host.root("apt-get install -y autopkgtest dpkg-dev", { timeout: 300_000 });
    for (const path of ["debian/control", "debian/changelog", ...(await testFiles())]) {
      const place = `/root/source/${path}`;
      const line = `mkdir -p "$(dirname ${place})" && cat >${place} && chmod 755 ${place}`;
      await host.root(line, { stdin: await readFile(path, "utf8") });
    }
  }, patience);
  afterAll(() => room.destroy());

  test(
    "passes: the switch, and a machine of an ordinary user's",
    async () => {
      const deb = `/root/${basename(await packagePath())}`;
      // The host is ours alone, which `null` does not know.
      const line = `autopkgtest --ignore-restrictions=isolation-machine -B ${deb} /root/source/ -- null`;
      const { code, stdout, stderr } = await host.root(line, { timeout: patience });
      const summary = `${stdout}${stderr}`.slice(-6_000);
      expect({ code, summary }).toEqual({ code: 0, summary: expect.stringMatching(/switch +PASS/) as string });
      expect(summary).toMatch(/machine +PASS/);
    },
    patience,
  );
});

async function testFiles(): Promise<string[]> {
  return (await readdir("debian/tests")).map((name) => join("debian/tests", name));
}
