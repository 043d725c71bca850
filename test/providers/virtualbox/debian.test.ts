/**
 * A whole Debian in the real VirtualBox, started by its BIOS and by UEFI, as far as ssh. The image is the one that this
 * computer's user built (`tarr-steps image build debian-13`), whose folder is in DEBIAN_IMAGE.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mustRun } from "../../../src/host/command.ts";
import { until } from "../../room/processes.ts";
import { packagePath } from "../../system/stage.ts";
import { ensureHostDisk } from "./disk.ts";
import type { Parts } from "./emulated-host.ts";
import { EmulatedHost, inbox } from "./emulated-host.ts";
import { ensureEmulator } from "./emulator.ts";
import { deathOfEmulation, hidden, loosen, nesting, say, step, throughRenewals } from "./pc.ts";

const minutes = 60_000;
/** The firmware of VirtualBox alone takes two minutes here, and a boot two to three. */
const patience = 15 * minutes;
const images = "~/.local/share/tarr-steps/images";
const machines = "~/.local/share/tarr-steps/machines";

let parts: Parts;
let host: EmulatedHost;
let folder = "";
let files: readonly string[] = [];

const user = (line: string, timeout = 3 * minutes) => host.must("etu", line, { timeout });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tarr-steps-debian-"));
  const image = process.env["DEBIAN_IMAGE"] ?? "";
  const record = join(folder, "image.json");
  await writeFile(record, await readFile(join(image, "image.json")));
  const disk = await step("the image's kernel is told of the nesting", () => prepareDisk(join(image, "disk.qcow2")));
  const packed = await packagePath();
  parts = { disk: await ensureHostDisk(packed), emulator: await ensureEmulator() };
  files = [await loosen(packed), record, disk];
  await prepareHost();
}, 60 * minutes);

afterAll(async () => {
  await host.destroy();
  for (const path of [join(files[0] ?? "", ".."), folder]) await rm(path, { recursive: true, force: true });
});

/** The image's disk, whose kernel is told what the emulation of an emulation needs. */
async function prepareDisk(qcow2: string): Promise<string> {
  const [raw, menu] = [join(folder, "disk.raw"), join(folder, "grub.cfg")];
  await mustRun(["qemu-img", "convert", "-O", "raw", qcow2, raw], { timeout: 5 * minutes });
  const system = `${raw}?offset=${135_168 * 512}`;
  await mustRun(["debugfs", "-R", `dump /boot/grub/grub.cfg ${menu}`, system]);
  await writeFile(menu, (await readFile(menu, "utf8")).replaceAll(" quiet", ` ${nesting}`));
  await mustRun(["debugfs", "-w", "-f", "-", system], {
    stdin: `rm /boot/grub/grub.cfg\nwrite ${menu} /boot/grub/grub.cfg\n`,
  });
  const disk = join(folder, "disk.qcow2");
  await mustRun(["qemu-img", "convert", "-O", "qcow2", raw, disk], { timeout: 15 * minutes });
  await rm(raw);
  return disk;
}

async function prepareHost(): Promise<void> {
  host = await step("the PC boots", () => EmulatedHost.boot(parts, files));
  const install = `DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ${inbox}/*.deb`;
  await step("the package is installed", () => host.must("root", install, { timeout: 8 * minutes }));
  for (const [key, value] of Object.entries(hidden)) await user(`VBoxManage setextradata global ${key} ${value}`);
  for (const name of ["by-bios", "by-uefi"]) {
    await user(`mkdir -p ${images}/${name} && cp ${inbox}/image.json ${images}/${name}`);
    await user(`ln -s ${inbox}/disk.qcow2 ${images}/${name}/disk.qcow2`);
  }
  await user(`sed -i 's/"bios",//; /"bios",/d' ${images}/by-uefi/image.json`);
}

const emulation = {
  renewals: 0,
  get host() {
    return host;
  },
  renew: async () => {
    await host.destroy();
    await prepareHost();
  },
  evidence: () => user(`tail -n 20 ${machines}/*/console.log; tail -n 5 ${machines}/*/Logs/VBox.log`).catch(String),
};

test.each(["by-bios", "by-uefi"])(
  "a Debian started %s: a thin machine, ssh, nothing of its system failed, and nothing left of it",
  (name) => throughRenewals(emulation, () => liveOf(name)),
  60 * minutes,
);

async function liveOf(name: string): Promise<void> {
  const machine = `m-${name}`;
  const create = `tarr-steps machine create ${machine} --provider virtualbox --image ${name} --memory 768`;
  await step(`${machine} is made`, () => user(create, 15 * minutes));
  expect(await user(`VBoxManage showvminfo ${machine} --machinereadable`)).toContain(
    `firmware="${name === "by-uefi" ? "EFI" : "BIOS"}"`,
  );
  expect(Number(await user(`du -sm ${machines}/${machine} | cut -f1`))).toBeLessThan(20);
  await user(`VBoxManage startvm ${machine} --type headless`);
  await step(`${machine} is up`, () => until(`ssh in ${machine}`, () => letsIn(machine), patience));
  const looks = [
    "hostname",
    "sudo id -un",
    "systemctl is-system-running --wait",
    "test -d /sys/firmware/efi && echo efi",
  ];
  const seen = await user(
    `tarr-steps machine ssh ${machine} -- '${looks.join("; ")}; cat /sys/class/dmi/id/sys_vendor'`,
  );
  say(seen);
  const firmware = name === "by-uefi" ? ["efi"] : [];
  expect(seen.trim().split("\n")).toEqual([machine, "root", "running", ...firmware, "innotek GmbH"]);
  await user(`tarr-steps machine stop ${machine} --hard`);
  await user(`tarr-steps machine delete ${machine}`);
  // With its last machine the image's disk for VirtualBox goes too.
  expect(await user(`VBoxManage list hdds; ls ${images}/${name}`)).toBe("disk.qcow2\nimage.json\n");
}

/** Whether its user gets in. A guest that the emulation ended never will. */
async function letsIn(machine: string): Promise<true | undefined> {
  await Bun.sleep(5_000);
  const death = await deathOfEmulation(host);
  if (death !== undefined) throw new Error("the emulation died");
  const { code } = await host.line("etu", `tarr-steps machine ssh ${machine} true`, { timeout: minutes });
  return code === 0 ? true : undefined;
}
