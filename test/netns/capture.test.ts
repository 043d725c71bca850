/** A port's frames, as its owner and nobody else sees them. */
import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { readFile } from "node:fs/promises";
import type { WirePort } from "../../src/api/types.ts";
import { until } from "../room/processes.ts";
import { Guest } from "./guest.ts";
import { Stage } from "./stage.ts";
import { dial } from "./wire.ts";

setDefaultTimeout(90_000);

let stage: Stage | null = null;
afterEach(async () => {
  await stage?.destroy();
  stage = null;
});

type As = "etu" | "eve" | "prof";
type Frame = { readonly time: number; readonly length: number; readonly bytes: Buffer };

/** Two containers of two users, each with an address. */
async function open() {
  stage = await Stage.open();
  const host = stage;
  const plug = async (user: As, name: string, device: string) => {
    const { port } = await host.as(user, "CreatePort", { network: "lab", name, kind: "lxc" });
    const guest = await Guest.plug(host, name, { mac: port.mac, device });
    expect((await guest.dhcp()).address).toBe(port.reserved);
    return { guest, port };
  };
  return { host, web: await plug("etu", "web", "veth3001_web"), db: await plug("eve", "db", "veth3002_db") };
}

/** What libpcap would read (pcap-savefile(5)); a file that is cut off or is none throws. */
function readPcap(file: Buffer): readonly Frame[] {
  expect([file.readUInt32LE(0), file.readUInt16LE(4), file.readUInt32LE(16), file.readUInt32LE(20)]).toEqual([
    0xa1b2c3d4, 2, 65_535, 1,
  ]);
  const frames: Frame[] = [];
  for (let at = 24; at < file.length;) {
    const time = file.readUInt32LE(at) + file.readUInt32LE(at + 4) / 1e6;
    const [kept, length] = [file.readUInt32LE(at + 8), file.readUInt32LE(at + 12)];
    if (at + 16 + kept > file.length) throw new Error(`cut off at ${at}`);
    frames.push({ time, length, bytes: file.subarray(at + 16, at + 16 + kept) });
    at += 16 + kept;
  }
  return frames;
}

const macs = ({ bytes }: Frame) => [bytes.subarray(6, 12), bytes.subarray(0, 6)].map((mac) => mac.toString("hex"));
const isPing = ({ bytes }: Frame) => bytes.readUInt16BE(12) === 0x0800 && bytes[23] === 1;
const hex = (port: WirePort) => port.mac.replaceAll(":", "");
const packetSockets = async (host: Stage) => (await host.must("cat /proc/net/packet")).trim().split("\n").length - 1;

/** A capture that runs in the background into a file, and the file once it is over. */
async function captured(
  host: Stage,
  what: { words: string; during: () => Promise<unknown> },
): Promise<readonly Frame[]> {
  const line = `tarr-steps port capture ${what.words} >/run/etu.pcap 2>/run/etu.said; echo $? >/run/etu.code`;
  await host.must("rm -f /run/etu.*; touch /run/etu.pcap /run/etu.said /run/etu.code; chmod 666 /run/etu.*");
  await host.must(`setsid sh -c '${line}' >/dev/null 2>&1 &`, { user: "etu" });
  await until("its beginning", async () => (await host.must("stat -c %s /run/etu.pcap")).trim() !== "0" || undefined);
  await what.during();
  await until("its end", async () => (await host.read("/run/etu.code")).trim() || undefined, 20_000);
  expect((await host.read("/run/etu.code")).trim()).toBe("0");
  return readPcap(await readFile(host.outside("/run/etu.pcap")));
}

test("a port's frames are there both ways, each at its time, and no other's", async () => {
  const { host, web, db } = await open();
  const before = Date.now() / 1000;
  const during = async () => {
    await host.must(`ping -q -c 3 -i 0.3 ${web.port.reserved}`);
    await host.must(`ping -q -c 3 -i 0.2 ${db.port.reserved}`);
  };
  const frames = await captured(host, { words: "web --for 3", during });
  expect(await host.read("/run/etu.said")).toBe(`${frames.length} frames, 0 dropped\n`);
  const pings = frames.filter(isPing);
  expect(pings).toHaveLength(6);
  expect(pings.map((one) => macs(one).indexOf(hex(web.port)))).toEqual([1, 0, 1, 0, 1, 0]);
  // But for what is for everybody, a port hears what is its own alone.
  expect(pings.filter((one) => macs(one).includes(hex(db.port)))).toEqual([]);
  // By the kernel's clock: not when the service looked.
  const times = pings.map(({ time }) => time - before);
  expect(times[0]).toBeGreaterThan(0);
  expect(Math.abs((times[2] ?? 0) - (times[0] ?? 0) - 0.3)).toBeLessThan(0.1);
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeLessThan(0.015);
  expect(pings.every(({ length, bytes }) => length === 98 && bytes.length === 98)).toBe(true);
  expect(await packetSockets(host)).toBe(0);
});

