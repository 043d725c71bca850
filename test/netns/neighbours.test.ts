/** Firewalls of others, their rules as they really set them: machines get through, and nothing of theirs is changed. */
import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { until } from "../room/processes.ts";
import { Guest, reaches } from "./guest.ts";
import { lan } from "./host-script.ts";
import { tables } from "./kernel.ts";
import { Stage } from "./stage.ts";

setDefaultTimeout(60_000);

let host: Stage;
let address = "";
beforeEach(async () => {
  host = await Stage.open({ before: `ip -n peer route add 192.168.194.0/24 via ${lan.host}` });
  for (const name of ["web", "db"]) {
    const { port } = await host.call("CreatePort", { network: "lab", name, kind: "lxc" });
    if (name === "web") address = port.reserved;
    await (await Guest.plug(host, name, port.mac)).dhcp();
  }
});
afterEach(() => host.destroy());

/** Docker's own, of version 26: it drops what it does not know, and sends bridges' frames through the same chain. */
const docker = `iptables-nft -P FORWARD DROP; iptables-nft -N DOCKER-USER; iptables-nft -A DOCKER-USER -j RETURN
  iptables-nft -N DOCKER; iptables-nft -I FORWARD -o docker0 -j DOCKER; iptables-nft -I FORWARD -j DOCKER-USER
  echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables`;
const ufw = `iptables-nft -N ufw-user-input; iptables-nft -N ufw-user-forward
  iptables-nft -A INPUT -i lo -j ACCEPT; iptables-nft -A INPUT -j ufw-user-input; iptables-nft -P INPUT DROP
  iptables-nft -A FORWARD -j ufw-user-forward; iptables-nft -P FORWARD DROP`;
const firewalld = `nft -f - <<'END'
table inet firewalld {
  chain filter_INPUT { type filter hook input priority 10; policy accept; iifname lo accept; reject with icmpx admin-prohibited; }
  chain filter_FORWARD { type filter hook forward priority 10; policy accept; reject with icmpx admin-prohibited; }
}
END`;

/** Everybody to everybody: machine, machine, host, LAN. */
async function reached(): Promise<readonly boolean[]> {
  const ways = [
    reaches(host, { at: "web" }, "192.168.194.11"),
    reaches(host, { at: "web" }, "192.168.194.1"),
    reaches(host, {}, address),
    reaches(host, { at: "web" }, lan.server),
    reaches(host, { at: "peer" }, address),
  ];
  return Promise.all(ways);
}

const all = [true, true, true, true, true];
/** The text of all tables but ours, rules of ours in them included. */
async function others(): Promise<string> {
  const foreign = (await tables(host)).filter((name) => !name.endsWith("tarr_steps"));
  expect(foreign).not.toEqual([]);
  return (await Promise.all(foreign.map((name) => host.must(`nft -s list table ${name}`)))).join("");
}
/** What is theirs in it: our rules carry our name. */
const theirs = async () => (await others()).replaceAll(/^.*comment "tarr-steps".*\n/gm, "");
const isPaused = () => host.said.includes("repairs pause");
const repaired = () => until("the repair", async () => ((await host.planCode()) === 0 ? true : undefined), 10_000);

describe.each([
  ["Docker, with br_netfilter", docker],
  ["ufw", ufw],
  ["firewalld", firewalld],
])("%s", (_name, rules) => {
  test("comes later: within two seconds all reach all again, and its own rules are as they were", async () => {
    expect(await reached()).toEqual(all);
    await host.must(rules);
    const before = await theirs();
    const again = async () => JSON.stringify(await reached()) === JSON.stringify(all) || undefined;
    await until("all to reach all", again, 2_000 + 2_000);
    expect(await theirs()).toBe(before);
    expect(await host.planCode()).toBe(0);
  });

  test("is there first, and reloads", async () => {
    await host.stop();
    await host.must("ip link delete vswitch0; nft flush ruleset");
    await host.must(rules);
    await host.start();
    await host.must("nft flush ruleset");
    await host.must(rules.replaceAll(/iptables-nft -N [\w-]+;?/g, (line) => `${line.replace(";", "")} 2>/dev/null;`));
    await repaired();
    expect(await host.must("nft list ruleset")).toContain('comment "tarr-steps"');
  });

  test("gets its chains back as they were when the package goes", async () => {
    await host.must(rules);
    const before = await theirs();
    await repaired();
    await host.stop();
    await host.must("/mnt/bin/tarr-stepsd --cleanup");
    expect(await others()).toBe(before);
  });
});

test("the doctor names who drops before it is put right, and whose chain only an administrator may change", async () => {
  await host.must(
    "nft add table inet mine; nft add chain inet mine f '{ type filter hook forward priority 0; policy drop; }'",
  );
  await host.must(docker);
  await repaired();
  const { checks } = await host.call("Diagnose", {});
  expect(checks).toContainEqual({
    id: "neighbour",
    status: "pass",
    values: { by: "Docker", table: "filter", chain: "FORWARD" },
  });
  expect(checks).toContainEqual({
    id: "firewall",
    status: "warn",
    values: { family: "inet", table: "mine", chain: "f" },
  });
  // Repairs pause while somebody keeps undoing them: what the doctor sees then is what stands in the way.
  const handles = "nft -a list chain ip filter FORWARD | sed -n 's/.*tarr-steps.*# handle //p'";
  const withhold = `for h in $(${handles}); do nft delete rule ip filter FORWARD handle $h; done`;
  await until(
    "repairs to pause",
    async () => {
      await host.must(withhold);
      await until("the repair, or the pause", async () => (await host.planCode()) === 0 || isPaused() || undefined);
      return isPaused() || undefined;
    },
    30_000,
  );
  await host.must(withhold);
  const seen = (await host.call("Diagnose", {})).checks.find(({ id }) => id === "neighbour");
  expect(seen).toMatchObject({ status: "fail", values: { by: "Docker" } });
});

test("nothing is put into others' chains while no network runs", async () => {
  await host.must(docker);
  await repaired();
  await host.cli(["network", "stop"]);
  expect(await host.must("nft list ruleset")).not.toContain('comment "tarr-steps"');
  await host.cli(["network", "start"]);
  expect(await host.must("nft list ruleset")).toContain('comment "tarr-steps"');
});
