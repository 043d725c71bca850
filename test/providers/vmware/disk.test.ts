import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mustRun } from "../../../src/host/command.ts";
import { diskDescriptor } from "../../../src/providers/vmware/machine-file.ts";

// The other reader of VMware's disks that can be had: what it says of the descriptor is not said by us.
test.each(["sata", "ide"] as const)("qemu-img reads the disk (%s)", async (disk) => {
  const folder = mkdtempSync(join(tmpdir(), "vmware-disk-"));
  try {
    const size = 512 * 1024 * 1024;
    writeFileSync(join(folder, "disk.vmdk"), diskDescriptor(size, { disk, nic: "e1000" }));
    writeFileSync(join(folder, "disk-flat.vmdk"), "");
    truncateSync(join(folder, "disk-flat.vmdk"), size);
    const told = await mustRun(["qemu-img", "info", "--output=json", join(folder, "disk.vmdk")]);
    expect(JSON.parse(told)).toMatchObject({
      "virtual-size": size,
      format: "vmdk",
      "format-specific": { data: { "create-type": "monolithicFlat" } },
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
