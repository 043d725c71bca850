/** Whose an address is, asked and answered on a real kernel. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { until } from "../room/processes.ts";
import { Segment } from "./segment.ts";

setDefaultTimeout(60_000);

const hostMac = "02:00:00:00:00:01";
const otherMac = "02:00:00:00:00:02";
const other = "198.51.100.20";
const free = "198.51.100.30";

let lan: Segment;
beforeAll(async () => {
  lan = await Segment.open();
  await lan.join("host", hostMac, "198.51.100.10");
  await lan.join("other", otherMac, other);
});
afterAll(() => lan.destroy());

describe("who has an address", () => {
  type Told = { owners: Record<string, string>; milliseconds: number };
  const owners = async (list: string) => (await lan.ask("host", "owners", "eth0", hostMac, list)) as Told;

  test("is found in a second, of many at once; nobody's mind is changed", async () => {
    await lan.must("ip neigh flush all", "other");
    const many = Array.from({ length: 4 }, (_, index) => `198.51.100.${21 + index}`);
    const { owners: found, milliseconds } = await owners([other, ...many].join());
    expect(found).toEqual({ [other]: otherMac });
    expect(milliseconds).toBeLessThan(1_500);
    expect(await lan.must("ip neigh", "other")).not.toContain(hostMac);
  });

  test("comes at once when all have one", async () => {
    expect((await owners(other)).milliseconds).toBeLessThan(500);
  });

  test("of a large pool is asked slowly enough for a switch that counts ARP", async () => {
    const many = Array.from({ length: 30 }, (_, index) => `198.51.100.${100 + index}`);
    const hears = await lan.start("other", "frames", "eth0", "arp");
    const { milliseconds } = await owners(many.join());
    const heard = hears.lines().length;
    await hears.end();
    expect(heard).toBe(60);
    expect((heard / milliseconds) * 1_000).toBeLessThan(15);
  });
});

test("an announcement is believed by who remembers something else", async () => {
  await lan.must(`ip neigh replace ${free} lladdr 02:00:00:00:00:99 dev eth0 nud stale`, "other");
  await lan.ask("host", "announce", "eth0", hostMac, free);
  const told = async () => (await lan.must(`ip neigh show ${free}`, "other")).includes(hostMac) || undefined;
  await until("the neighbour to believe it", told, 2_000);
});

describe("a guard", () => {
  test("answers for its addresses those who ask before they take one, as the kernel's proxy does not", async () => {
    await lan.must(`ip neigh add proxy ${free} dev eth0; echo 1 >/proc/sys/net/ipv4/conf/eth0/forwarding`, "host");
    const taken = async () => ((await lan.ask("other", "owners", "eth0", otherMac, free)) as { owners: object }).owners;
    expect(await taken()).toEqual({});
    const guard = await lan.start("host", "guard", "eth0", hostMac, free);
    expect(await taken()).toEqual({ [free]: hostMac });
    // busybox asks as DHCP clients do (arping -D).
    expect((await lan.sh(`busybox arping -D -q -c 2 -w 2 -I eth0 ${free}`, "other")).code).toBe(1);
    guard.say("set 198.51.100.31");
    await Bun.sleep(100);
    expect(await taken()).toEqual({});
    await guard.end();
  });

  test("tells who else uses one, by what it says and by asking, and forgets it when it is gone", async () => {
    const guard = await lan.start("host", "guard", "eth0", hostMac, `${free},${other}`);
    await until("the one that answers", () => guard.lines().at(-1));
    expect(guard.lines().at(-1)).toEqual({ [other]: otherMac });
    await lan.must(`ip address add ${free}/24 dev eth0; busybox arping -U -c 1 -I eth0 -s ${free} ${free}`, "other");
    await until("the one that speaks", () => guard.lines().length > 1 || undefined, 3_000);
    expect(guard.lines().at(-1)).toEqual({ [other]: otherMac, [free]: otherMac });
    await lan.must(`ip address delete ${free}/24 dev eth0`, "other");
    const begun = performance.now();
    await until("it to forget", () => guard.lines().length > 2 || undefined, 30_000);
    expect(guard.lines().at(-1)).toEqual({ [other]: otherMac });
    expect(performance.now() - begun).toBeLessThan(20_000);
    await guard.end();
  });

  test("takes its work up again when its interface comes back", async () => {
    await lan.join("away", "02:00:00:00:00:05", "198.51.100.50");
    const guard = await lan.start("away", "guard", "eth0", "02:00:00:00:00:05", free);
    await lan.must("ip link delete p-away");
    await Bun.sleep(500);
    await lan.must(`ip link add p-away type veth peer name eth0 address 02:00:00:00:00:05 netns away
      ip link set p-away master lan up; ip -n away link set eth0 up`);
    const told = async () =>
      ((await lan.ask("other", "owners", "eth0", otherMac, free)) as { owners: Record<string, string> }).owners;
    const again = async () => (await told())[free] === "02:00:00:00:00:05" || undefined;
    await until("the guard", again, 8_000);
    expect(guard.errors()).toBe("");
    await guard.end();
  });
});
