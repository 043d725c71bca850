/** Addresses of the LAN's own DHCP server, for machines behind a host: with the real dnsmasq. */
import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { LanLease } from "../../src/host/lan-dhcp/client.ts";
import { until } from "../room/processes.ts";
import { Segment } from "./segment.ts";

setDefaultTimeout(60_000);

const card = "02:00:00:00:00:01";
const machines = ["52:54:00:00:00:0a", "52:54:00:00:00:0b"] as const;
const hostAddress = "198.51.100.10";

let lan: Segment;
beforeEach(async () => {
  lan = await Segment.open();
  await lan.join("host", card, hostAddress);
  await lan.join("server", "02:00:00:00:00:53", "198.51.100.1");
  await lan.join("other", "02:00:00:00:00:02");
});
afterEach(() => lan.destroy());

async function serve(range: string, ...options: string[]): Promise<void> {
  const usual = ["--port=0", "--no-ping", "--dhcp-leasefile=/mnt/leases", "--pid-file=/mnt/pid"];
  const all = [...usual, `--dhcp-range=${range}`, ...options];
  await lan.must(
    `dnsmasq --conf-file=/dev/null --user=root --bind-interfaces --interface=eth0 ${all.join(" ")}`,
    "server",
  );
}

const leases = async () =>
  (await lan.sh("cat /mnt/leases")).stdout
    .trim()
    .split("\n")
    .filter((line) => line !== "");

type Told = { lease: LanLease; milliseconds: number } & { error?: string; values?: Record<string, string> };
type Asking = { machine: string; name?: string; taken?: readonly string[]; before?: string; lease?: LanLease };
const ask = (verb: string, asking: Asking) =>
  lan.ask("host", "lease", "eth0", card, `${hostAddress}/24`, verb, JSON.stringify(asking));
const acquire = async (machine: string, more: Omit<Asking, "machine"> = {}) =>
  (await ask("acquire", { machine, taken: [hostAddress], ...more })) as Told;

describe("a lease", () => {
  test("for each of two machines behind one card, known to the server by their identifiers; renewed, given back", async () => {
    await serve("198.51.100.50,198.51.100.59,600");
    const one = await acquire(machines[0], { name: "web" });
    const two = await acquire(machines[1], { name: "db", taken: [hostAddress, one.lease.address] });
    expect(one.lease).toMatchObject({
      server: "198.51.100.1",
      serverMac: "02:00:00:00:00:53",
      asked: "card",
      seconds: 600,
      renewAfter: 300,
      rebindAfter: 525,
    });
    expect(two.lease.address).not.toBe(one.lease.address);
    // The one second is the question whether somebody has it.
    expect(one.milliseconds).toBeLessThan(2_000);
    const known = await leases();
    expect(known).toHaveLength(2);
    expect(known.find((line) => line.includes(` ${one.lease.address} `))).toMatch(
      / 02:00:00:00:00:01 .* web 00:74:61:72:72:2d:73:74:65:70:73:52:54:00:00:00:0a$/,
    );
    const expiry = async () => Number((await leases()).find((line) => line.includes(one.lease.address))?.split(" ")[0]);
    const before = await expiry();
    await Bun.sleep(1_100);
    expect(await ask("renew", { machine: machines[0], lease: one.lease })).toMatchObject({ outcome: "renewed" });
    expect(await expiry()).toBeGreaterThan(before);
    await ask("release", { machine: machines[0], lease: one.lease });
    await until("the release", async () => (await leases()).length === 1 || undefined, 2_000);
  });

  test("is renewed with its server alone where the address is answered for, as the reach does", async () => {
    await serve("198.51.100.50,198.51.100.59,600");
    const { lease } = await acquire(machines[0]);
    await lan.must(
      `ip neigh add proxy ${lease.address} dev eth0; ip link add behind type veth; ip link set behind up; ip route add ${lease.address}/32 dev behind
      echo 1 >/proc/sys/net/ipv4/conf/all/forwarding; echo 0 >/proc/sys/net/ipv4/neigh/eth0/proxy_delay`,
      "host",
    );
    const heard = await lan.start("other", "frames", "eth0", "all");
    expect(await ask("renew", { machine: machines[0], lease })).toMatchObject({
      outcome: "renewed",
      lease: { address: lease.address },
    });
    // Nothing but ARP was for everybody.
    await Bun.sleep(200);
    expect(heard.lines().filter((line) => JSON.stringify(line).includes('"0800"'))).toEqual([]);
    await heard.end();
  });

  test("is asked of every server when its own is gone, and is lost when that one says so", async () => {
    await serve("198.51.100.50,198.51.100.59,600", "--dhcp-authoritative");
    const { lease } = await acquire(machines[0]);
    await lan.must("kill $(cat /mnt/pid)");
    expect(await ask("rebind", { machine: machines[0], lease })).toEqual({ outcome: "silent" });
    await serve("198.51.100.50,198.51.100.59,600", "--dhcp-authoritative");
    expect(await ask("rebind", { machine: machines[0], lease })).toMatchObject({ outcome: "renewed" });
    await lan.must("kill $(cat /mnt/pid); rm /mnt/leases");
    await serve("198.51.100.80,198.51.100.89,600", "--dhcp-authoritative");
    expect(await ask("rebind", { machine: machines[0], lease })).toEqual({ outcome: "lost" });
  });

  test("of an address that somebody uses is declined, and another is taken", async () => {
    await serve("198.51.100.50,198.51.100.51,600");
    const first = await acquire(machines[0]);
    await ask("release", { machine: machines[0], lease: first.lease });
    await lan.must(`ip address add ${first.lease.address}/24 dev eth0`, "other");
    const second = await acquire(machines[0], { before: first.lease.address });
    expect(second.lease.address).not.toBe(first.lease.address);
    await lan.must(`ip address add ${second.lease.address}/24 dev eth0`, "other");
    expect((await acquire(machines[1])).error).toMatch(/^lan-dhcp-(in-use|silent)$/);
  });

  test("is the one before, where that is free", async () => {
    await serve("198.51.100.50,198.51.100.59,600");
    expect(await acquire(machines[0], { before: "198.51.100.57" })).toMatchObject({
      lease: { address: "198.51.100.57" },
    });
  });
});

