/** Another program has a port that a network's DHCP and DNS want: bind9, by each address; or one at any address. */
import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { until } from "../room/processes.ts";
import { Guest } from "./guest.ts";
import { dnsmasqs } from "./kernel.ts";
import { Stage } from "./stage.ts";

setDefaultTimeout(60_000);

let host: Stage;
const people = `echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start; echo 'bind:x:955:955::/:/bin/sh' >>/etc/passwd`;
const asEve = (program: string) => `setpriv --reuid=3002 --clear-groups setsid ${program} >/dev/null 2>&1 &\nsleep 0.3`;

/** @param before what runs already when the service is started for the first time */
async function open(before = ""): Promise<void> {
  host = await Stage.open({ before: `${people}\n${before}` });
}
afterEach(() => host.destroy());

/** Listens as bind9 does: with SO_REUSEADDR and SO_REUSEPORT, at each address that there is, once more when one comes. */
const named = `perl -MSocket -e 'my %open; sub take { my ($type, $at) = @_;
  socket(my $s, AF_INET, $type, 0); setsockopt($s, SOL_SOCKET, $_, 1) for SO_REUSEADDR, 15;
  bind($s, sockaddr_in(53, inet_aton($at))) or return; listen($s, 5) if $type == SOCK_STREAM; $open{"$type $at"} = $s }
  for (;;) { for (split /\\n/, \`ip -4 -o address\`) { next unless m{inet ([\\d.]+)};
    for my $type (SOCK_DGRAM, SOCK_STREAM) { take($type, $1) unless $open{"$type $1"} } } select undef, undef, undef, 0.1 }'`;

async function asBind(program: string): Promise<void> {
  await host.must(`setpriv --reuid=955 --clear-groups ${program} >/mnt/log 2>&1 & echo $! >/mnt/pid`);
}

const release = () => host.must("kill $(cat /mnt/pid)");

async function probes(network: string): Promise<Record<string, string>> {
  const { checks } = await host.call("Diagnose", {});
  const asked = checks.filter(({ id, values }) => id.startsWith("probe-") && values["network"] === network);
  return Object.fromEntries(asked.map(({ id, status, values }) => [id.slice(6), values["cause"] ?? status]));
}

const held = { arp: "pass", dhcp: "pass", dns: "port-shared", tcp: "pass" };
const well = { ...held, dns: "pass" };
const ours = async (network: string) =>
  (await host.read(`/run/tarr-steps/dnsmasq/${network}.conf`)).includes("port=0\n") ? "left" : "kept";

test("bind9 that comes later gets the questions alone, machines keep their addresses, and the port is taken back", async () => {
  await open();
  await asBind(named);
  await until("the service to see it", async () => (await ours("lab")) === "left" || undefined, 30_000);
  await until("the probes", async () => Bun.deepEquals(await probes("lab"), held) || undefined, 20_000);
  const { port } = await host.call("CreatePort", { network: "lab", name: "web", kind: "lxc" });
  const guest = await Guest.plug(host, "web", port.mac);
  await guest.dhcp();
  const { code, stdout } = await host.cli(["doctor"]);
  expect(code).toBe(1);
  expect(stdout).toContain("bind has port 53 of 192.168.194.1");
  expect(stdout).toContain("listen-on { !192.168.194.1; any; }; listen-on-v6 { !fe80::/10; any; };");
  const french = await host.cli(["doctor"], { env: { LC_ALL: "fr_FR.UTF-8" } });
  expect(french.stdout).toContain("bind tient le port 53 de 192.168.194.1");
  expect(await host.planCode()).toBe(0);
  await release();
  await until("the port", async () => (await ours("lab")) === "kept" || undefined, 30_000);
  await until("the probes", async () => Bun.deepEquals(await probes("lab"), well) || undefined, 20_000);
});

test("networks come up although a program has the port everywhere", async () => {
  await open(asEve("socat TCP-LISTEN:53,fork,reuseaddr /dev/null"));
  const words = ["network", "create", "dmz", "--subnet", "10.20.0.0/24"];
  const { code, stdout, stderr } = await host.cli(words, { user: "prof" });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain("\n! dmz resolves no names: eve has port 53, and the network leaves it to that.\n");
  expect(stdout).not.toContain("gives no addresses");
  expect(await probes("lab")).toEqual({ ...held, dns: "port-held" });
  expect(await probes("dmz")).toEqual({ ...held, dns: "port-held" });
  expect((await host.cli(["doctor"])).stdout).toContain("another program has port 53 (eve)");
});

test.each([
  ["everywhere", "UDP-RECV:67"],
  ["at another address", "UDP-RECV:67,bind=127.0.0.1"],
])("one that has DHCP's port %s and shares it with nobody leaves the names", async (_, socket) => {
  await open(asEve(`socat -u ${socket} -`));
  expect(await probes("lab")).toEqual({ ...well, dhcp: "port-held" });
  const { code, stdout } = await host.cli(["network", "create", "dmz", "--subnet", "10.20.0.0/24"]);
  expect(code).toBe(0);
  expect(stdout).toContain("\n! dmz gives no addresses: eve has port 67, and the network leaves it to that.\n");
  expect(await probes("dmz")).toEqual({ ...well, dhcp: "port-held" });
});

test("a socket on another interface is in nobody's way", async () => {
  await open("setsid socat -u UDP-RECV:67,bindtodevice=eth0,reuseaddr - >/dev/null 2>&1 &\nsleep 0.3");
  expect(await probes("lab")).toEqual(well);
  const [pid = ""] = await dnsmasqs(host);
  await host.must(`mount --bind /bin/false $(command -v dnsmasq); kill -KILL ${pid}`);
  await until("its end", async () => (await probes("lab"))["dhcp"] === "service" || undefined);
});

test("a service that does not start for another reason is told in a sentence of ours", async () => {
  await open();
  await host.must("mount --bind /bin/false $(command -v dnsmasq)");
  const { code, stderr } = await host.cli(["network", "create", "dmz", "--subnet", "10.20.0.0/24"]);
  expect(code).toBe(1);
  expect(stderr).toContain("The DHCP and DNS service of dmz does not start; all was put back as it was.");
});