test("--count ends it, a VLAN's tag is in its frame, and so is all of a flood", async () => {
  const { host, web } = await open();
  // ARP in the VLAN 7, as a machine with such an interface says it.
  const tagged = `ffffffffffff${hex(web.port)}810000070806`.padEnd(128, "0");
  const during = () => web.guest.sh(`echo ${tagged} | busybox xxd -r -p | socat -u - INTERFACE:eth0`);
  const types = (await captured(host, { words: "web --for 3", during })).map(({ bytes, length }) => [
    bytes.subarray(12, 18).toString("hex"),
    length - bytes.length,
  ]);
  expect(types).toContainEqual(["810000070806", 0]);
  const ping = () => host.sh(`ping -q -c 4 -i 0.2 ${web.port.reserved}`);
  expect(await captured(host, { words: "web --count 3", during: ping })).toHaveLength(3);
  const flood = `head -c 4000000 /dev/zero | socat -t 1 - TCP:${web.port.reserved}:7000`;
  await web.guest.sh("setsid socat -u TCP-LISTEN:7000 OPEN:/dev/null >/dev/null 2>&1 &");
  await host.listens("tcp", "7000", { at: "web" });
  const many = await captured(host, { words: "web --for 4", during: () => host.sh(flood) });
  const carried = many.reduce((sum, { length }) => sum + length, 0);
  const [, dropped = "?"] = /, (\d+) dropped/.exec(await host.read("/run/etu.said")) ?? [];
  expect(dropped).toBe("0");
  expect(carried).toBeGreaterThan(4_000_000);
});

test("ends when nobody reads it any more, when its caller goes, and with its interface", async () => {
  const { host } = await open();
  const { code, stdout } = await host.sh("tarr-steps port capture web | head -c 24 | wc -c", { user: "etu" });
  expect([code, stdout.trim()]).toEqual([0, "24"]);
  await until("no socket", async () => (await packetSockets(host)) === 0 || undefined, 5_000);
  await host.must("setsid tarr-steps port capture web >/dev/null 2>&1 &", { user: "etu" });
  await until("its socket", async () => (await packetSockets(host)) === 1 || undefined);
  await host.must("kill -KILL $(pgrep -f '^tarr-steps port capture web' -u etu)");
  await until("no socket", async () => (await packetSockets(host)) === 0 || undefined, 5_000);
  await captured(host, { words: "web", during: () => host.must("ip link delete veth3001_web") });
  await until("no socket", async () => (await packetSockets(host)) === 0 || undefined, 5_000);
});

test("Ctrl-C ends it with a whole file", async () => {
  const { host, web } = await open();
  const frames = await captured(host, {
    words: "web",
    during: async () => {
      await host.must(`ping -q -c 2 -i 0.2 ${web.port.reserved}; sleep 0.3`);
      await host.must("kill -INT $(pgrep -f '^tarr-steps port capture web' -u etu)");
    },
  });
  expect(frames.filter(isPing)).toHaveLength(4);
});

test("one who does not read costs the service nothing: the kernel drops, and says how many", async () => {
  const { host, web } = await open();
  // As root, who may: the connection is from outside.
  const line = await dial(host.socket);
  const parameters = { id: web.port.id, count: null, seconds: null };
  line.socket.write(`${JSON.stringify({ method: "io.tarrsteps.Capture", parameters, more: true })}\0`);
  await line.reply();
  line.socket.pause();
  const memory = async () =>
    Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${host.servicePid}/status`, "utf8"))?.[1]);
  const before = await memory();
  await web.guest.sh("setsid socat -u UDP-LISTEN:7000 OPEN:/dev/null >/dev/null 2>&1 &");
  await host.listens("udp", "7000", { at: "web" });
  // 100 MB in frames of 1 kB.
  await host.must(`head -c 100000000 /dev/zero | socat -b 1000 -u - UDP:${web.port.reserved}:7000`, {
    timeout: 60_000,
  });
  expect((await memory()) - before).toBeLessThan(40_000);
  // Others are answered all the while.
  expect((await host.cli(["port", "list"], { user: "eve" })).code).toBe(0);
  line.socket.resume();
  await until("what was dropped", async () => {
    // Parts from before the line was full say less: what they count is counted from the beginning.
    const { parameters: part } = await line.reply();
    return Number(part["dropped"]) > 10_000 || undefined;
  });
  line.socket.destroy();
  await until("no socket", async () => (await packetSockets(host)) === 0 || undefined, 5_000);
});

test("is for a program to read, one's own, and not without end", async () => {
  const { host, db } = await open();
  const terminal = await host.sh("script -qec 'tarr-steps port capture web' /dev/null", { user: "etu" });
  expect([terminal.code, terminal.stdout]).toEqual([64, expect.stringContaining("| wireshark -k -i -") as string]);
  expect((await host.cli(["port", "capture", "web"], { user: "eve" })).code).toBe(77);
  expect((await host.cli(["port", "capture", "web", "--count", "0"], { user: "etu" })).code).toBe(64);
  // Who calls without `more` is told by varlink's own error.
  const plain = host.call("Capture", { id: db.port.id, count: 1, seconds: 1 });
  expect(await plain.then(() => "", String)).toContain("org.varlink.service.ExpectedMore");
  const one = "tarr-steps port capture web --for 3 >/dev/null 2>/run/said$i; echo $?";
  const many = await host.sh(`umask 0; for i in 1 2 3 4 5; do (${one}) & done; wait`, { user: "root" });
  expect(many.stdout.trim().split("\n").sort()).toEqual(["0", "0", "0", "0", "75"]);
});
