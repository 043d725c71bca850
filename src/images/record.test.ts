import { expect, test } from "bun:test";
import type { DiskImage } from "./record.ts";
import { kindError, makersOf } from "./record.ts";

const part = { file: "x", sha256: "0" };
const image = (disk: boolean, tree: boolean) =>
  ({ format: 2, name: "srv", disk: disk ? part : null, tree: tree ? part : null }) as DiskImage;

test("a disk is for every hypervisor but LXC, the files of a root for LXC alone", () => {
  expect(makersOf(image(true, true))).toEqual(["qemu", "lxc", "virtualbox", "vmware"]);
  expect(makersOf(image(true, false))).toEqual(["qemu", "virtualbox", "vmware"]);
  expect(makersOf(image(false, true))).toEqual(["lxc"]);
});

test("whoever asks for a hypervisor that cannot is told which can", () => {
  const { code, values } = kindError(image(true, false), "lxc");
  expect([code, values["able"]]).toEqual(["image-kind", "qemu, virtualbox, vmware"]);
});
