import { describe, expect, test } from "bun:test";
import type { TarrError } from "../../src/error.ts";
import type { DiskImage } from "../../src/images/record.ts";
import type { Machine } from "../../src/model/machine.ts";
import type { Mac } from "../../src/model/names.ts";
import { interfaceName, isMac, isPortId, parseMachineName, parseNetworkName } from "../../src/model/names.ts";
import { deleteArgv, listArgv, parseRunning, settingArgvs } from "../../src/providers/vmware/argv.ts";
import { startArgv, stopArgv } from "../../src/providers/vmware/argv.ts";
import { headersPackage } from "../../src/providers/vmware/host.ts";
import { diskBoot, hardwareFor, hardwareOf, kernelBoot, machineFile } from "../../src/providers/vmware/machine-file.ts";
import { socketPath, startChanges, vmxName } from "../../src/providers/vmware/machine-file.ts";
import { nicsOf, portChanges } from "../../src/providers/vmware/nics.ts";
import { memoryFiles } from "../../src/providers/vmware/suspended.ts";
import { changeSettings, readSettings } from "../../src/providers/vmware/vmx.ts";

function machine(memory = 128): Machine {
  const [id, mac] = ["abc234", "00:50:56:12:34:56"];
  if (!isPortId(id) || !isMac(mac)) throw new Error("constants");
  return {
    name: parseMachineName("web"),
    provider: "vmware",
    image: "tiny",
    memory,
    nics: [
      {
        network: parseNetworkName("lab"),
        port: { id, interface: interfaceName("tsabc234"), switch: interfaceName("vswitch0"), mac },
      },
    ],
  };
}

const all = ["virtio_net", "e1000", "e1000e", "vmxnet3", "ahci", "ata_piix", "sd_mod"];

describe("hardware", () => {
  test.each([
    [all, { disk: "sata", nic: "vmxnet3" }],
    [["e1000", "e1000e", "ata_piix", "sd_mod"], { disk: "ide", nic: "e1000e" }],
    [["e1000", "ata_piix", "sd_mod"], { disk: "ide", nic: "e1000" }],
  ] as const)("is what the image has drivers for: %j", (modules, hardware) => {
    expect(hardwareFor("tiny", modules)).toEqual(hardware);
  });

  test.each([[[]], [["vmxnet3", "ahci"]], [["vmxnet3", "sd_mod"]], [["ahci", "sd_mod", "virtio_net"]]])(
    "none for %j",
    (modules) => {
      try {
        hardwareFor("tiny", modules);
        expect.unreachable();
      } catch (error) {
        expect((error as TarrError).values["problem"]).toBe("no-drivers");
      }
    },
  );
});

