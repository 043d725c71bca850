import { describe, expect, test } from "bun:test";
import { fill } from "../../src/messages/messages.ts";
import type { Machine } from "../../src/model/machine.ts";
import type { Mac } from "../../src/model/names.ts";
import { interfaceName, isMac, isPortId, parseMachineName, parseNetworkName } from "../../src/model/names.ts";
import { loaderSettings, mediumArgv } from "../../src/images/medium.ts";
import { createArgs, furnishArgs } from "../../src/providers/virtualbox/argv.ts";
import {
  isMachine,
  linkedClone,
  nicsIn,
  parseDisks,
  parseSettings,
  parseMachineList,
  parseVersion,
  saidIn,
  stateIn,
} from "../../src/providers/virtualbox/parse.ts";
import { patienceWith } from "../../src/providers/virtualbox/vboxmanage.ts";
import { controlArgs, modifyArgs, pluggedWiring } from "../../src/providers/virtualbox/wiring.ts";
import { virtualboxWords } from "../../src/providers/virtualbox/words.ts";
import { recorded } from "./recorded.ts";

const said = (name: string) => recorded(`virtualbox/${name}.txt`);

function machine(): Machine {
  const [id, mac] = ["abc234", "08:00:27:aa:bb:cc"];
  if (!isPortId(id) || !isMac(mac)) throw new Error("constants");
  return {
    name: parseMachineName("web"),
    provider: "virtualbox",
    image: "tiny",
    memory: 256,
    nics: [
      {
        network: parseNetworkName("lab"),
        port: { id, interface: interfaceName("tsabc234"), switch: interfaceName("vswitch0"), mac },
      },
    ],
  };
}

describe("what VBoxManage prints", () => {
  test("the list: a name may hold quotes and braces, and Debian's wrapper warns on standard output", () => {
    expect(parseMachineList(said("list-vms"))).toEqual([
      { name: 'Zoé  "web" {x} 1', uuid: expect.stringMatching(/^[0-9a-f-]{36}$/) as string },
      { name: "v1", uuid: expect.stringMatching(/^[0-9a-f-]{36}$/) as string },
    ]);
    expect(parseMachineList("")).toEqual([]);
  });

  test("the version, after the wrapper's warning", () => {
    expect(parseVersion(said("version"))).toBe("7.2.22");
    expect(parseVersion("6.1.50r161033\n")).toBe("6.1.50");
    expect(parseVersion("WARNING: no")).toBeNull();
  });

  test("a bridged NIC, and seven that are switched off", () => {
    const settings = parseSettings(said("machine-bridged"));
    expect(stateIn(settings)).toBe("stopped");
    const nics = nicsIn(settings);
    expect(nics).toHaveLength(8);
    expect(nics[0]).toMatchObject({ number: 1, mac: "08:00:27:aa:bb:cc", interface: "tsp1" });
    expect(nics[0]?.wiring).toEqual({
      nic1: "bridged",
      nictype1: "virtio",
      nicspeed1: "0",
      macaddress1: "080027AABBCC",
      cableconnected1: "on",
      bridgeadapter1: "tsp1",
    });
    expect(nics[1]).toMatchObject({ number: 2, mac: null, interface: null, wiring: { nic2: "none" } });
  });

  test("every kind of NIC; a description that looks like settings is none", () => {
    const nics = nicsIn(parseSettings(said("machine-kinds")));
    const kinds = ["nat", "intnet", "hostonly", "natnetwork", "Generic", "null", "bridged", "none"];
    expect(nics.map(({ number, wiring }) => wiring[`nic${number}`])).toEqual(kinds);
    expect(nics.map((nic) => nic.interface)).toEqual([null, null, null, null, null, null, "eth0", null]);
    expect(nics[1]?.wiring["intnet2"]).toBe('in "net"');
    expect(nics[7]?.mac).toBeNull();
  });

  test("a snapshot's description is not escaped, and says nothing of the machine", () => {
    const settings = parseSettings(said("machine-snapshots"));
    expect(settings.get("nic2")).toBe("none");
    expect(stateIn(settings)).toBe("stopped");
  });

  test("states", () => {
    const state = (value: string) => stateIn(parseSettings(`name="x"\nVMState="${value}"\n`));
    expect(["poweroff", "saved", "aborted", "running", "stopping", "paused", "gurumeditation"].map(state)).toEqual([
      "stopped",
      "stopped",
      "stopped",
      "running",
      "running",
      "paused",
      "unknown",
    ]);
    expect(stateIn(parseSettings(""))).toBe("unknown");
  });

  test("snapshots are the machine's own, a linked clone is not", () => {
    const disks = parseDisks(said("disks"));
    expect(disks).toHaveLength(3);
    const uuid = disks[0]?.users[0]?.uuid ?? "";
    expect(disks.every((disk) => disk.users.every((user) => user.name === "v1" && user.uuid === uuid))).toBe(true);
    expect(linkedClone(disks, uuid)).toBeNull();
    const withClone = parseDisks(said("disks-clone"));
    expect(linkedClone(withClone, withClone[0]?.users[0]?.uuid ?? "")).toBe("lié");
  });

  test("a machine is ours by where its settings lie, or by its MAC, and not by its name", () => {
    const settings = parseSettings(said("machine-bridged"));
    const place = "/home/etu/.local/share/tarr-steps/machines/v1/v1.vbox";
    expect(isMachine(settings, machine(), "/elsewhere/v1.vbox")).toBe(true);
    const other = parseSettings(said("machine-kinds"));
    expect(isMachine(other, machine(), place)).toBe(false);
    expect(isMachine(new Map([["CfgFile", place]]), machine(), place)).toBe(true);
  });

  test("what it gives as the reason of a failure", () => {
    expect(saidIn(said("start-no-driver"))).toBe(
      "The virtual machine 'v1' has terminated unexpectedly during startup with exit code 1 (0x1)",
    );
    expect(saidIn("killed\n")).toBe("killed");
  });
});

