/** Other programs' firewalls and networks on a fresh host, the real ones: machines get through, and nothing of theirs is changed. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Release } from "../room/debian-root.ts";
import type { OnStage } from "./life.ts";
import { addressOf } from "./reach-table.ts";
import type { Stage } from "./stage.ts";
import { guest, hostAddress, openStage, peerAddress, startTwoKinds, student } from "./stage.ts";

const minute = 60_000;
/** Seconds within which all reach all again. */
const soon = 2;

type Neighbour = {
  readonly name: string;
  /** What the doctor calls it. */
  readonly by: string;
  readonly begin: string;
  /** What its administrator does in the middle of a class. */
  readonly again: string;
  readonly end: string;
};

const neighbours: readonly Neighbour[] = [
  {
    name: "Docker",
    by: "Docker",
    begin: "systemctl start docker; echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables",
    again: "systemctl restart docker",
    end: "systemctl stop docker.socket docker containerd; echo 0 >/proc/sys/net/bridge/bridge-nf-call-iptables; nft flush ruleset; ip link delete docker0",
  },
  { name: "ufw", by: "ufw", begin: "ufw --force enable", again: "ufw reload", end: "ufw disable; nft flush ruleset" },
  {
    name: "firewalld",
    by: "firewalld",
    begin: "systemctl start firewalld",
    again: "firewall-cmd --reload",
    end: "systemctl stop firewalld",
  },
];

const takeRulesAway = `nft -a list ruleset | awk '/^table/ {t=$2" "$3} /chain/ {c=$2}
  /comment "tarr-steps"/ {print "delete rule", t, c, "handle", $NF}' | nft -f -`;
/** Ten repairs within a minute, and they pause: a war of two programs helps nobody. */
const withoutRules = `for i in $(seq 40); do ${takeRulesAway}; sleep 0.5
  journalctl -u tarr-stepsd -n 3 -o cat | grep -q 'repairs pause' && break; done; ${takeRulesAway}`;
const zone = "/usr/lib/firewalld/zones/tarr-steps.xml";
const withoutZone = `mkdir -p /root/away/zones /root/away/policies; mv ${zone} /root/away/zones
  mv /usr/lib/firewalld/policies/tarr-steps-*.xml /root/away/policies; firewall-cmd --reload`;
const withZone = "cp -r /root/away/* /usr/lib/firewalld/; firewall-cmd --reload";

const packages = ["lxc", "uidmap", "docker.io", "ufw", "firewalld", "nftables", "network-manager"] as const;

export function neighboursSuite(release: Release): void {
  describe(`neighbours on ${release}`, () => {
    let stage: Stage | null = null;
    const on: OnStage = () => {
      if (stage === null) throw new Error("the stage was not built: see the failure above");
      return stage;
    };
    beforeAll(async () => {
      stage = await openStage(release, packages);
      const install = "env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends";
      // Debian starts what it installs; each has its turn.
      await must(on, `${install} ${packages.join(" ")}`);
      await must(on, "systemctl disable --now docker.socket docker firewalld NetworkManager; nft flush ruleset; true");
      await must(on, "ip link delete docker0 2>/dev/null; sysctl -w net.bridge.bridge-nf-call-iptables=0; true");
      await startTwoKinds(stage);
    }, 10 * minute);
    afterAll(async () => {
      await stage?.destroy();
    });
    test("before all, everybody reaches everybody", () => reachedSoon(on), minute);
    for (const neighbour of neighbours) describe(neighbour.name, () => neighbourTests(on, neighbour));
    restartTests(on);
  });
}

async function must(on: OnStage, line: string): Promise<string> {
  const { code, stdout, stderr } = await on().host.root(line, { timeout: 4 * minute });
  if (code !== 0) throw new Error(`${line}: ${code} ${stderr}${stdout}`);
  return stdout;
}

/** The ways between machine, container, host and LAN peer that do not work: by ping, and by TCP to web's ssh server. */
async function unreached(on: OnStage): Promise<readonly string[]> {
  const stage = on();
  const [web, c1] = await Promise.all([addressOf(stage, "web"), addressOf(stage, "c1")]);
  if (web === null || c1 === null) return ["an address"];
  const ping = (address: string) => `ping -c 1 -W 2 ${address} >/dev/null`;
  const greeted = `socat -t6 - TCP:${web}:22,connect-timeout=2 </dev/null | grep -q SSH`;
  // One login for each: web is emulated, and several at once would keep it busy for seconds.
  const tries = {
    web: { c1: ping(c1), host: `${ping("192.168.194.1")} && ${ping(hostAddress)}`, peer: ping(peerAddress) },
    c1: { web: `${ping(web)} && nc -w 2 ${web} 22 </dev/null | grep -q SSH`, peer: ping(peerAddress) },
    host: { web: `${ping(web)} && ${greeted}`, c1: ping(c1) },
    peer: { web: `${ping(web)} && ${greeted}`, c1: ping(c1) },
  };
  const at = {
    web: guest(stage, "web").exec,
    c1: guest(stage, "c1").exec,
    host: (line: string) => student(stage, line),
    peer: (line: string) => stage.peer.run(["sh", "-c", line]),
  };
  const places = ["web", "c1", "host", "peer"] as const;
  const failures = places.map(async (from) => {
    const ways = Object.entries(tries[from]).map(([to, line]) => `(${line}) || echo ${from}-${to}; `);
    const { code, stdout } = await at[from](`${ways.join("")} true`);
    return code === 0 ? stdout.split("\n").filter((line) => line !== "") : [`${from} itself`];
  });
  return (await Promise.all(failures)).flat();
}

