/** Frames of our own making on a real kernel. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { until } from "../room/processes.ts";
import { Segment } from "./segment.ts";

setDefaultTimeout(60_000);

const hostMac = "02:00:00:00:00:01";
const otherMac = "02:00:00:00:00:02";
const other = "198.51.100.20";

let lan: Segment;
beforeAll(async () => {
  lan = await Segment.open();
  await lan.join("host", hostMac, "198.51.100.10");
  await lan.join("other", otherMac, other);
});
afterAll(() => lan.destroy());

const frame = (hex: string) => hex.replaceAll(" ", "");
const probeOf = (address: string, mac = otherMac) => {
  const [m, a] = [mac.replaceAll(":", ""), Buffer.from(address.split(".").map(Number)).toString("hex")];
  return frame(`ffffffffffff ${m} 0806 0001 0800 06 04 0001 ${m} 00000000 000000000000 ${a}`).padEnd(120, "0");
};

describe("a packet socket", () => {
  test("hears frames of its kind alone, and sends", async () => {
    const hears = await lan.start("host", "frames", "eth0", "arp");
    await lan.must("ip neigh flush all; ping -c 1 198.51.100.10", "other");
    const some = await until("a frame", () => (hears.lines().length > 0 ? hears.lines() : undefined));
    expect(some).toContainEqual({ length: 42, outgoing: false, type: "0806" });
    expect(some).not.toContainEqual(expect.objectContaining({ outgoing: true }));
    expect(some).not.toContainEqual(expect.objectContaining({ type: "0800" }));
    hears.say(probeOf(other, hostMac));
    await until("the answer", () => hears.lines().some((line) => "sent" in Object(line)) || undefined);
    expect(hears.lines()).toContainEqual({ sent: true });
    await hears.end();
  });

  test("hears what this host sends when it hears all", async () => {
    const hears = await lan.start("host", "frames", "eth0", "all");
    await lan.must(`ping -c 1 ${other}`, "host");
    const both = (outgoing: boolean) =>
      hears.lines().some((line) => JSON.stringify(line) === JSON.stringify({ length: 98, outgoing, type: "0800" }));
    await until("both ways", () => (both(true) && both(false)) || undefined);
    await hears.end();
  });

  test("with a filter a flood of something else does not wake it, and what it is for does", async () => {
    const hears = await lan.start("host", "frames", "eth0", "dhcp");
    await lan.must(`ping -q -f -c 5000 198.51.100.10`, "other");
    await lan.must("echo hello | socat -u - UDP:198.51.100.10:68,sourceport=67", "other");
    await until("the one frame", () => hears.lines().length > 0 || undefined);
    await Bun.sleep(200);
    expect(hears.lines()).toEqual([{ length: 48, outgoing: false, type: "0800" }]);
    await hears.end();
  });

  test("of no such interface, or without the right, is an error that says so", async () => {
    expect(await lan.ask("host", "frames", "eth9", "arp")).toEqual({
      error: "packet-socket-failed",
      values: { interface: "eth9", reason: "ENODEV" },
    });
    const unable = `setpriv --bounding-set=-net_raw --inh-caps=-net_raw ${process.execPath} ${import.meta.dirname}/packet-program.ts frames eth0 arp`;
    expect(JSON.parse(await lan.must(unable, "host"))).toMatchObject({ values: { reason: "EPERM" } });
  });

  test("waits while its interface is down, and ends when it is gone", async () => {
    await lan.must(
      "ip link add gone type veth peer name gone-peer; ip link set gone up; ip link set gone-peer up",
      "host",
    );
    const hears = await lan.start("host", "frames", "gone", "arp");
    const lastLine = async (say: string) => {
      const before = hears.lines().length;
      hears.say(say);
      return until("its word", () => hears.lines()[before]);
    };
    const ask = probeOf("198.51.100.30");
    await lan.must("ip link set gone down", "host");
    expect(await lastLine(ask)).toEqual({ sent: false });
    await Bun.sleep(300);
    await lan.must("ip link set gone up", "host");
    expect(await lastLine(ask)).toEqual({ sent: true });
    expect(await lastLine("open?")).toEqual({ open: true });
    await lan.must("ip link set gone down", "host");
    await Bun.sleep(300);
    await lan.must("ip link delete gone", "host");
    await Bun.sleep(300);
    expect(await lastLine("open?")).toEqual({ open: false });
    expect(await lastLine(ask)).toEqual({ sent: false });
    await hears.end();
    expect(hears.errors()).toBe("");
  });

  test("costs next to nothing while nothing comes", async () => {
    const hears = await lan.start("host", "frames", "eth0", "dhcp");
    hears.say("time");
    await Bun.sleep(3_000);
    hears.say("time");
    const [before, after] = (await until("two", () => (hears.lines().length === 2 ? hears.lines() : undefined))) as {
      cpu: { user: number; system: number };
    }[];
    const used = (of: typeof before) => (of?.cpu.user ?? 0) + (of?.cpu.system ?? 0);
    expect((used(after) - used(before)) / 3_000_000).toBeLessThan(0.02);
    await hears.end();
  });
});
