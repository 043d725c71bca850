/** The doctor asks as a machine does, and names who is in the way: with real faults on a real kernel. */
import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { WireCheck } from "../../src/api/types.ts";
import { until } from "../room/processes.ts";
import { Guest } from "./guest.ts";
import { lan } from "./host-script.ts";
import { dnsmasqs } from "./kernel.ts";
import { Stage } from "./stage.ts";

setDefaultTimeout(60_000);

let host: Stage;
beforeEach(async () => {
  host = await Stage.open();
});
afterEach(() => host.destroy());

/** What the doctor says that a machine would be answered; `cause` where it would not. */
async function probes(): Promise<Record<string, string>> {
  const { checks } = await host.call("Diagnose", {});
  const asked = checks.filter(({ id }) => id.startsWith("probe-"));
  return Object.fromEntries(asked.map(({ id, status, values }) => [id.slice(6), values["cause"] ?? status]));
}

async function values(id: string): Promise<WireCheck["values"]> {
  return (await host.call("Diagnose", {})).checks.find((check) => check.id === id)?.values ?? {};
}

const allWell = { arp: "pass", dhcp: "pass", dns: "pass", tcp: "pass" };

test("all is well in under two seconds; nothing is taken, and a guest goes on", async () => {
  const { port } = await host.call("CreatePort", { network: "lab", name: "web", kind: "lxc" });
  const guest = await Guest.plug(host, "web", port.mac);
  await guest.dhcp();
  await host.must("ip netns exec web ping -q -i 0.05 -c 60 192.168.194.1 >/mnt/pings &");
  const leases = await host.read("/run/tarr-steps/dnsmasq/lab.leases");
  const before = performance.now();
  expect(await probes()).toEqual(allWell);
  expect(performance.now() - before).toBeLessThan(2_000);
  expect(await host.read("/run/tarr-steps/dnsmasq/lab.leases")).toBe(leases);
  await Bun.sleep(3_000);
  expect(await host.read("/mnt/pings")).toContain(" 0% packet loss");
  expect(await host.must("ip neigh show dev vswitch0")).not.toContain("FAILED");
  expect(await host.planCode()).toBe(0);
});

test("an address that a machine took by hand is left alone", async () => {
  const guest = await Guest.plug(host, "byhand", "02:00:00:00:00:99");
  await guest.sh("ip address add 192.168.194.254/24 dev eth0; ip address add 192.168.194.253/24 dev eth0");
  expect(await probes()).toEqual(allWell);
  const known = await host.must("ip neigh show dev vswitch0");
  expect(known).toContain("192.168.194.252 ");
  expect(known).not.toMatch(/192\.168\.194\.25[34] lladdr (?!02:00:00:00:00:99)/);
});

test("an isolated network is asked for nothing beyond, and one whose DHCP is off for no lease", async () => {
  await host.cli(["network", "set", "lab", "reach=isolated", "dhcp=off"]);
  expect(await probes()).toEqual({ arp: "pass", dns: "pass" });
  await host.cli(["network", "stop"]);
  expect(await probes()).toEqual({});
});

test("with addresses of the LAN, and on two networks at once, all is well too", async () => {
  await host.cli(["network", "set", "lab", "reach=proxy-arp", "pool=198.51.100.60-198.51.100.62"]);
  await host.cli(["network", "create", "dmz", "--subnet", "10.20.0.0/24"]);
  const { checks } = await host.call("Diagnose", {});
  const asked = checks.filter(({ id }) => id.startsWith("probe-"));
  const told = asked.map(
    ({ id, status, values }) => `${values["network"] ?? ""} ${id.slice(6)} ${values["cause"] ?? status}`,
  );
  expect(told.sort()).toEqual(["dmz", "lab"].flatMap((name) => Object.keys(allWell).map((id) => `${name} ${id} pass`)));
});

describe("DHCP and DNS", () => {
  test("of a dnsmasq that hangs: which unit to start anew", async () => {
    const [pid = ""] = await dnsmasqs(host);
    await host.must(`kill -STOP ${pid}`);
    expect(await probes()).toEqual({ ...allWell, dhcp: "mute", dns: "mute" });
    const { code, stdout } = await host.cli(["doctor"]);
    expect(code).toBe(1);
    expect(stdout).toContain(
      "✗  A machine on lab would be offered no address: tarr-steps-dnsmasq@lab runs and does not answer.",
    );
    expect(stdout).toContain("→ Root starts it anew: sudo systemctl restart tarr-steps-dnsmasq@lab");
    const french = await host.cli(["doctor"], { env: { LC_ALL: "fr_FR.UTF-8" } });
    expect(french.stdout).toContain("Une machine sur lab ne se verrait offrir aucune adresse");
    await host.must(`kill -CONT ${pid}`);
    expect(await probes()).toEqual(allWell);
  });

  /** Ends dnsmasq, which the service can then not start again. */
  async function endForGood(): Promise<void> {
    const [pid = ""] = await dnsmasqs(host);
    await host.must(`mount --bind /bin/false $(command -v dnsmasq); kill -KILL ${pid}`);
    await until("its end", async () => (await dnsmasqs(host)).length === 0 || undefined);
  }

  test("of a dnsmasq that cannot start", async () => {
    await endForGood();
    expect(await probes()).toEqual({ ...allWell, dhcp: "service", dns: "service" });
  });

  test("of one whose port another has: who has it", async () => {
    await endForGood();
    await host.must("echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start");
    await host.must("setsid socat -u UDP-LISTEN:53 - >/dev/null 2>&1 &", { user: "eve" });
    await host.listens("udp", "53");
    expect(await probes()).toMatchObject({ dns: "port-held" });
    expect(await values("probe-dns")).toMatchObject({
      port: "53",
      holder: expect.stringMatching(/^eve$|\.(service|scope)$/) as string,
    });
  });

  test("dropped by a rule: which one, of which chain", async () => {
    await host.must(`nft 'add table inet mine; add chain inet mine in { type filter hook input priority 5; }
      add rule inet mine in udp dport { 53, 67 } counter drop comment "no servers"'`);
    expect(await probes()).toEqual({ ...allWell, dhcp: "firewall", dns: "firewall" });
    expect(await values("probe-dhcp")).toMatchObject({
      ...{ family: "inet", table: "mine", chain: "in" },
      rule: expect.stringContaining("drop") as string,
    });
    const { stdout } = await host.cli(["doctor", "--json"]);
    expect(stdout).toContain("sudo nft insert rule inet mine in iifname 'vswitch*' accept");
    await host.must("nft insert rule inet mine in iifname 'vswitch*' accept");
    expect(await probes()).toEqual(allWell);
    expect(await host.must("nft list tables")).not.toContain("trace");
  });

  test("whose answers are dropped: in which chain", async () => {
    await host.must(`nft 'add table ip mine; add chain ip mine out { type filter hook output priority 5; }
      add rule ip mine out udp sport 67 drop'`);
    expect(await probes()).toEqual({ ...allWell, dhcp: "firewall-out" });
    expect(await values("probe-dhcp")).toMatchObject({ table: "mine", chain: "out" });
  });
});

