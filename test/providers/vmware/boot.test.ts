import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mustRun } from "../../../src/host/command.ts";
import { makeBootMedium } from "../../../src/images/medium.ts";
import { readKernelImage } from "../../../src/images/record.ts";
import { buildTiny } from "../../../src/images/tiny/build.ts";
import { guestCommandLine } from "../../../src/images/tiny/cmdline.ts";
import { bootWords, diskDescriptor, files, hardwareFor } from "../../../src/providers/vmware/machine-file.ts";

// The hardware that the .vmx asks for, made by QEMU: the same disk file, disc, controller, network card and serial lines.
// What it cannot show is VMware's own part.
setDefaultTimeout(180_000);

let folder = "";
let image = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "vmware-boot-"));
  image = process.env["TINY_IMAGE"] ?? join(folder, "image");
  if (process.env["TINY_IMAGE"] === undefined) await buildTiny({ directory: image, report: () => undefined });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const size = 512 * 1024 * 1024;

async function furnish(disk: "sata" | "ide"): Promise<void> {
  writeFileSync(join(folder, files.disk), diskDescriptor(size, { disk, nic: "vmxnet3" }));
  writeFileSync(join(folder, files.extent), "");
  truncateSync(join(folder, files.extent), size);
  await mustRun(["mke2fs", "-q", "-t", "ext4", "-E", "nodiscard,lazy_itable_init=1", join(folder, files.extent)]);
  const record = await readKernelImage(image, "vmware");
  await makeBootMedium({
    path: join(folder, files.disc),
    kernel: join(image, record.packedKernel),
    initrd: join(image, record.initrd),
    commandLine: bootWords(guestCommandLine(record.commandLine, { hostname: "web" })),
  });
}

/** Starts the machine; answers its console's socket, and when it ends. */
function start(disk: "sata" | "ide", nic: string) {
  const drives = [
    `file=${files.disk},format=vmdk,if=none,id=hd`,
    `file=${files.disc},format=raw,if=none,id=cd,readonly=on`,
  ];
  const controller = disk === "sata" ? ["-device", "ahci,id=sata0"] : [];
  const [hd, cd] = disk === "sata" ? ["sata0.0", "sata0.1"] : ["ide.0", "ide.1"];
  const argv = [
    ...[
      "-nodefaults",
      "-no-user-config",
      "-display",
      "none",
      "-vga",
      "std",
      "-machine",
      "pc",
      "-m",
      "256",
      "-boot",
      "d",
      ...controller,
    ],
    ...drives.flatMap((drive) => ["-drive", drive]),
    ...["-device", `ide-hd,drive=hd,bus=${hd}`, "-device", `ide-cd,drive=cd,bus=${cd}`],
    // A network inside QEMU's own process: nothing of it leaves this computer.
    ...[
      "-netdev",
      "user,id=n,restrict=on,net=192.0.2.0/24",
      "-device",
      `${nic},netdev=n,mac=00:50:56:12:34:56,romfile=`,
    ],
    ...["-chardev", `socket,id=console,path=${files.console},server=on,wait=off`],
    ...["-serial", `file:${files.log}`, "-serial", "chardev:console", "-no-reboot"],
  ];
  rmSync(join(folder, files.console), { force: true });
  return spawn("qemu-system-x86_64", argv, { cwd: folder, stdio: ["ignore", "inherit", "inherit"] });
}

/** Types a line again and again until the answer comes. */
async function ask(line: string, answer: RegExp, seconds: number): Promise<string> {
  while (!existsSync(join(folder, files.console))) await Bun.sleep(50);
  const connection = connect({ path: join(folder, files.console) });
  let heard = "";
  connection.on("error", () => undefined).on("data", (piece: Buffer) => (heard += piece.toString()));
  const deadline = performance.now() + seconds * 1000;
  while (!answer.test(heard) && performance.now() < deadline) {
    connection.write(`${line}\r`);
    await Bun.sleep(1_000);
  }
  connection.destroy();
  return heard;
}

test("the image boots from the disc, installs itself, and has a network", async () => {
  const { disk, nic } = hardwareFor("tiny", (await readKernelImage(image, "vmware")).modules);
  await furnish(disk);
  const machine = start(disk, nic);
  const ended = new Promise((resolve) => machine.on("close", resolve));
  try {
    expect(await ask("ip -4 -o address show eth0", /192\.0\.2\.15\/24/, 60)).toMatch(/192\.0\.2\.15\/24/);
    expect(await ask("hostname; mount | grep ' / '", /\/dev\/sda on \/ type ext4/, 10)).toMatch(/web\r?\n.*\/dev\/sda/);
    // As the provider's stop does where VMware's tools are not.
    await ask("poweroff", /poweroff[\s\S]*poweroff/, 3);
    expect(await Promise.race([ended, Bun.sleep(30_000).then(() => "still on")])).not.toBe("still on");
    expect(readFileSync(join(folder, files.log), "latin1")).toContain("BusyBox");
  } finally {
    machine.kill("SIGKILL");
    await ended;
  }
});
