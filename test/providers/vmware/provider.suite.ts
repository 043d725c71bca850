import { beforeAll, describe, expect, test } from "bun:test";
import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { mustRun, run } from "../../../src/host/command.ts";
import { isMac } from "../../../src/model/names.ts";
import { imageFolder, machineFolder } from "../../../src/providers/folders.ts";
import { claimFolder, removeFolder, writeMachine } from "../../../src/providers/records.ts";
import { vmwareProvider as provider } from "../../../src/providers/vmware/provider.ts";
import {
  calls,
  find,
  home,
  machine,
  make,
  makeImage,
  map,
  networking,
  problem,
  state,
  vmrun,
  vmxOf,
} from "./machines.ts";

const diskImage = {
  format: 2,
  name: "debian",
  architecture: "x86_64",
  disk: { file: "disk.qcow2", sha256: "0" },
  firmware: ["bios", "uefi"],
  tree: null,
  firstBoot: "tarr-steps",
  user: "debian",
  system: "Debian",
  memory: 512,
  built: "2026-01-01T00:00:00Z",
};

async function available(): Promise<string> {
  const found = await provider.available();
  return found.usable ? "usable" : (found.error.values["problem"] ?? found.error.code);
}

beforeAll(makeImage);

test("what is missing is told, the most basic thing first", async () => {
  expect(await provider.machines()).toEqual([]);
  const program = readFileSync("/usr/local/bin/vmrun");
  rmSync("/usr/local/bin/vmrun");
  expect(await available()).toBe("not-installed");
  writeFileSync("/usr/local/bin/vmrun", program, { mode: 0o755 });
  expect(await available()).toBe("modules");
  writeFileSync("/dev/vmmon", "");
  for (const name of ["vmmon", "vmnet"]) mkdirSync(join("/sys/module", name));
  expect(await available()).toBe("not-set-up");
  writeFileSync("/etc/vmware/networking", networking);
  expect(await available()).toBe("mapping-missing");
  map();
  expect(await available()).toBe("vmnet-missing");
  writeFileSync("/dev/vmnet200", "");
  expect(await available()).toBe("usable");
});

describe("a machine of ours", () => {
  test("is made, and known before it ever ran", async () => {
    await make("web");
    const { nics } = await find("web");
    expect(nics).toMatchObject([{ number: 1, mac: "00:50:56:12:34:56", interface: "vmware0" }]);
    expect(await state("web")).toBe("stopped");
    expect((await provider.machines()).map(({ name }) => name)).toEqual(["web"]);
    expect(await provider.machines(["db"])).toEqual([]);
    const path = vmxOf("web");
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replace('displayName = "web"', 'displayName = "Renamed"'));
    expect((await find("web")).name).toBe("web");
    writeFileSync(path, text);
  });

  test("starts once, has a console, and powers off when asked on it", async () => {
    const web = machine("web");
    await provider.start(web, { window: false });
    expect(await state("web")).toBe("running");
    expect(await problem(provider.start(web, { window: false }))).toBe("machine-running");
    const answer = await new Promise<string>((resolve, reject) => {
      const connection = connect({ path: join(machineFolder("web"), "console.sock") });
      connection.on("error", reject).on("connect", () => connection.write("hello"));
      connection.on("data", (piece: Buffer) => {
        resolve(piece.toString());
        connection.end();
      });
    });
    expect(answer).toBe("hello");
    const before = performance.now();
    await provider.stop(web, false);
    expect(performance.now() - before).toBeLessThan(10_000);
    expect(await state("web")).toBe("stopped");
    expect(calls().filter((line) => line.includes(" stop "))).toEqual([`-T ws stop ${vmxOf("web")} soft`]);
    await provider.stop(web, false);
  });

  test("with VMware's tools is asked by them, and is ended at once when told to", async () => {
    const web = machine("web");
    await provider.start(web, { window: false });
    writeFileSync(join(machineFolder("web"), "stand-in.tools"), "");
    await provider.stop(web, false);
    expect(await state("web")).toBe("stopped");
    rmSync(join(machineFolder("web"), "stand-in.tools"));
    await provider.start(web, { window: false });
    await provider.stop(web, true);
    expect(await state("web")).toBe("stopped");
    expect(calls().findLast((line) => line.includes(" stop "))).toBe(`-T ws stop ${vmxOf("web")} hard`);
  });

  test("follows the switch to another vmnet, and VMware's own lines stay", async () => {
    writeFileSync("/etc/vmware/networking", `${networking}add_bridge_mapping vmware0 7\n`);
    writeFileSync("/dev/vmnet7", "");
    await provider.start(machine("web"), { window: false });
    const text = readFileSync(vmxOf("web"), "utf8");
    expect(text).toContain('ethernet0.vnet = "/dev/vmnet7"\n');
    expect(text).toContain('uuid.bios = "56 4d');
    await provider.stop(machine("web"), true);
    map();
  });

  test("that cannot start says why, by VMware's log", async () => {
    const web = machine("web");
    const start = (window = false) => problem(provider.start(web, { window }));
    rmSync("/dev/vmmon");
    expect(await start()).toBe("modules");
    writeFileSync("/dev/vmmon", "");
    rmSync("/dev/vmnet200");
    expect(await start()).toBe("vmnet-missing");
    writeFileSync("/dev/vmnet200", "");
    mkdirSync(`${vmxOf("web")}.lck`);
    expect(await start()).toBe("in-use");
    rmSync(`${vmxOf("web")}.lck`, { recursive: true });
    const disk = join(machineFolder("web"), "disk.vmdk");
    const text = readFileSync(disk);
    rmSync(disk);
    expect(await start()).toBe("file-missing");
    writeFileSync(disk, text);
    // No display: the log is of the start before, and says nothing of this one.
    expect(await start(true)).toBe("canceled");
    process.env["DISPLAY"] = ":7";
    expect(await start(true)).toBe("none");
    delete process.env["DISPLAY"];
    await provider.stop(web, true);
  });

  test("is deleted with its disks, and its folder is left to whoever has the record", async () => {
    const web = machine("web");
    await provider.delete(web);
    for (const name of ["web.vmx", "disk.vmdk", "disk-flat.vmdk"]) {
      expect(existsSync(join(machineFolder("web"), name))).toBe(false);
    }
    expect(existsSync(join(machineFolder("web"), "machine.json"))).toBe(true);
    await provider.delete(web);
    await removeFolder(web.name);
  });

  test("in a home with a long path has its console where a socket can be", async () => {
    const before = process.env["XDG_DATA_HOME"] ?? "";
    const long = join(home, "d".repeat(100));
    mkdirSync(join(long, "tarr-steps"), { recursive: true });
    await run(["cp", "-a", join(before, "tarr-steps/images"), join(long, "tarr-steps/images")]);
    process.env["XDG_DATA_HOME"] = long;
    try {
      const far = await make("far");
      await provider.start(far, { window: false });
      const socket = join(machineFolder("far"), "console.sock");
      expect(readlinkSync(socket)).toBe(`${process.env["XDG_RUNTIME_DIR"] ?? ""}/tarr-steps-vmware-far.sock`);
      await provider.stop(far, false);
      expect(await state("far")).toBe("stopped");
    } finally {
      process.env["XDG_DATA_HOME"] = before;
    }
  });
});