/** All reach all, in a round that began within two seconds. */
async function reachedSoon(on: OnStage): Promise<void> {
  const begun = performance.now();
  for (;;) {
    const seconds = (performance.now() - begun) / 1000;
    const missing = await unreached(on);
    if (missing.length === 0) return;
    if (seconds > soon) {
      const seen = await on().host.root("nft list ruleset; tarr-steps plan; tarr-steps doctor; ip -br address");
      throw new Error(`after ${seconds.toFixed(1)} s: ${missing.join(", ")}\n${seen.stdout}`);
    }
  }
}

/** All rules but ours, in others' chains too; without counters, which count. */
async function theirs(on: OnStage): Promise<string> {
  const text = await must(on, "nft -s list ruleset");
  const foreign = text.split(/^(?=table )/m).filter((table) => !/^table \w+ tarr_steps/.test(table));
  // A program that sets its rules again may set its chains in another order.
  return foreign
    .join("")
    .split("\n")
    .filter((line) => !line.includes('comment "tarr-steps"'))
    .sort()
    .join("\n");
}

function neighbourTests(on: OnStage, { by, begin, again, end }: Neighbour): void {
  test(
    "begins: all reach all within two seconds, with nothing of its own changed",
    async () => {
      await must(on, begin);
      await reachedSoon(on);
      // firewalld has a zone of ours; in the others' chains there are rules.
      const mark = by === "firewalld" ? "filter_IN_tarr-steps" : 'comment "tarr-steps"';
      expect(await must(on, "nft list ruleset")).toContain(mark);
    },
    2 * minute,
  );

  test(
    "is reloaded: all reach all within two seconds",
    async () => {
      // ufw itself has a rule more after its first reload.
      await must(on, again);
      const before = await theirs(on);
      await must(on, again);
      await reachedSoon(on);
      expect(await theirs(on)).toBe(before);
    },
    2 * minute,
  );

  test(
    "the doctor names it while somebody keeps taking our remedy away",
    async () => {
      // Debian 12's firewalld lets others put rules into its table: without the zone there are ours.
      if (by === "firewalld") await must(on, withoutZone);
      if (by !== "firewalld" || on().release === "bookworm") await must(on, withoutRules);
      const { code, stdout } = await student(on(), "tarr-steps doctor");
      // The pause is over for a service that starts anew; the next test is to find one that repairs.
      await must(on, "systemctl restart tarr-stepsd");
      expect(code).toBe(1);
      expect(stdout.match(/^✗.*/gm)?.join("\n")).toContain(by);
      if (by === "firewalld") await must(on, withZone);
      await reachedSoon(on);
      await must(on, end);
      await reachedSoon(on);
    },
    3 * minute,
  );
}

function restartTests(on: OnStage): void {
  test(
    "after nft flush ruleset all reach all within two seconds",
    async () => {
      await must(on, "nft flush ruleset");
      await reachedSoon(on);
    },
    minute,
  );

  test(
    "after a restart of nftables, NetworkManager and systemd-networkd all reach all within two seconds",
    async () => {
      await must(
        on,
        `printf '[connection]\\nid=lan\\ntype=ethernet\\ninterface-name=eth0\\n[ipv4]\\nmethod=manual\\naddress1=${hostAddress}/24\\n[ipv6]\\nmethod=disabled\\n' \\
          >/etc/NetworkManager/system-connections/lan.nmconnection
        chmod 600 /etc/NetworkManager/system-connections/lan.nmconnection
        systemctl start nftables NetworkManager systemd-networkd; nm-online --quiet --timeout 20`,
      );
      await reachedSoon(on);
      const links = await must(on, "ip -br link show master vswitch0");
      await must(on, "systemctl restart nftables NetworkManager systemd-networkd; nm-online --quiet --timeout 20");
      await reachedSoon(on);
      expect(await must(on, "ip -br link show master vswitch0")).toBe(links);
    },
    2 * minute,
  );
}
