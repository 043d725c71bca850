/**
 * The real VirtualBox in an emulated PC, with a machine of LXC beside it: who reaches whom, a machine that the user made
 * in VirtualBox, and the switch taken away. As one user of the PC all through; root only installs and destroys.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { until } from "../../room/processes.ts";
import { packagePath } from "../../system/stage.ts";
import type { HostDisk } from "./disk.ts";
import { ensureHostDisk } from "./disk.ts";
import { EmulatedHost, inbox, quote } from "./emulated-host.ts";
import type { Spot } from "./matrix.ts";
import { furnishSpot, guestSpot, hostSpot, pairTable, tryPairs, unreached } from "./matrix.ts";

const minutes = 60_000;
const say = (line: string) => void process.stderr.write(`${line}\n`);
const image = "~/.local/share/tarr-steps/images/tiny/image.json";
/** Words that this nesting of processors needs and no real computer does. */
const nesting = "noxsave nokaslr mitigations=off";

type MachineList = { machines: { name: string; state: string; nics: { mac: string; address: string | null }[] }[] };

const guests = ["v1", "v2", "c1"];

let host: EmulatedHost;

async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  try {
    return await work();
  } finally {
    say(`${Math.round((performance.now() - started) / 1000)} s  ${what}`);
  }
}

const user = (line: string, timeout = 2 * minutes) => host.must("etu", line, { timeout });
const vboxmanage = (words: string) => user(`LC_ALL=C.UTF-8 VBoxManage ${words}`);

/** While a machine's process ends VirtualBox cannot describe it. */
function shown(name: string): Promise<string> {
  const look = () => vboxmanage(`showvminfo ${quote(name)} --machinereadable`).catch(() => undefined);
  return until(`what VirtualBox says of ${name}`, look, 20_000);
}

async function machine(name: string) {
  const { machines } = JSON.parse(await user("tarr-steps machine list --json")) as MachineList;
  return machines.find((one) => one.name === name);
}

/** Starts a machine and answers its address; undefined when it has not taken one. */
async function boot(name: string): Promise<string | undefined> {
  const { code } = await host.line("etu", `tarr-steps machine start ${name}`, { timeout: 4 * minutes });
  const find = async () => (await machine(name))?.nics[0]?.address ?? undefined;
  // An emulated guest may take longer to it than a person would wait for.
  return code === 0 ? find() : until("its address", find, minutes).catch(() => undefined);
}

/**
 * This nesting of emulated processors now and then crashes a guest in VirtualBox (a triple fault), or never finishes its
 * boot. Such a guest is started once more, and it is said; nothing else is tried twice.
 */
async function startMachine(name: string): Promise<string> {
  const address = (await boot(name)) ?? (await revive(name));
  if (address === undefined) throw new Error(`${name} has taken no address`);
  return address;
}

async function revive(name: string): Promise<string | undefined> {
  say(`${name} is ${(await machine(name))?.state ?? "gone"} in this nesting: once more`);
  await user(`tarr-steps machine stop ${name} --hard`);
  return boot(name);
}

/** Answers whether a guest had crashed; it runs again then. */
async function reviveCrashed(): Promise<boolean> {
  const states = await Promise.all(guests.map(async (name) => [name, (await machine(name))?.state] as const));
  const crashed = states.filter(([, state]) => state === "unknown").map(([name]) => name);
  for (const name of crashed) await revive(name);
  return crashed.length > 0;
}

/** What `work` answers; when a guest crashed meanwhile, what it answers after that. */
async function withGuests<T>(work: () => Promise<T>): Promise<T> {
  const first = await work().catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
  if (await reviveCrashed()) return work();
  if (first instanceof Error) throw first;
  return first;
}

async function spots(): Promise<readonly Spot[]> {
  const reached = guests.map(async (name) => {
    const address = (await machine(name))?.nics[0]?.address;
    if (address === null || address === undefined) throw new Error(`${name} has no address`);
    return guestSpot(host, name, address);
  });
  return [...(await Promise.all(reached)), hostSpot(host, "192.168.194.1")];
}

const addresses = new Map<string, string>();

/** A PC with the package, the image, and three machines that have their addresses. */
async function prepare(disk: HostDisk, deb: string): Promise<void> {
  host = await step("the PC boots", () => EmulatedHost.boot(disk, [deb]));
  // All it recommends is on the disk, but QEMU.
  const install = `DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ${inbox}/*.deb`;
  await step("the package is installed", () => host.must("root", install, { timeout: 5 * minutes }));
  await step("the image is built", () => user("tarr-steps image build tiny"));
  await user(`sed -i 's/"commandLine": "/&${nesting} /' ${image}`);
  const create = (name: string, provider: string) => user(`tarr-steps machine create ${name} --provider ${provider}`);
  await step("three machines are made", async () => {
    await create("c1", "lxc");
    await create("v1", "virtualbox");
    await create("v2", "virtualbox");
  });
  // One after the other: this nesting does not boot two at once.
  for (const name of ["c1", "v1", "v2"]) {
    addresses.set(name, await step(`${name} is up`, () => startMachine(name)));
  }
}

beforeAll(async () => {
  const deb = await packagePath();
  const disk = await step("the PC's disk (cached)", () => ensureHostDisk(deb));
  try {
    await prepare(disk, deb);
  } catch (error) {
    // QEMU's AMD-V now and then stops for good with a guest inside, and the PC with it.
    say(`a new PC, since this one failed: ${String(error)}`);
    await host.destroy();
    await prepare(disk, deb);
  }
}, 40 * minutes);

afterAll(() => host.destroy());

