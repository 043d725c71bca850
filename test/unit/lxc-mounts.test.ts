import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "bun";
import { mountOf } from "../../src/providers/lxc/mounts.ts";

const mountinfo = [
  "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw",
  "30 22 8:2 / /home rw,nosuid,nodev,noexec,relatime shared:2 - ext4 /dev/sda2 rw",
  "31 30 8:3 / /home/a\\040b rw,relatime - ext4 /dev/sda3 rw",
  "32 22 8:4 / /srv rw,relatime - ext4 /dev/sda4 rw",
  "33 22 8:5 / /srv rw,noexec - ext4 /dev/sda5 rw",
  "",
].join("\n");

test.each([
  ["/home/etu/.local", "/home", true],
  ["/home", "/home", true],
  ["/homes/etu", "/", false],
  ["/home/a b/x", "/home/a b", false],
  ["/srv/x", "/srv", true],
])("%s lies on %s", (path, point, noexec) => {
  const mount = mountOf(mountinfo, path);
  expect([mount?.point, mount?.options.includes("noexec")]).toEqual([point, noexec]);
});

test("without a word about mounts nothing is refused", () => {
  expect(mountOf("", "/home/etu")).toBeNull();
});

test.if(process.getuid?.() === 0)(
  "a container is refused on a file system that runs no program, and nothing is left",
  async () => {
    const place = await mkdtemp(join(tmpdir(), "noexec-"));
    const script = join(import.meta.dir, "../../src/providers/lxc/mounts.ts");
    const code = `const { requireExecutable } = await import(${JSON.stringify(script)}); await requireExecutable(${JSON.stringify(place)}).catch((e) => console.log(JSON.stringify(e.values)))`;
    const said =
      await $`unshare --mount sh -c ${`mount -t tmpfs -o noexec none ${place} && ${process.execPath} -e '${code}'`}`.text();
    expect(JSON.parse(said)).toMatchObject({ provider: "lxc", problem: "no-exec", mount: place, folder: place });
    await rm(place, { recursive: true });
  },
);
