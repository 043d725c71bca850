import { existsSync, readdirSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mustRun, run } from "../../src/host/command.ts";
import { withPackage } from "./debian-root.ts";
import { cgroupRoot } from "./processes.ts";
import { roomsFolder } from "./remains.ts";
import { createRoom, until, type Host, type Peer, type Room } from "./room.ts";

let room: Room;
let trixie: Host;
let bookworm: Host;
let peer: Peer;

beforeAll(async () => {
  room = await createRoom();
  [trixie, bookworm, peer] = await Promise.all([
    room.addHost({ name: "trixie", release: "trixie", address: "198.51.100.10/24" }),
    room.addHost({ name: "bookworm", release: "bookworm", address: "198.51.100.11/24" }),
    room.addPeer("peer", "198.51.100.20/24"),
  ]);
  for (const host of [trixie, bookworm]) await host.addUser("etu", { sudo: true });
  // With a cold cache both systems are built first.
}, 20 * 60_000);

afterAll(() => room.destroy());

test("hosts and peers reach each other, and nothing else", async () => {
  const ping = (address: string) => ["ping", "-c1", "-W1", address] as const;
  for (const host of [trixie, bookworm]) {
    expect(await host.root(ping(peer.address))).toMatchObject({ code: 0 });
    expect(await peer.run(ping(host.address))).toMatchObject({ code: 0 });
    expect(await host.root(ping("192.0.2.1"))).toMatchObject({ code: 1 });
  }
  expect(await trixie.root(ping(bookworm.address))).toMatchObject({ code: 0 });
});

test("each host boots its own release, without what the package must bring", async () => {
  expect((await trixie.root(". /etc/os-release; echo $VERSION_CODENAME")).stdout).toBe("trixie\n");
  expect((await bookworm.root(". /etc/os-release; echo $VERSION_CODENAME")).stdout).toBe("bookworm\n");
  for (const host of [trixie, bookworm]) {
    expect((await host.root("systemctl --failed --no-legend; hostname")).stdout).toBe(`${host.name}\n`);
    expect((await host.root("command -v nft dnsmasq qemu-system-x86_64")).stdout).toBe("");
    expect((await host.root("ls /boot/vmlinuz-* /lib/modules/*/modules.dep")).code).toBe(0);
  }
});

test("a user is logged in as a person is", async () => {
  for (const host of [trixie, bookworm]) {
    expect(Number((await host.as("etu", ["id", "-u"])).stdout)).toBeGreaterThanOrEqual(1000);
    expect(await host.as("etu", "systemctl --user is-system-running")).toMatchObject({ stdout: "running\n" });
    expect(await host.as("etu", "loginctl show-session $XDG_SESSION_ID -P Name")).toMatchObject({ stdout: "etu\n" });
    expect(await host.as("etu", "unshare -Ur id -u")).toMatchObject({ stdout: "0\n" });
    const french = { env: { LANG: "fr_FR.UTF-8" }, stdin: "é ' \"\n" };
    expect(await host.as("etu", 'echo "$LANG" $HOME; cat', french)).toMatchObject({
      stdout: "fr_FR.UTF-8 /home/etu\né ' \"\n",
    });
    expect(await host.asSudo("etu", "echo $(id -u) $SUDO_USER $SUDO_UID")).toMatchObject({ stdout: "0 etu 1000\n" });
    expect(await host.as("etu", "exit 3")).toMatchObject({ code: 3 });
  }
});

test("a command that takes too long is ended, with all it started", async () => {
  const slow = (seconds: number) => `sleep ${seconds} & sleep ${seconds}`;
  for (const host of [trixie, bookworm]) {
    expect(await host.root(slow(301), { timeout: 300 })).toMatchObject({ code: 137 });
    expect(await host.as("etu", slow(302), { timeout: 300 })).toMatchObject({ code: 137 });
    expect(await host.asSudo("etu", slow(303), { timeout: 300 })).toMatchObject({ code: 137 });
    expect((await host.root("pgrep -x sleep")).stdout).toBe("");
  }
});

/** Attaches to a tap as QEMU does (TUNSETIFF with IFF_TAP and IFF_NO_PI), and says whether it has a carrier then. */
const attach = `
  open(my $tun, "+<", "/dev/net/tun") or die "open: $!";
  ioctl($tun, 0x400454ca, pack("a16 s x22", $ARGV[0], 0x1002)) or die "attach: $!";
  open(my $carrier, "<", "/sys/class/net/$ARGV[0]/carrier") or die "carrier: $!";
  print <$carrier>;`;

test("an ordinary user has the tap that root made for them, and no other", async () => {
  for (const host of [trixie, bookworm]) {
    await host.root("for tap in etu root; do ip tuntap add $tap mode tap user $tap; ip link set $tap up; done");
    expect(await host.as("etu", ["perl", "-e", attach, "etu"])).toMatchObject({ code: 0, stdout: "1\n" });
    expect((await host.as("etu", ["perl", "-e", attach, "root"])).stderr).toContain("attach: Operation not permitted");
  }
});

test("the machine's tun device keeps its mode, the host may set what concerns its network", async () => {
  expect((await trixie.root("stat -c %a /dev/net/tun")).stdout).toBe("666\n");
  expect(await trixie.root("sysctl -w net.ipv4.ip_forward=1")).toMatchObject({ code: 0 });
  expect((await bookworm.root("sysctl -n net.ipv4.ip_forward")).stdout).toBe("0\n");
  expect(await trixie.root("sysctl -w kernel.printk=1")).not.toMatchObject({ code: 0 });
});