describe("the real VirtualBox", () => {
  test(
    "is found, by whoever has no right but to log in",
    async () => {
      expect(await user("id -Gn")).toBe("etu\n");
      expect(await user("LANG=C.UTF-8 tarr-steps doctor || true")).toMatch(/^✓ +virtualbox/m);
    },
    2 * minutes,
  );

  test(
    "runs two machines of ours, beside one of LXC",
    async () => {
      expect(new Set(addresses.values()).size).toBe(3);
      expect(await machine("v1")).toMatchObject({
        state: "running",
        nics: [{ mac: expect.stringMatching(/^08:00:27:/) as string }],
      });
      expect(await user("tarr-steps machine ssh v1 hostname")).toBe("v1\n");
    },
    2 * minutes,
  );

  test(
    "everybody reaches everybody: 20 of 20 pings, and a megabyte by TCP there and back",
    async () => {
      const pairs = await withGuests(async () => {
        const places = await spots();
        await Promise.all(places.map(furnishSpot));
        const tried = await step("all pairs", () => tryPairs(places));
        say(pairTable(places, tried));
        return tried;
      });
      expect(pairs).toHaveLength(12);
      expect(pairs.filter((pair) => pair.pings < 20 || !pair.whole)).toEqual([]);
    },
    8 * minutes,
  );

  test(
    "the console is a shell, the log is what the kernel and init print",
    async () => {
      const socket = "$HOME/.local/share/tarr-steps/machines/v1/console.sock";
      const typed = String.raw`(sleep 2; printf '\recho $((6*7))-$(hostname)\r'; sleep 6)`;
      expect(await user(`${typed} | socat -t 1 - UNIX-CONNECT:${socket}`)).toContain("42-v1");
      expect(await user("tarr-steps machine logs v1")).toContain("root@v1");
    },
    2 * minutes,
  );

  test(
    "within 30 s of the switch's end everybody reaches everybody again",
    async () => {
      const places = await withGuests(spots);
      // Answers are asked for by fresh connections: the guests' may have met a router's refusal meanwhile.
      await host.must("root", "ip link delete vswitch0");
      const started = performance.now();
      const fromHost = async () => {
        const lines = places.slice(0, -1).map(({ address }) => `ping -q -c 1 -W 1 ${address} >/dev/null`);
        return (await host.line("etu", lines.join(" && "))).code === 0 ? true : undefined;
      };
      await step("the host reaches all again", () => until("the guests", fromHost, 30_000));
      const again = await step("new connections", spots);
      expect(await unreached(again)).toEqual([]);
      say(`${Math.round((performance.now() - started) / 1000)} s  all pairs since the switch's end`);
    },
    5 * minutes,
  );

  test(
    "a machine that the user made is plugged, and gets its NIC back line by line",
    async () => {
      const name = 'hand made "é"';
      await vboxmanage(`createvm --name ${quote(name)} --ostype Debian_64 --register`);
      await vboxmanage(`modifyvm ${quote(name)} --nic1 nat --natpf1 ssh,tcp,,2222,,22 --cableconnected1 off`);
      const show = () => shown(name);
      const before = await show();
      await step("plug", () => user(`tarr-steps plug ${quote(`virtualbox:${name}`)}`));
      const during = await show();
      const mac = /^macaddress1=.*$/m.exec(before)?.[0] ?? "?";
      expect(during).toMatch(/^bridgeadapter1="ts\w+"$/m);
      expect(during).toMatch(/^nic1="bridged"$/m);
      expect(during).toContain(mac);
      await step("unplug", () => user(`tarr-steps unplug ${quote(`virtualbox:${name}`)}`));
      expect(await show()).toBe(before);
      const wires = (text: string) =>
        text.split("\n").filter((line) => /^(nic|mac|cable|bridge|natnet|Forw)/.test(line));
      await step("it starts", () => vboxmanage(`startvm ${quote(name)} --type headless`));
      await step("plug, while it runs", () => user(`tarr-steps plug ${quote(`virtualbox:${name}`)}`));
      expect(await show()).toMatch(/^bridgeadapter1="ts\w+"$/m);
      await step("unplug, while it runs", () => user(`tarr-steps unplug ${quote(`virtualbox:${name}`)}`));
      expect(wires(await show())).toEqual(wires(before));
      await vboxmanage(`controlvm ${quote(name)} poweroff`);
      expect(wires(await show())).toEqual(wires(before));
    },
    5 * minutes,
  );

  test(
    "a machine powers off cleanly",
    async () => {
      await step("v1 stops", () => user("tarr-steps machine stop v1", 3 * minutes));
      expect(await machine("v1")).toMatchObject({ state: "stopped" });
      const settings = await shown("v1");
      expect(settings).toContain('VMState="poweroff"');
      expect(settings).not.toContain("SessionName");
      // By itself: VirtualBox did not pull the plug.
      expect(await user("tarr-steps machine logs v1")).toContain("reboot: Power down");
    },
    4 * minutes,
  );

  test(
    "it keeps its files over a stop",
    async () => {
      await step("v1 starts again", () => user("tarr-steps machine start v1", 5 * minutes));
      expect(await user("tarr-steps machine ssh v1 'mount | grep \" / \"'")).toContain("/dev/sda on / type ext4");
    },
    6 * minutes,
  );

  test(
    "deleted with its snapshots, nothing is left in VirtualBox",
    async () => {
      await user("tarr-steps machine stop v2 --hard", 3 * minutes);
      await vboxmanage("snapshot v2 take one");
      await step("v2 is deleted", () => user("tarr-steps machine delete v2"));
      expect(await vboxmanage("list vms")).not.toContain('"v2"');
      expect(await vboxmanage("list hdds")).not.toContain("machines/v2");
      expect(await user("ls ~/.local/share/tarr-steps/machines")).toBe("c1\nv1\n");
      expect(await user("ip -brief link")).not.toContain("v2");
    },
    5 * minutes,
  );
});