describe("machines of the user's own", () => {
  const vmx = (folder: string, name: string) => join(home, folder, name, `${name}.vmx`);
  const lines = (name: string) =>
    [
      `.encoding = "UTF-8"`,
      `displayName = "${name}"`,
      `ethernet0.present = "TRUE"`,
      `ethernet0.connectionType = "nat"`,
      `ethernet0.addressType = "generated"`,
      `ethernet0.generatedAddress = "00:0c:29:01:02:03"`,
    ].join("\r\n");
  const port = machine("x").nics[0].port;

  beforeAll(() => {
    for (const [folder, name] of [
      ["vmware", "Debian 12"],
      ["vmware", "same"],
      ["elsewhere", "same"],
    ] as const) {
      mkdirSync(join(home, folder, name), { recursive: true });
      writeFileSync(vmx(folder, name), lines(name), { mode: 0o640 });
    }
    mkdirSync(join(home, ".vmware"));
    const inventory = [vmx("vmware", "Debian 12"), vmx("elsewhere", "same"), "/gone/x.vmx"];
    const text = inventory.map((path, index) => `vmlist${index}.config = "${path}"\n`).join("");
    writeFileSync(join(home, ".vmware/inventory.vmls"), text);
  });

  test("are found in Workstation's library and folder, two of one name by their paths", async () => {
    expect((await provider.machines()).map(({ name }) => name)).toEqual(["Debian 12", "same", vmx("vmware", "same")]);
    expect(await find("Debian 12")).toMatchObject({
      state: "stopped",
      nics: [{ number: 1, mac: "00:0c:29:01:02:03", interface: "vmnet8" }],
    });
  });

  test("one of the name of a machine of ours does not stand for it", async () => {
    const same = await make("same");
    const found = (await provider.machines()).map(({ name }) => name);
    expect(found).toEqual(["same", "Debian 12", vmx("elsewhere", "same"), vmx("vmware", "same")]);
    await vmrun("start", vmx("elsewhere", "same"), "nogui");
    expect(await state("same")).toBe("stopped");
    expect(await state(vmx("elsewhere", "same"))).toBe("running");
    await vmrun("stop", vmx("elsewhere", "same"), "hard");
    await provider.delete(same);
    await removeFolder(same.name);
  });

  test("are plugged and unplugged, and then are as they were", async () => {
    const place = { machine: await find("Debian 12"), nic: 1 };
    const path = vmx("vmware", "Debian 12");
    const before = readFileSync(path);
    expect(await provider.rewire(place, { port })).toEqual({ when: "next-start" });
    expect((await find("Debian 12")).nics[0]).toMatchObject({ mac: port.mac, interface: "vmware0" });
    expect(lstatSync(path).mode & 0o777).toBe(0o640);
    expect(await provider.rewire(place, { former: place.machine.nics[0]?.wiring ?? {} })).toEqual({
      when: "next-start",
    });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test("keep their own address on a port that has it", async () => {
    const place = { machine: await find("Debian 12"), nic: 1 };
    const path = vmx("vmware", "Debian 12");
    const before = readFileSync(path);
    const own = "00:0c:29:01:02:03";
    if (!isMac(own)) throw new Error("constants");
    await provider.rewire(place, { port: { ...port, mac: own } });
    expect((await vmrun("start", path, "nogui")).code).toBe(0);
    await vmrun("stop", path, "hard");
    expect((await find("Debian 12")).nics[0]).toMatchObject({ mac: own, interface: "vmware0" });
    writeFileSync(path, before);
  });

  test("have their address back also when VMware took it out meanwhile", async () => {
    const place = { machine: await find("Debian 12"), nic: 1 };
    const path = vmx("vmware", "Debian 12");
    const before = readFileSync(path);
    await provider.rewire(place, { port });
    expect((await vmrun("start", path, "nogui")).code).toBe(0);
    expect((await find("Debian 12")).nics[0]).toMatchObject({ mac: port.mac, interface: "vmware0" });
    await vmrun("stop", path, "hard");
    await provider.rewire(place, { former: place.machine.nics[0]?.wiring ?? {} });
    expect((await find("Debian 12")).nics).toMatchObject([{ mac: "00:0c:29:01:02:03", interface: "vmnet8" }]);
    writeFileSync(path, before);
  });

  test("that run are told by vmcli; without it they have to be powered off first", async () => {
    const place = { machine: await find("Debian 12"), nic: 1 };
    const former = place.machine.nics[0]?.wiring ?? {};
    const path = vmx("vmware", "Debian 12");
    await vmrun("start", path, "nogui");
    const program = readFileSync("/usr/local/bin/vmcli");
    rmSync("/usr/local/bin/vmcli");
    expect(await problem(provider.rewire(place, { port }))).toBe("machine-on");
    writeFileSync("/usr/local/bin/vmcli", program, { mode: 0o755 });
    expect(await provider.rewire(place, { port })).toEqual({ when: "next-start" });
    await vmrun("stop", path, "hard");
    expect((await find("Debian 12")).nics[0]).toMatchObject({ mac: port.mac, interface: "vmware0" });
    await vmrun("start", path, "nogui");
    expect(await provider.rewire(place, { former })).toEqual({ when: "next-start" });
    expect((await find("Debian 12")).nics[0]).toMatchObject({ interface: "vmnet8" });
    await vmrun("stop", path, "hard");
  });

  test("shown in a window are not written behind its back", async () => {
    const place = { machine: await find("same"), nic: 1 };
    const path = vmx("elsewhere", "same");
    mkdirSync(`${path}.lck`);
    writeFileSync(join(`${path}.lck`, "M1.lck"), "");
    const before = readFileSync(path);
    expect(await problem(provider.rewire(place, { port }))).toBe("in-use");
    expect(readFileSync(path).equals(before)).toBe(true);
    rmSync(`${path}.lck`, { recursive: true });
  });

  test("have no other network cards than they have", async () => {
    expect(await problem(provider.rewire({ machine: await find("same"), nic: 2 }, { port }))).toBe("no-nic");
    const place = { machine: await find("same"), nic: 1 };
    writeFileSync("/etc/vmware/networking", networking);
    expect(await problem(provider.rewire(place, { port }))).toBe("mapping-missing");
    map();
    rmSync(vmx("elsewhere", "same"));
    expect(await problem(provider.rewire(place, { port }))).toBe("file-missing");
  });
});

test("a machine of a whole disk has a copy of it, and a disc that tells its name", async () => {
  const folder = imageFolder("debian");
  mkdirSync(folder, { recursive: true });
  await mustRun(["qemu-img", "create", "-q", "-f", "qcow2", join(folder, "disk.qcow2"), "1G"]);
  writeFileSync(join(folder, "image.json"), JSON.stringify(diskImage));
  const made = { ...machine("deb"), image: "debian" };
  await claimFolder(made.name);
  await provider.create(made);
  await writeMachine(made);
  const told = await mustRun(["qemu-img", "info", "--output=json", join(machineFolder("deb"), "disk.vmdk")]);
  expect(JSON.parse(told)).toMatchObject({ format: "vmdk", "virtual-size": 1024 ** 3 });
  const said = await mustRun(["xorriso", "-indev", join(machineFolder("deb"), "seed.iso"), "-pvd_info"]);
  expect(said).toContain("CIDATA");
  expect(await state("deb")).toBe("stopped");
  // It has no boot medium that could be made anew.
  await provider.start(made, { window: false });
  expect(await state("deb")).toBe("running");
  await provider.stop(made, true);
  await provider.delete(made);
  await removeFolder(made.name);
});