describe("the settings of a machine", () => {
  const text = changeSettings(
    machineFile(machine(), { disk: "sata", nic: "vmxnet3" }, kernelBoot),
    startChanges(machine(), { vmnets: [200], socket: "/home/u/web/console.sock" }),
  );
  const settings = readSettings(text);

  test("name each key once, a line each, quoted", () => {
    expect(settings.size).toBe(text.trimEnd().split("\n").length);
    expect(text.split("\n").filter((line) => !/^[\w.:]+ = "[^"]*"$/.test(line))).toEqual([""]);
  });

  test("put the NIC on the port", () => {
    const networking = "VERSION=1,0\nadd_bridge_mapping vmware0 200\n";
    const [nic, ...others] = nicsOf({ path: "/x.vmx", text }, networking);
    expect(nic).toMatchObject({ number: 1, mac: machine().nics[0].port.mac, interface: "vmware0" });
    expect(others).toEqual([]);
    expect(settings.get("ethernet0.virtualdev")).toBe("vmxnet3");
  });

  test("put each NIC on its own switch's vmnet, in their order", () => {
    const [first] = machine().nics;
    const second = { ...first, port: { ...first.port, mac: "00:50:56:12:34:57" as Mac } };
    const router = { ...machine(), nics: [first, second] as const };
    const both = changeSettings(
      machineFile(router, { disk: "sata", nic: "vmxnet3" }, kernelBoot),
      startChanges(router, { vmnets: [200, 201], socket: "/s" }),
    );
    const networking = "VERSION=1,0\nadd_bridge_mapping vmware0 200\nadd_bridge_mapping vmware1 201\n";
    expect(nicsOf({ path: "/x.vmx", text: both }, networking)).toMatchObject([
      { number: 1, mac: first.port.mac, interface: "vmware0" },
      { number: 2, mac: second.port.mac, interface: "vmware1" },
    ]);
    expect(readSettings(both).get("ethernet1.virtualdev")).toBe("vmxnet3");
  });

  test("boot from the disc, and have the console as a socket and the log as a file", () => {
    expect([...settings].filter(([key]) => /^(?:sata0:1|serial|bios)/.test(key))).toEqual([
      ["sata0:1.present", "TRUE"],
      ["sata0:1.devicetype", "cdrom-image"],
      ["sata0:1.filename", "boot.iso"],
      ["sata0:1.startconnected", "TRUE"],
      ["bios.bootorder", "cdrom,hdd"],
      ["serial0.present", "TRUE"],
      ["serial0.filetype", "file"],
      ["serial0.filename", "console.log"],
      ["serial1.present", "TRUE"],
      ["serial1.filetype", "pipe"],
      ["serial1.pipe.endpoint", "server"],
      ["serial1.trynorxloss", "TRUE"],
      ["serial1.filename", "/home/u/web/console.sock"],
    ]);
  });

  test("with IDE have disk and disc on cables of their own", () => {
    const ide = readSettings(machineFile(machine(), { disk: "ide", nic: "e1000" }, kernelBoot));
    expect(ide.get("ide0:0.filename")).toBe("disk.vmdk");
    expect(ide.get("ide1:0.filename")).toBe("boot.iso");
    expect(ide.has("sata0.present")).toBe(false);
  });

  test.each([
    [["bios", "uefi"], undefined],
    [["uefi"], "efi"],
  ] as const)("of a whole disk start from it (%s)", (firmware, told) => {
    const image = { firstBoot: "tarr-steps", firmware } as unknown as DiskImage;
    const disk = readSettings(machineFile(machine(), hardwareOf(image), diskBoot(image)));
    expect(disk.get("firmware")).toBe(told);
    expect(disk.get("bios.bootorder")).toBe("hdd");
    expect(disk.get("sata0:0.filename")).toBe("disk.vmdk");
    expect(disk.get("sata0:1.filename")).toBe("seed.iso");
    expect(disk.get("ethernet0.virtualdev")).toBe("vmxnet3");
  });

  test("of a disk that nobody knows have hardware that every system knows, and no disc", () => {
    const image = { firstBoot: "none", firmware: ["bios"] } as unknown as DiskImage;
    const disk = readSettings(machineFile(machine(), hardwareOf(image), diskBoot(image)));
    expect(disk.get("ide0:0.filename")).toBe("disk.vmdk");
    expect(disk.get("ethernet0.virtualdev")).toBe("e1000");
    expect(disk.has("ide1:0.present")).toBe(false);
  });

  test("round memory up to what VMware takes", () => {
    const memory = (size: number) =>
      readSettings(machineFile(machine(size), { disk: "ide", nic: "e1000" }, kernelBoot)).get("memsize");
    expect([128, 129, 131, 132].map(memory)).toEqual(["128", "132", "132", "132"]);
  });

  test("changed again for the same start are the same", () => {
    expect(changeSettings(text, startChanges(machine(), { vmnets: [200], socket: "/home/u/web/console.sock" }))).toBe(
      text,
    );
  });
});

describe("the console's socket", () => {
  test("is in the folder, unless a socket's path cannot be that long", () => {
    const at = (length: number) => socketPath(`/${"d".repeat(length - 1)}`, machine(), "/run/user/1000");
    expect(at(94)).toBe(`/${"d".repeat(93)}/console.sock`);
    expect(Buffer.byteLength(at(94))).toBe(107);
    expect(at(95)).toBe("/run/user/1000/tarr-steps-vmware-web.sock");
    expect(socketPath(`/${"é".repeat(60)}`, machine(), "/run/user/1000")).toStartWith("/run/");
  });
});

describe("argument vectors", () => {
  test("of vmrun and vmcli", () => {
    const vmx = "/home/u/a b;$(x)/m.vmx";
    expect(listArgv()).toEqual(["vmrun", "-T", "ws", "list"]);
    expect(startArgv(vmx, false)).toEqual(["vmrun", "-T", "ws", "start", vmx, "nogui"]);
    expect(startArgv(vmx, true)).toEqual(["vmrun", "-T", "ws", "start", vmx, "gui"]);
    expect(stopArgv(vmx, false)).toEqual(["vmrun", "-T", "ws", "stop", vmx, "soft"]);
    expect(stopArgv(vmx, true)).toEqual(["vmrun", "-T", "ws", "stop", vmx, "hard"]);
    expect(deleteArgv(vmx)).toEqual(["vmrun", "-T", "ws", "deleteVM", vmx]);
    expect(settingArgvs(vmx, portChanges(2, { mac: machine().nics[0].port.mac, own: null }, 7))).toEqual([
      ["vmcli", vmx, "ConfigParams", "SetEntry", "ethernet1.connectionType", "custom"],
      ["vmcli", vmx, "ConfigParams", "SetEntry", "ethernet1.vnet", "/dev/vmnet7"],
      ["vmcli", vmx, "ConfigParams", "SetEntry", "ethernet1.addressType", "static"],
      ["vmcli", vmx, "ConfigParams", "SetEntry", "ethernet1.address", "00:50:56:12:34:56"],
    ]);
  });

  test("vmrun's list is read; what is no list is not an empty one", () => {
    expect(parseRunning("Total running VMs: 0\n")).toEqual([]);
    expect(parseRunning("Total running VMs: 2\n/a b/x.vmx\n/c/y.vmx\n")).toEqual(["/a b/x.vmx", "/c/y.vmx"]);
    expect(parseRunning("warning\nTotal running VMs: 1\r\n/x.vmx\r\n")).toEqual(["/x.vmx"]);
    expect(parseRunning("Error: Unknown error\n")).toBeNull();
    expect(parseRunning("")).toBeNull();
  });
});

test.each([
  ["6.1.0-32-amd64", "linux-headers-amd64"],
  ["6.12.38+deb13-amd64", "linux-headers-amd64"],
  ["6.12.9+bpo-cloud-amd64", "linux-headers-cloud-amd64"],
  ["6.1.0-32-rt-amd64", "linux-headers-rt-amd64"],
  ["6.18.3", "linux-headers-6.18.3"],
  ["6.8.12-4-pve", "linux-headers-6.8.12-4-pve"],
])("the headers of kernel %s are in %s", (kernel, name) => {
  expect(headersPackage(kernel)).toBe(name);
});

test("the .vmx has the machine's name", () => {
  expect(vmxName(machine())).toBe("web.vmx");
});

describe("the files of a suspended machine's memory", () => {
  test.each([
    ["web-1a2b3c4d.vmss", ["web-1a2b3c4d.vmss", "web-1a2b3c4d.vmem"]],
    // A snapshot's, which is brought back more than once.
    ["web-Snapshot1.vmsn", []],
    ["/elsewhere/web.vmss", []],
    ["../other/web.vmss", []],
    ["", []],
  ] as const)("%j are %j", (saved, files) => {
    expect(memoryFiles(saved)).toEqual(files);
  });
});
