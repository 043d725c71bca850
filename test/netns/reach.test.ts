import { existsSync } from "node:fs";
import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { until } from "../room/processes.ts";
import { Guest, reaches } from "./guest.ts";
import { lan } from "./host-script.ts";
import { Stage } from "./stage.ts";

setDefaultTimeout(60_000);

let host: Stage;
let address = "";
beforeEach(async () => {
  // As the LAN's router, which is told of the subnet.
  host = await Stage.open({ before: `ip -n peer route add 192.168.194.0/24 via ${lan.host}` });
  const { port } = await host.call("CreatePort", { network: "lab", name: "web", kind: "lxc" });
  address = port.reserved;
  await (await Guest.plug(host, "web", port.mac)).dhcp();
});
afterEach(() => host.destroy());

const guest = { at: "web" };
const peer = { at: "peer" };

async function setReach(reach: string): Promise<void> {
  const { code, stderr } = await host.cli(["network", "set", "lab", `reach=${reach}`]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
}

/** The address that a server at `to` sees when `from` connects to it by TCP. */
async function seenAs(from: { readonly at: string }, to: { readonly at: string; readonly address: string }) {
  const port = String(20_000 + Math.floor(Math.random() * 40_000));
  const server = `timeout 8 socat TCP-LISTEN:${port},reuseaddr SYSTEM:'echo $SOCAT_PEERADDR'`;
  const served = host.sh(server, { at: to.at });
  await host.listens("tcp", port, { at: to.at });
  const { stdout } = await host.sh(`socat -t2 - TCP:${to.address}:${port},connect-timeout=2 </dev/null`, from);
  await served.catch(() => undefined);
  return stdout.trim();
}

test("nat: outbound has the host's address, inbound through a route keeps its own", async () => {
  expect(await seenAs(guest, { at: "peer", address: lan.server })).toBe(lan.host);
  expect(await seenAs(peer, { at: "web", address })).toBe(lan.peer);
  expect(await reaches(host, guest, lan.server)).toBe(true);
});

test("routed: nothing is translated in either direction", async () => {
  await setReach("routed");
  expect(await seenAs(guest, { at: "peer", address: lan.server })).toBe(address);
  expect(await seenAs(peer, { at: "web", address })).toBe(lan.peer);
});

test("isolated: the guest reaches the host and nothing beyond, nor the reverse", async () => {
  await setReach("isolated");
  expect(await reaches(host, guest, "192.168.194.1")).toBe(true);
  expect(await reaches(host, {}, address)).toBe(true);
  expect(await reaches(host, guest, lan.peer)).toBe(false);
  expect(await reaches(host, guest, lan.server)).toBe(false);
  expect(await reaches(host, peer, address)).toBe(false);
  // Even a guest that says the host is its router, on a host that somebody made a router.
  await host.must("echo 1 >/proc/sys/net/ipv4/ip_forward");
  await host.must("ip route replace default via 192.168.194.1", guest);
  expect(await reaches(host, guest, lan.server)).toBe(false);
  expect(await reaches(host, peer, address)).toBe(false);
});

test("an isolated guest is told of no router and its name server knows nothing beyond", async () => {
  await setReach("isolated");
  const { stdout } = await host.sh("busybox udhcpc -f -q -n -t 4 -T 1 -i eth0 -s /mnt/dhcp", guest);
  expect(stdout).toContain(`got ${address} router= `);
  expect((await host.sh("busybox nslookup -type=a www.example.org 192.168.194.1", guest)).stdout).toMatch(
    /REFUSED|NXDOMAIN|SERVFAIL|can't find/,
  );
});

test("every change of reach holds at once, while the guest stays plugged in", async () => {
  for (const [reach, outward] of [
    ["isolated", false],
    ["routed", true],
    ["isolated", false],
    ["nat", true],
  ] as const) {
    await setReach(reach);
    expect([reach, await reaches(host, guest, lan.server)]).toEqual([reach, outward]);
    expect(await reaches(host, guest, "192.168.194.1")).toBe(true);
  }
});

// With br_netfilter every bridged frame passes the host's own FORWARD chains, Docker's and ufw's "drop" included, and no
// rule of ours can accept what another table drops. Known, and not solved yet (docs/decisions.md).
const unsolved = existsSync("/proc/sys/net/bridge") ? test.failing : test;
unsolved(
  "frames between two guests are neither dropped nor translated, whatever a firewall forbids to forward",
  async () => {
    const { port } = await host.call("CreatePort", { network: "lab", name: "db", kind: "lxc" });
    await (await Guest.plug(host, "db", port.mac)).dhcp();
    await host.must(
      "nft 'add table ip strict; add chain ip strict f { type filter hook forward priority 0; policy drop; }'",
    );
    expect(await seenAs({ at: "web" }, { at: "db", address: port.reserved })).toBe(address);
  },
);

test("large segments are clamped to what the uplink takes, and guests are told its MTU", async () => {
  await host.must("ip link set eth0 mtu 1400; ip -n peer link set eth0 mtu 1400");
  await until("the plan", async () => (await host.planCode()) === 0 || undefined, 5_000);
  const { stdout } = await host.sh("busybox udhcpc -f -q -n -t 4 -T 1 -i eth0 -s /mnt/dhcp -O mtu", guest);
  expect(stdout).toContain("mtu=1400");
});
