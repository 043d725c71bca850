import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdir, mkdtemp, open, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "bun";

/** Machines of QEMU's on real files, through the command line; one of them with a QEMU that runs. */
let place = "";
const command = join(import.meta.dir, "../../src/main.ts");
const folder = () => join(place, "home/tarr-steps/machines/web");
const disk = () => join(folder(), "disk.raw");

async function tarr(...words: readonly string[]) {
  const child = Bun.spawn([process.execPath, command, "machine", ...words], {
    cwd: place,
    stdout: "pipe",
    stderr: "pipe",
    env: { PATH: process.env["PATH"] ?? "", HOME: place, XDG_DATA_HOME: join(place, "home"), LANG: "C" },
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, out, err };
}

async function write(text: string): Promise<void> {
  const file = await open(disk(), "r+");
  await file.write(text, 4096);
  await file.close();
}

const read = async () => (await readFile(disk())).toString("latin1", 4096, 4101);

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), "tarr-snapshots-"));
  await mkdir(folder(), { recursive: true });
  const port = { id: "abcdef", interface: "tap1", switch: "vswitch0", mac: "52:54:00:00:00:01" };
  const nics = [{ network: "lab", port }];
  const record = { version: 2, name: "web", provider: "qemu", image: "tiny", memory: 128, nics };
  await writeFile(join(folder(), "machine.json"), JSON.stringify(record));
  await writeFile(join(folder(), "console.log"), "kept");
  await writeFile(disk(), "");
  await truncate(disk(), 64 * 1024 * 1024);
});

afterAll(async () => {
  await rm(place, { recursive: true, force: true });
});

test("a machine is brought back to what it was, and its disk stays sparse", async () => {
  await write("first");
  expect(await tarr("snapshot", "web")).toMatchObject({ code: 0, err: "web: the snapshot snapshot-1 is taken.\n" });
  await write("other");
  expect(await tarr("snapshot", "web", "two")).toMatchObject({ code: 0 });
  await write("third");
  const listed = JSON.parse((await tarr("snapshots", "web", "--json")).out) as {
    snapshots: readonly { readonly name: string }[];
  };
  expect(listed.snapshots.map(({ name }) => name)).toEqual(["snapshot-1", "two"]);
  const which = await tarr("restore", "web");
  expect(which.code).toBe(64);
  expect(which.err).toContain("web has several snapshots: snapshot-1, two.");
  expect(await tarr("restore", "web", "snapshot-1")).toMatchObject({ code: 0 });
  expect(await read()).toBe("first");
  expect(await tarr("restore", "web", "two")).toMatchObject({ code: 0 });
  expect(await read()).toBe("other");
  expect((await stat(disk())).blocks * 512).toBeLessThan(1024 * 1024);
  expect(await readFile(join(folder(), "console.log"), "utf8")).toBe("kept");
}, 60_000);

test("what is not there, or is there already, is told", async () => {
  expect(await tarr("restore", "web", "nine")).toMatchObject({ code: 1 });
  const again = await tarr("snapshot", "web", "two");
  expect(again.err).toContain("web has a snapshot two already.");
  expect(again.code).toBe(1);
  expect(await tarr("snapshot", "web", "../two")).toMatchObject({ code: 64 });
  expect(await tarr("snapshot", "web", "two", "--delete")).toMatchObject({ code: 0 });
  expect((await tarr("snapshots", "web")).out).toMatch(/^snapshot-1 +\d{1,2} \w{3} \d{4}, \d\d:\d\d\n$/);
});

test("without room nothing is changed", async () => {
  await $`dd if=/dev/urandom of=${disk()} bs=1M count=6 status=none`;
  const before = await $`sha256sum ${disk()}`.text();
  const small = join(folder(), "snapshots");
  const inside = `mount -t tmpfs -o size=3m none ${small} && ${process.execPath} ${command} machine snapshot web big; echo "code $?"; ls -A ${small}`;
  const told = await $`unshare --mount sh -c ${inside}`
    .env({ PATH: process.env["PATH"] ?? "", HOME: place, XDG_DATA_HOME: join(place, "home"), LANG: "C" })
    .nothrow()
    .quiet();
  expect(told.stderr.toString()).toContain("There is no room left for it in");
  expect(told.stdout.toString()).toBe("code 1\n");
  expect(await $`sha256sum ${disk()}`.text()).toBe(before);
});

test("a running machine is neither kept nor brought back", async () => {
  const words = ["-M", "none", "-display", "none", "-nodefaults", "-qmp", "unix:monitor.sock,server=on,wait=off"];
  const qemu = Bun.spawn(["qemu-system-x86_64", ...words], { cwd: folder(), stdout: "ignore", stderr: "ignore" });
  try {
    const deadline = performance.now() + 15_000;
    while ((await stat(join(folder(), "monitor.sock")).catch(() => null)) === null && performance.now() < deadline) {
      await Bun.sleep(50);
    }
    const taken = await tarr("snapshot", "web", "live");
    expect(taken.err).toContain("snapshots are taken of a machine that is powered off");
    expect(taken.code).toBe(1);
    expect(await tarr("restore", "web", "snapshot-1")).toMatchObject({ code: 1 });
  } finally {
    qemu.kill();
    await qemu.exited;
  }
}, 60_000);
