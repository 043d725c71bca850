import { describe, expect, test } from "bun:test";
import { snapshotArgs, snapshotListArgs } from "../../src/providers/virtualbox/argv.ts";
import { parseSnapshots } from "../../src/providers/virtualbox/parse.ts";
import * as vmware from "../../src/providers/vmware/argv.ts";
import { recorded } from "./recorded.ts";

const uuid = "747c2acf-7212-41c2-ad5c-59cdf51f4c70";

describe("VirtualBox", () => {
  test("its list: names with their UUIDs, parents first, and no description for a name", () => {
    expect(parseSnapshots(recorded("virtualbox/machine-snapshots.txt"))).toEqual([
      { name: "s1", uuid: "2d82389b-50b5-4da9-8745-8cd026807535" },
      { name: "s2", uuid: "574252ac-e7df-40a1-8da6-f436c372d157" },
    ]);
  });

  test("no list when there are none", () => {
    expect(parseSnapshots("This machine does not have any snapshots\n")).toEqual([]);
  });

  test("what it is asked", () => {
    expect(snapshotListArgs(uuid)).toEqual(["snapshot", uuid, "list", "--machinereadable"]);
    expect(snapshotArgs(uuid, "take", "before")).toEqual(["snapshot", uuid, "take", "before"]);
  });
});

describe("VMware Workstation", () => {
  test("its list, in which names are free text", () => {
    expect(vmware.parseSnapshots("Total snapshots: 2\nfirst\nof my own\n")).toEqual(["first", "of my own"]);
    expect(vmware.parseSnapshots("Total snapshots: 0\n")).toEqual([]);
    expect(vmware.parseSnapshots("Error: Cannot open VM\n")).toEqual([]);
  });

  test("what it is asked", () => {
    const vmx = "/home/etu/web.vmx";
    expect(vmware.snapshotArgv("revertToSnapshot", vmx, "first")).toEqual([
      ...(["vmrun", "-T", "ws", "revertToSnapshot", vmx, "first"] as const),
    ]);
    expect(vmware.snapshotListArgv(vmx)).toEqual(["vmrun", "-T", "ws", "listSnapshots", vmx]);
  });
});