describe("a server that tells machines apart by their MAC alone", () => {
  test("is asked by the machine's own", async () => {
    await serve("198.51.100.50,198.51.100.59,600", "--dhcp-ignore-clid");
    const one = await acquire(machines[0]);
    expect(one.lease.asked).toBe("card");
    const two = await acquire(machines[1], { taken: [hostAddress, one.lease.address] });
    expect(two.lease).toMatchObject({ asked: "machine" });
    expect(two.lease.address).not.toBe(one.lease.address);
    expect(await ask("renew", { machine: machines[1], lease: two.lease })).toMatchObject({ outcome: "renewed" });
    expect((await leases()).map((line) => line.split(" ")[1]).sort()).toEqual([card, machines[1]]);
  });

  test("behind a switch that lets only the card's MAC ask is told in words", async () => {
    await serve("198.51.100.50,198.51.100.59,600", "--dhcp-ignore-clid");
    // What Cisco calls "ip dhcp snooping verify mac-address".
    await lan.must(`nft 'add table bridge snoop; add chain bridge snoop c { type filter hook forward priority 0; }
      add rule bridge snoop c ether type ip ether saddr ${card} udp dport 67 @th,288,48 != 0x020000000001 drop'`);
    const one = await acquire(machines[0]);
    const two = await acquire(machines[1], { taken: [hostAddress, one.lease.address] });
    expect(two).toMatchObject({ error: "lan-dhcp-shared", values: { address: one.lease.address, interface: "eth0" } });
  });

  test("gives the host's own address, which is refused before it is taken", async () => {
    await serve("198.51.100.50,198.51.100.59,600");
    // A host whose own client has no identifier: ISC's, as Debian sets it up.
    const own = (await lan.must(`busybox udhcpc -C -f -n -q -t 4 -T 1 -i eth0 -s /bin/true 2>&1`, "host")).match(
      /lease of (\S+) obtained/,
    )?.[1];
    const { lease } = await acquire(machines[0], { taken: [hostAddress, own ?? ""] });
    expect(lease.asked).toBe("machine");
    expect(lease.address).not.toBe(own);
    const again = await lan.must(`busybox udhcpc -C -f -n -q -t 4 -T 1 -i eth0 -s /bin/true 2>&1`, "host");
    expect(again).toContain(`lease of ${own ?? ""} obtained`);
  });
});