test("background listeners answer, and end with what they started", async () => {
  const listen = (port: number) =>
    ["socat", `TCP-LISTEN:${port},fork,reuseaddr`, "SYSTEM:echo $PPID; sleep 304"] as const;
  const listeners = await Promise.all([
    trixie.background(listen(7001)),
    trixie.background(listen(7002), { user: "etu" }),
    peer.background(listen(7003)),
  ]);
  const ask = (target: string) => peer.run(["socat", "-t1", "-T1", "-", `TCP:${target},retry=20,interval=0.1`]);
  for (const target of [`${trixie.address}:7001`, `${trixie.address}:7002`, `${peer.address}:7003`]) {
    expect((await ask(target)).stdout).toMatch(/^\d+\n$/);
  }
  for (const listener of listeners) await listener.stop();
  await until("the listeners' children to end", async () => (await trixie.root("pgrep socat")).code === 1 || undefined);
});

test("a file is copied in as it is", async () => {
  const local = process.execPath;
  await bookworm.copyIn(local, "/opt/some/where/bun");
  const sum = async (text: Promise<{ stdout: string }>) => (await text).stdout.split(" ")[0];
  expect(await sum(bookworm.root("sha256sum /opt/some/where/bun"))).toBe(await sum(run(["sha256sum", local])));
  expect(await bookworm.as("etu", ["/opt/some/where/bun", "--version"])).toMatchObject({ code: 0 });
});

test.each([{ hard: false }, { hard: true }])(
  "a reboot (%o) loses links and keeps files and the address",
  async (how) => {
    const mac = "cat /sys/class/net/eth0/address";
    const before = (await trixie.root(mac)).stdout;
    expect(await trixie.root("ip link add br9 type bridge && touch /root/kept && sync")).toMatchObject({ code: 0 });
    await trixie.reboot(how);
    expect(await trixie.root("ip link show br9")).not.toMatchObject({ code: 0 });
    expect(await trixie.root("rm /root/kept")).toMatchObject({ code: 0 });
    expect((await trixie.root(mac)).stdout).toBe(before);
    expect((await trixie.root("sysctl -n net.ipv4.ip_forward")).stdout).toBe("0\n");
    expect(await peer.run(["ping", "-c1", "-W1", trixie.address])).toMatchObject({ code: 0 });
    expect(await trixie.as("etu", "systemctl --user is-system-running --wait")).toMatchObject({ code: 0 });
  },
);

/** A package that needs one that the root lacks and recommends another; the same bytes in each run, for the cache. */
async function buildPackage(folder: string): Promise<string> {
  const fields = ["Package: probe", "Version: 1", "Architecture: all", "Maintainer: probe <probe@example.org>"];
  fields.push("Depends: nftables", "Recommends: ethtool", "Description: probe\n");
  await mkdir(join(folder, "probe/DEBIAN"), { recursive: true });
  await writeFile(join(folder, "probe/DEBIAN/control"), fields.join("\n"));
  const build = [
    "dpkg-deb",
    "--root-owner-group",
    "--build",
    join(folder, "probe"),
    join(folder, "probe.deb"),
  ] as const;
  await mustRun(build, { env: { SOURCE_DATE_EPOCH: "0" } });
  return join(folder, "probe.deb");
}

test.each(["trixie", "bookworm"] as const)("a %s host without a way out installs a package", async (release) => {
  const folder = await mkdtemp(join(tmpdir(), "room-"));
  const root = await withPackage(release, await buildPackage(folder), ["tree"]);
  await rm(folder, { recursive: true });
  const host = await room.addHost({ name: `apt-${release}`, root, address: "198.51.100.30/24" });
  expect(await host.root("apt-get install --yes /root/probe.deb", { timeout: 120_000 })).toMatchObject({ code: 0 });
  expect(await host.root("nft --version && ethtool --version")).toMatchObject({ code: 0 });
  expect(await host.root("apt-get install --yes tree")).toMatchObject({ code: 0 });
  expect(await host.root("apt-get install --yes -o Acquire::Retries=0 zsh")).not.toMatchObject({ code: 0 });
  await host.powerOff();
  expect(() => host.pid).toThrow("is off");
});

/** Everything on this machine whose name begins with the prefix of a room. */
async function remains(prefix: string): Promise<string[]> {
  const folders = [cgroupRoot, "/run/netns", "/etc/netns", roomsFolder].filter(existsSync);
  const names = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  const mounts = (await readFile("/proc/self/mountinfo", "utf8")).split("\n");
  const processes = (await run(["ps", "-eo", "args"])).stdout.split("\n");
  return [...names, ...mounts, ...processes].filter((text) => text.includes(prefix));
}

test("a destroyed room leaves nothing", async () => {
  await room.destroy();
  await until("the janitor to end", async () => (await remains(room.prefix)).length === 0 || undefined, 3000);
});

test.each(["SIGINT", "SIGKILL"])("a room is removed when its process gets %s", async (signal) => {
  const program = `
    const { createRoom } = await import(${JSON.stringify(join(import.meta.dirname, "room.ts"))});
    const room = await createRoom();
    const host = await room.addHost({ name: "h", release: "trixie", address: "198.51.100.10/24" });
    await host.background("sleep 305");
    process.kill(process.pid, "${signal}");
    await Bun.sleep(10000);`;
  const victim = Bun.spawn([process.execPath, "-e", program], { stdio: ["ignore", "ignore", "inherit"] });
  await victim.exited;
  expect(victim.signalCode).toBe(signal as NodeJS.Signals);
  const prefix = `tarr-room-${victim.pid}-`;
  await until(
    "the janitor to have done its work",
    async () => (await remains(prefix)).length === 0 || undefined,
    10_000,
  );
});