describe("the way out", () => {
  test("dropped by a chain's policy, and answers by a rule", async () => {
    await host.must(
      "nft 'add table inet mine; add chain inet mine f { type filter hook forward priority 0; policy drop; }'",
    );
    expect(await probes()).toEqual({ ...allWell, tcp: "firewall" });
    expect(await values("probe-tcp")).toMatchObject({ chain: "f", rule: "policy drop", gateway: lan.peer });
    await host.must("nft 'add rule inet mine f oifname vswitch0 drop; add rule inet mine f accept'");
    expect(await probes()).toEqual({ ...allWell, tcp: "firewall-out" });
  });

  test("not forwarded, and not to be switched on", async () => {
    const place = "/proc/sys/net/ipv4/conf/vswitch0/forwarding";
    await host.must(`echo 0 >/mnt/zero; echo 0 >${place}; mount --bind /mnt/zero ${place}`);
    expect(await probes()).toEqual({ ...allWell, tcp: "forwarding" });
    expect(await values("probe-tcp")).toMatchObject({ interfaces: "vswitch0" });
  });

  test("whose answers come by another interface, which takes none that it would not answer by", async () => {
    await host.must(`ip link add eth1 type veth peer name eth1 netns peer; ip address add 192.0.2.1/24 dev eth1; ip link set eth1 up; ip -n peer link set eth1 up
      ip -n peer neigh add ${lan.host} lladdr $(cat /sys/class/net/eth1/address) dev eth1
      ip -n peer route add ${lan.host}/32 dev eth1 src ${lan.peer}
      echo 1 >/proc/sys/net/ipv4/conf/eth1/forwarding`);
    expect(await probes()).toEqual(allWell);
    await host.must("echo 1 >/proc/sys/net/ipv4/conf/eth1/rp_filter");
    expect(await probes()).toEqual({ ...allWell, tcp: "rp-filter" });
    expect(await values("probe-tcp")).toMatchObject({ interface: "eth1" });
    await host.must("echo 2 >/proc/sys/net/ipv4/conf/eth1/rp_filter");
    expect(await probes()).toEqual(allWell);
  });

  test("without a route back", async () => {
    await host.cli(["network", "set", "lab", "reach=routed"]);
    expect(await probes()).toEqual({ ...allWell, tcp: "route-back" });
    // The peers' affair: told, and no fault of this computer's.
    expect((await host.call("Diagnose", {})).checks.find(({ id }) => id === "probe-tcp")?.status).toBe("warn");
    await host.must(`ip -n peer route add 192.168.194.0/24 via ${lan.host}`);
    expect(await probes()).toEqual(allWell);
  });

  test("to a gateway that answers nobody is no fault of the switch's", async () => {
    await host.must(
      "nft 'add table ip f; add chain ip f i { type filter hook input priority 0; }; add rule ip f i tcp flags syn drop'",
      { at: "peer" },
    );
    expect(await probes()).toEqual({ ...allWell, tcp: "gateway-silent" });
    expect((await host.cli(["doctor", "--json"])).stdout).toContain('"id":"probe-tcp","status":"warn"');
  });

  test("is not asked for without a gateway", async () => {
    await host.must("ip route del default");
    expect(await probes()).toEqual({ arp: "pass", dhcp: "pass", dns: "pass" });
  });
});

test("a carrier that is gone is said, whoever is faster", async () => {
  await host.must("ip link set carrier0-peer down");
  const { arp } = await probes();
  expect(["pass", "entrance", "unseen"]).toContain(arp ?? "");
});

test("asked by many at once it asks the switch once", async () => {
  await Guest.plug(host, "ear", "02:00:00:00:00:98");
  const log = "/sys/class/net/eth0/statistics/rx_packets";
  const heard = async () => Number(await host.must(`cat ${log}`, { at: "ear" }));
  await Bun.sleep(1_500);
  const before = await heard();
  const all = await Promise.all(Array.from({ length: 20 }, probes));
  expect(all.every((one) => JSON.stringify(one) === JSON.stringify(allWell))).toBe(true);
  // A machine hears the broadcasts: ARP and DISCOVER of a few rounds, not of twenty.
  expect((await heard()) - before).toBeLessThan(30);
});