test("where no server is, it is said within the time given", async () => {
  const begun = performance.now();
  expect(await acquire(machines[0])).toMatchObject({ error: "lan-dhcp-silent", values: { interface: "eth0" } });
  expect(performance.now() - begun).toBeLessThan(8_000);
});

test("an address outside the host's subnet is refused", async () => {
  await lan.must("ip address add 203.0.113.1/24 dev eth0", "server");
  await serve("203.0.113.50,203.0.113.59,600");
  expect(await acquire(machines[0])).toMatchObject({
    error: "lan-dhcp-elsewhere",
    values: { server: "203.0.113.1", subnet: "198.51.100.0/24" },
  });
  expect(await leases()).toEqual([]);
});

describe("leases that are kept", () => {
  const range = "198.51.100.50,198.51.100.59,600";
  const keep = (ports: string) => lan.start("host", "keep", "eth0", card, `${hostAddress}/24`, "/mnt/state", ports);
  type Kept = Awaited<ReturnType<typeof keep>>;
  const next = async (kept: Kept, count: number, patience = 20_000) =>
    until(`line ${count}`, () => kept.lines()[count - 1], patience);
  const expiry = async (address: string) =>
    Number((await leases()).find((line) => line.includes(` ${address} `))?.split(" ")[0] ?? 0);

  test("are renewed in time, go on after a restart, and are given back with their port", async () => {
    await serve(range, "--dhcp-option=58,15", "--dhcp-option=59,30");
    const kept = await keep("a,b,c,d,e");
    const got = (await next(kept, 1)) as Record<string, string>;
    expect(new Set(Object.values(got)).size).toBe(5);
    const address = got["aaaaaa"] ?? "";
    const before = await expiry(address);
    const renewed = async () => (await expiry(address)) > before + 5 || undefined;
    await until("the renewal", renewed, 30_000);
    await kept.end();
    const again = await keep("a,b,c,d,e");
    expect(await next(again, 1)).toEqual(got);
    again.say("retain b,c,d");
    await until("two to be given back", async () => (await leases()).length === 3 || undefined);
    again.say("lease b,c,d");
    const rest = Object.entries(got).filter(([id]) => id !== "aaaaaa" && id !== "eeeeee");
    expect(await next(again, 2)).toEqual(Object.fromEntries(rest));
    await again.end();
    expect(again.errors()).toBe("");
  });

  test("that another LAN's server refuses are lost, told of, and had anew", async () => {
    await serve(range, "--dhcp-authoritative");
    const kept = await keep("a");
    const got = (await next(kept, 1)) as Record<string, string>;
    await kept.end();
    await lan.must("kill $(cat /mnt/pid); rm /mnt/leases");
    await serve("198.51.100.80,198.51.100.89,600", "--dhcp-authoritative");
    const again = await keep("a");
    expect(await next(again, 1)).toEqual(got);
    expect(await next(again, 2)).toBe("changed");
    again.say("lease a");
    const { aaaaaa: address } = (await next(again, 3)) as Record<string, string>;
    expect(address).toMatch(/^198\.51\.100\.8\d$/);
    await again.end();
  });

  test("of a server that looks at the card alone are many all the same", async () => {
    await serve(range, "--dhcp-ignore-clid");
    const kept = await keep("a,b,c,d");
    const got = (await next(kept, 1, 40_000)) as Record<string, string>;
    expect(new Set(Object.values(got)).size).toBe(4);
    await kept.end();
  });

  test("are refused for a new port where no server is, and what is known stays", async () => {
    await serve(range);
    const kept = await keep("a");
    const got = await next(kept, 1);
    await lan.must("kill $(cat /mnt/pid)");
    kept.say("lease a,b");
    expect(await next(kept, 2)).toEqual({ error: "lan-dhcp-silent" });
    kept.say("lease a");
    expect(await next(kept, 3)).toEqual(got);
    await kept.end();
  });
});