describe("rewiring", () => {
  const nics = nicsIn(parseSettings(said("machine-kinds")));
  const backs = [
    "--nic1 nat --macaddress1 080027",
    '--nic2 intnet --intnet2 in "net" --macaddress2 080027',
    "--nic3 hostonly --hostonlyadapter3 vboxnet0 --macaddress3 080027",
    "--nic4 natnetwork --nat-network4 NatNetwork --macaddress4 080027",
    "--nic5 generic --nicgenericdrv5 UDPTunnel --macaddress5 080027",
    "--nic6 null --macaddress6 080027",
    "--nic7 bridged --bridgeadapter7 eth0 --macaddress7 080027",
    "--nic8 none",
  ];

  test.each(backs)("what changes, and back: %s", (back) => {
    const { number = 0, wiring: now = {} } = nics[backs.indexOf(back)] ?? {};
    const to = pluggedWiring(now, number, machine().nics[0].port);
    expect(modifyArgs("U", number, { now, to })).toContain(`--bridgeadapter${number}`);
    const [command, uuid, ...words] = modifyArgs("U", number, { now: to, to: now }) ?? [];
    expect([command, uuid]).toEqual(["modifyvm", "U"]);
    expect(words.join(" ")).toStartWith(back);
    expect(modifyArgs("U", number, { now, to: now })).toBeNull();
    expect(controlArgs("U", number, { now, to: now })).toEqual([]);
  });

  test("the NIC's own MAC is not given again", () => {
    const { wiring, mac } = nics[0] ?? {};
    if (wiring === undefined || mac === undefined || mac === null) throw new Error("recorded");
    const to = pluggedWiring(wiring, 1, { ...machine().nics[0].port, mac });
    expect(modifyArgs("U", 1, { now: wiring, to })).toEqual([
      ...["modifyvm", "U", "--nic1", "bridged", "--bridgeadapter1", "tsabc234"],
    ]);
  });

  test("a running machine: live where VirtualBox can, otherwise null", () => {
    const live = (index: number) => {
      const { wiring: now = {}, mac, number = 0 } = nics[index] ?? {};
      const to = pluggedWiring(now, number, { ...machine().nics[0].port, mac: mac ?? machine().nics[0].port.mac });
      return { plug: controlArgs("U", number, { now, to }), unplug: controlArgs("U", number, { now: to, to: now }) };
    };
    const bridged = (number: number) => ["controlvm", "U", `nic${number}`, "bridged", "tsabc234"];
    expect(live(0)).toEqual({ plug: [bridged(1)], unplug: [["controlvm", "U", "nic1", "nat"]] });
    expect(live(1)).toEqual({ plug: [bridged(2)], unplug: [["controlvm", "U", "nic2", "intnet", 'in "net"']] });
    expect(live(4)).toEqual({ plug: [bridged(5)], unplug: [["controlvm", "U", "nic5", "generic", "UDPTunnel"]] });
    expect(live(6)).toEqual({
      plug: [bridged(7), ["controlvm", "U", "setlinkstate7", "on"]],
      unplug: [
        ["controlvm", "U", "nic7", "bridged", "eth0"],
        ["controlvm", "U", "setlinkstate7", "off"],
      ],
    });
    expect(live(7)).toEqual({ plug: null, unplug: null });
  });
});

