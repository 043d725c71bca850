/**
 * reach=bridged on fresh hosts whose NIC is held by each of Debian's programs for that, with its address by the LAN's
 * own DHCP: none of them notices, and none is in the way.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Release } from "../room/debian-root.ts";
import type { Background } from "../room/processes.ts";
import { until } from "../room/processes.ts";
import type { OnStage } from "./life.ts";
import type { Stage } from "./stage.ts";
import { openStage, people, student } from "./stage.ts";

type Holder = {
  readonly name: string;
  /** Takes the NIC over, from whatever holds it. */
  readonly begin: string;
  /** Asks for the address anew. */
  readonly renew: string;
  readonly end: string;
};

const dhcpClients: Readonly<Record<Release, string>> = { bookworm: "isc-dhcp-client", trixie: "dhcpcd-base" };

const holders: readonly Holder[] = [
  {
    name: "systemd-networkd",
    begin: `printf '[Match]\\nName=eth0\\n[Network]\\nDHCP=ipv4\\n' >/etc/systemd/network/20-lan.network
      systemctl enable --now systemd-networkd`,
    renew: "networkctl reconfigure eth0 && systemctl restart systemd-networkd",
    end: "systemctl disable --now systemd-networkd.service systemd-networkd.socket; rm /etc/systemd/network/20-lan.network",
  },
  {
    name: "ifupdown",
    begin: `printf 'auto lo eth0\\niface lo inet loopback\\niface eth0 inet dhcp\\n' >/etc/network/interfaces
      systemctl enable networking; systemctl restart networking`,
    renew: "ifdown eth0; ifup eth0",
    end: "ifdown eth0; systemctl disable --now networking; echo >/etc/network/interfaces; ip link set eth0 up",
  },
  {
    name: "NetworkManager",
    begin: `printf '[connection]\\nid=lan\\ntype=ethernet\\ninterface-name=eth0\\n[ipv4]\\nmethod=auto\\n[ipv6]\\nmethod=disabled\\n' \\
        >/etc/NetworkManager/system-connections/lan.nmconnection
      chmod 600 /etc/NetworkManager/system-connections/lan.nmconnection
      systemctl enable --now NetworkManager; nmcli connection reload; nmcli --wait 20 connection up lan`,
    renew: "nmcli --wait 20 connection up lan && systemctl restart NetworkManager && nm-online --quiet --timeout 20",
    end: "systemctl disable --now NetworkManager",
  },
];

export function bridgedSuite(release: Release): void {
  describe(`bridged on ${release}`, () => {
    let stage: Stage | null = null;
    let server: Background | null = null;
    const on: OnStage = () => {
      if (stage === null) throw new Error("the stage was not built: see the failure above");
      return stage;
    };
    const packages = ["network-manager", "ifupdown", dhcpClients[release]] as const;
    beforeAll(async () => {
      stage = await openStage(release, packages);
      server = await stage.peer.background([
        "dnsmasq",
        ...["--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--user=root", "--interface=eth0"],
        ...["--bind-interfaces", "--no-ping", "--dhcp-authoritative", "--dhcp-range=198.51.100.100,198.51.100.199,300"],
        ...["--dhcp-option=3,198.51.100.1", `--dhcp-leasefile=${stage.folder}/leases`, "--pid-file="],
      ]);
      // Debian starts what it installs; each has the NIC when it is its turn.
      const install = "env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends";
      await must(
        on,
        `${install} ${packages.join(" ")}; systemctl disable --now NetworkManager networking dhcpcd; true`,
      );
      await student(stage, "tarr-steps image build tiny");
      await student(stage, "tarr-steps machine create web --start");
    }, 600_000);
    afterAll(async () => {
      await server?.stop();
      await stage?.destroy();
    });
    for (const holder of holders) describe(`by ${holder.name}`, () => holderTests(on, holder));
    trialTests(on);
  });
}

async function must(on: OnStage, line: string): Promise<string> {
  const { code, stdout, stderr } = await on().host.root(line, { timeout: 240_000 });
  if (code !== 0) throw new Error(`${line}: ${code} ${stderr}${stdout}`);
  return stdout;
}

const hostAddress = async (on: OnStage) =>
  /inet (198\.51\.100\.1\d\d)\//.exec(await must(on, "ip -4 address show eth0"))?.[1];

/** The machine's address, once it has one of the LAN. */
function machineAddress(on: OnStage): Promise<string> {
  return until(
    "the machine's address",
    async () => {
      const { stdout } = await student(on(), "tarr-steps machine list --json");
      const { machines } = JSON.parse(stdout) as { machines: { nics: { address: string | null }[] }[] };
      const address = machines[0]?.nics[0]?.address ?? "";
      return /^198\.51\.100\.1\d\d$/.test(address) ? address : undefined;
    },
    60_000,
  );
}

