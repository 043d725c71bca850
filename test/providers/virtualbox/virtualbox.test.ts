/**
 * The real VirtualBox in an emulated PC, with a machine of LXC beside it: who reaches whom, a clean stop, the switch taken
 * away, and a machine that the user made in VirtualBox. As one user of the PC all through; root only installs and destroys.
 *
 * Each test begins and ends with v1 and c1 running, and with v2 until it is deleted.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { quote } from "./emulated-host.ts";
import { furnishSpot, pairTable, recoveries, tryPairs, watchPings } from "./matrix.ts";
import { Pc, say, step } from "./pc.ts";

const minutes = 60_000;
/** Seconds after which everybody has to reach everybody again. */
const recovery = 30;

let pc: Pc;

/** A test that may need a new PC, and the minutes that one takes. */
function inPc(name: string, work: () => Promise<void>): void {
  test(name, () => pc.evenIfEmulationDies(work), 30 * minutes);
}

beforeAll(async () => {
  pc = await Pc.open();
}, 60 * minutes);

afterAll(() => pc.destroy());

describe("the real VirtualBox", () => {
  inPc("is found, by whoever has no right but to log in, and runs two machines beside one of LXC", async () => {
    expect(await pc.user("id -Gn")).toBe("etu\n");
    expect(await pc.user("LANG=C.UTF-8 tarr-steps doctor || true")).toMatch(/^✓ +virtualbox/m);
    for (const name of ["v1", "v2"]) {
      const mac = expect.stringMatching(/^08:00:27:/) as string;
      expect(await pc.machine(name)).toMatchObject({ state: "running", nics: [{ mac }] });
    }
    expect(await pc.user("tarr-steps machine ssh v1 hostname")).toBe("v1\n");
  });

  inPc("everybody reaches everybody: 20 of 20 pings, and a megabyte by TCP there and back", async () => {
    const places = await pc.spots();
    await Promise.all(places.map(furnishSpot));
    const pairs = await step("all pairs", () => tryPairs(places));
    say(pairTable(places, pairs));
    expect(pairs).toHaveLength(12);
    expect(pairs.filter((pair) => pair.pings < 20 || !pair.whole)).toEqual([]);
  });

  inPc("within 30 s of the switch's end everybody reaches everybody again", async () => {
    // They ping by themselves: a connection of ssh that the outage broke, or a slow new one, says nothing of the switch.
    await watchPings(await pc.spots());
    const begun = performance.now();
    await pc.host.must("root", "ip link delete vswitch0");
    const event = { begun, ended: performance.now() };
    await Bun.sleep(1000 * recovery);
    const times = await recoveries(await pc.spots(true), event);
    say(times.map(({ from, to, seconds }) => `${from} → ${to}: ${seconds.toFixed(1)} s`).join("\n"));
    expect(times).toHaveLength(12);
    expect(times.filter(({ seconds }) => !(seconds < recovery))).toEqual([]);
  });

  inPc("the console is a shell, the log is what the kernel and init print", async () => {
    const socket = "$HOME/.local/share/tarr-steps/machines/v1/console.sock";
    const typed = String.raw`(sleep 2; printf '\recho $((6*7))-$(hostname)\r'; sleep 10)`;
    expect(await pc.user(`${typed} | socat -t 1 - UNIX-CONNECT:${socket}`)).toContain("42-v1");
    expect(await pc.user("tarr-steps machine logs v1")).toContain("root@v1");
  });

  // From here on v2 is no more: what follows is quicker without it.
  inPc("deleted with its snapshots, nothing is left in VirtualBox", async () => {
    await pc.user("tarr-steps machine stop v2 --hard", 3 * minutes);
    await pc.vboxmanage("snapshot v2 take one");
    await step("v2 is deleted", () => pc.user("tarr-steps machine delete v2"));
    expect(await pc.vboxmanage("list vms")).not.toContain('"v2"');
    expect(await pc.vboxmanage("list hdds")).not.toContain("machines/v2");
    expect(await pc.user("ls ~/.local/share/tarr-steps/machines")).toBe("c1\nv1\n");
    expect(await pc.user("ip -brief link")).not.toContain("v2");
  });

  inPc("a machine that the user made is plugged, and gets its NIC back line by line", async () => {
    const name = 'hand made "é"';
    await pc.vboxmanage(`createvm --name ${quote(name)} --ostype Debian_64 --register`);
    await pc.vboxmanage(`modifyvm ${quote(name)} --nic1 nat --natpf1 ssh,tcp,,2222,,22 --cableconnected1 off`);
    const show = () => pc.shown(name);
    const before = await show();
    await step("plug", () => pc.user(`tarr-steps plug ${quote(`virtualbox:${name}`)}`));
    const during = await show();
    const mac = /^macaddress1=.*$/m.exec(before)?.[0] ?? "?";
    expect(during).toMatch(/^bridgeadapter1="ts\w+"$/m);
    expect(during).toMatch(/^nic1="bridged"$/m);
    expect(during).toContain(mac);
    await step("unplug", () => pc.user(`tarr-steps unplug ${quote(`virtualbox:${name}`)}`));
    expect(await show()).toBe(before);
    const wires = (text: string) => text.split("\n").filter((line) => /^(nic|mac|cable|bridge|natnet|Forw)/.test(line));
    await step("it starts", () => pc.vboxmanage(`startvm ${quote(name)} --type headless`));
    await step("plug, while it runs", () => pc.user(`tarr-steps plug ${quote(`virtualbox:${name}`)}`));
    expect(await show()).toMatch(/^bridgeadapter1="ts\w+"$/m);
    await step("unplug, while it runs", () => pc.user(`tarr-steps unplug ${quote(`virtualbox:${name}`)}`));
    expect(wires(await show())).toEqual(wires(before));
    await pc.vboxmanage(`controlvm ${quote(name)} poweroff`);
    expect(wires(await show())).toEqual(wires(before));
  });

  inPc("a machine powers off cleanly, and keeps its files", async () => {
    await step("v1 stops", () => pc.user("tarr-steps machine stop v1", 3 * minutes));
    expect(await pc.machine("v1")).toMatchObject({ state: "stopped" });
    const settings = await pc.shown("v1");
    expect(settings).toContain('VMState="poweroff"');
    expect(settings).not.toContain("SessionName");
    // By itself: VirtualBox did not pull the plug.
    expect(await pc.user("tarr-steps machine logs v1")).toContain("reboot: Power down");
    await step("v1 starts again", () => pc.start("v1"));
    expect(await pc.user("tarr-steps machine ssh v1 'mount | grep \" / \"'")).toContain("/dev/sda on / type ext4");
  });
});