describe("arguments", () => {
  const disc = { from: "dvd", firmware: "bios", virtio: true } as const;

  test("a disk that boots by itself: from it, by its firmware, and with a card that every system knows", () => {
    const words = furnishArgs(machine(), "/c", { from: "disk", firmware: "efi", virtio: false }).join(" ");
    expect(words).toContain("--firmware efi --boot1 disk --boot2 none");
    expect(words).toContain("--nictype1 82540EM");
  });

  test("a machine of ours is made in its own folder", () => {
    process.env["XDG_DATA_HOME"] = "/data";
    expect(createArgs(machine()).slice(-2)).toEqual(["--basefolder", "/data/tarr-steps/machines"]);
    const words = furnishArgs(machine(), "/data/console.sock", disc).join(" ");
    delete process.env["XDG_DATA_HOME"];
    expect(words).toStartWith("modifyvm web --memory 256 --cpus 1");
    expect(words).toContain("--nic1 bridged --bridgeadapter1 tsabc234 --nictype1 virtio --macaddress1 080027AABBCC");
    expect(words).toContain("--uart2 0x2F8 3 --uartmode2 server /data/console.sock");
    expect(words).toContain("--uartmode1 file /data/tarr-steps/machines/web/console.log");
  });

  test("each card of a machine is bridged to a tap of its own", () => {
    const [first] = machine().nics;
    const port = { ...first.port, interface: interfaceName("tsxyz567"), mac: "08:00:27:aa:bb:cd" as Mac };
    const words = furnishArgs({ ...machine(), nics: [first, { ...first, port }] }, "/c", disc).join(" ");
    expect(words).toContain("--nic1 bridged --bridgeadapter1 tsabc234 --nictype1 virtio --macaddress1 080027AABBCC");
    expect(words).toContain("--nic2 bridged --bridgeadapter2 tsxyz567 --nictype2 virtio --macaddress2 080027AABBCD");
  });

  test("the boot medium: names that xorriso would split are escaped", () => {
    const medium = { path: "/m/boot.iso", kernel: "/i=1/kernel", initrd: "/i\\2/initrd", commandLine: "quiet" };
    const argv = mediumArgv(medium, { draft: "/m/new", settings: "/m/cfg" });
    expect(argv).toContain("boot/kernel=/i\\=1/kernel");
    expect(argv).toContain("boot/initrd=/i\\\\2/initrd");
    expect(loaderSettings("console=ttyS0 quiet")).toContain("\n APPEND console=ttyS0 quiet\n");
  });
});

test("every sentence in both languages has the same holes", () => {
  const holes = (text: string) => [...text.matchAll(/\{([a-z]+)\}/g)].map(([, name]) => name).sort();
  for (const [problem, { en, fr }] of Object.entries(virtualboxWords)) {
    expect([problem, ...holes(en.message)]).toEqual([problem, ...holes(fr.message)]);
    expect([problem, ...holes(en.hint)]).toEqual([problem, ...holes(fr.hint)]);
    expect(en.message).toEndWith(".");
  }
  expect(fill("{nic} of {name}", { nic: "2", name: "a\u001bb" })).toBe("2 of a b");
});

// As a stop of a machine printed it on a busy computer, 20 s after the guest had powered off.
const ending = `VBoxManage: error: The object is not ready
VBoxManage: error: Details: code E_ACCESSDENIED (0x80070005), component SessionMachine, interface IMachine, callee nsISupports
VBoxManage: error: Context: "GetClipboardFileTransfersEnabled(&f)" at line 2428 of file VBoxManageInfo.cpp`;
const held = "VBoxManage: error: The machine 'v1' is already locked for a session (or being unlocked)";

test.each([
  ["a machine whose process ends is waited for longer than any computer takes", ending, 60_000],
  ["one that another program holds is not waited for long", held, 15_000],
  ["what fails for good is told at once", "VBoxManage: error: Could not find a registered machine named 'v1'", 0],
])("%s", (_, stderr, milliseconds) => {
  expect(patienceWith(stderr)).toBe(milliseconds);
});