async function reachedByPeer(on: OnStage, address: string): Promise<boolean> {
  return (await on().peer.run(["ping", "-c", "1", "-W", "1", address])).code === 0;
}

function holderTests(on: OnStage, { begin, renew, end }: Holder): void {
  let address = "";

  test("the host has its address by the LAN's own DHCP", async () => {
    await must(on, `ip address flush dev eth0; ${begin}`);
    address = await until("the host's address", () => hostAddress(on), 40_000);
    await until(
      "the route",
      async () => (await must(on, "ip route")).includes("default via 198.51.100.1") || undefined,
    );
  }, 90_000);

  test("of 1000 probes none is lost when machines join the LAN, and the NIC is as it was", async () => {
    const shown = "ip -br address show eth0; ip route show default";
    const before = await must(on, shown);
    const probing = on().peer.run(["ping", "-q", "-i", "0.003", "-c", "1000", address], { timeout: 60_000 });
    await Bun.sleep(500);
    expect(await on().host.asSudo(people.installer, "tarr-steps network set lab reach=bridged")).toMatchObject({
      code: 0,
    });
    expect((await probing).stdout).toContain(" 1000 received");
    expect(await on().host.as(people.installer, "tarr-steps confirm")).toMatchObject({ code: 0 });
    expect(await must(on, shown)).toBe(before);
  }, 90_000);

  test("the machine is on the LAN, by name too, and everybody reaches it", async () => {
    // It asks anew by itself: its gateway of before is silent now.
    const machine = await machineAddress(on);
    await until("the peer to reach it", async () => (await reachedByPeer(on, machine)) || undefined, 20_000);
    expect(await student(on(), "tarr-steps machine ssh web hostname")).toMatchObject({ code: 0, stdout: "web\n" });
    const resolved = async () => (await student(on(), "getent hosts web.lab.internal")).stdout.startsWith(machine);
    await until("its name", async () => (await resolved()) || undefined);
    expect(await student(on(), `ping -c 1 -W 1 ${machine}`)).toMatchObject({ code: 0 });
    expect((await must(on, "tarr-steps doctor || true")).match(/^✗.*/gm)).toBeNull();
  }, 120_000);

  test("whoever holds the NIC asks anew, or starts anew: the host and the machine stay on the LAN", async () => {
    const machine = await machineAddress(on);
    await must(on, renew);
    await until("the host's address", async () => (await hostAddress(on)) || undefined, 40_000);
    const both = async () =>
      ((await reachedByPeer(on, machine)) && (await reachedByPeer(on, (await hostAddress(on)) ?? ""))) || undefined;
    await until("the peer to reach both", both, 30_000);
    expect(await must(on, "ip -4 -br address show uplink0-peer")).not.toContain("198.51.100");
    expect(await must(on, "ip -4 -br address show vswitch0")).not.toContain("198.51.100");
  }, 120_000);

  test("back to nat, without a probe lost", async () => {
    const now = (await hostAddress(on)) ?? "";
    const probing = on().peer.run(["ping", "-q", "-i", "0.003", "-c", "1000", now], { timeout: 60_000 });
    await Bun.sleep(500);
    expect(await on().host.as(people.installer, "tarr-steps network set lab reach=nat")).toMatchObject({ code: 0 });
    expect((await probing).stdout).toContain(" 1000 received");
    expect(await must(on, "ip -br link")).not.toContain("uplink");
    await must(on, end);
  }, 90_000);
}

/** The stage's last: the host has no holder of its NIC any more, but the address that the room gives at a boot. */
function trialTests(on: OnStage): void {
  const isBridged = async () => (await must(on, "ip -br link")).includes("uplink0");
  const bridge = async () => {
    expect(await on().host.as(people.installer, "tarr-steps network set lab reach=bridged")).toMatchObject({ code: 0 });
    expect(await isBridged()).toBe(true);
  };

  test("a reboot in the middle of a trial: the old reach is back by itself", async () => {
    await on().host.reboot();
    await bridge();
    await on().host.reboot({ hard: true });
    expect(await isBridged()).toBe(false);
    expect(await must(on, "tarr-steps network list")).toMatch(/lab .* up +nat/);
  }, 180_000);

  test("a service that is killed comes back, and undoes what nobody confirmed within 60 s", async () => {
    const begun = performance.now();
    await bridge();
    await must(on, "systemctl kill --signal=KILL tarr-stepsd");
    await Bun.sleep(20_000);
    expect(await isBridged()).toBe(true);
    await until("the undo", async () => !(await isBridged()) || undefined, 60_000);
    expect((performance.now() - begun) / 1000).toBeGreaterThan(58);
    expect((performance.now() - begun) / 1000).toBeLessThan(66);
    const told = async () => (await must(on, "journalctl -u tarr-stepsd -b")).includes("trial of lab undone");
    await until("the journal's line", async () => (await told()) || undefined);
  }, 120_000);
}
