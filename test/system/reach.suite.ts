/** From each reach to each other, on a fresh host with a QEMU machine and a container that run all the while. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Argv } from "../../src/host/command.ts";
import type { Release } from "../room/debian-root.ts";
import { until } from "../room/processes.ts";
import type { OnStage } from "./life.ts";
import type { Reach } from "./reach-table.ts";
import { addressOf, expectedTable, reaches, strangerAddress, tryTable } from "./reach-table.ts";
import type { Stage } from "./stage.ts";
import { guest, openStage, people, startTwoKinds, student } from "./stage.ts";

const minute = 60_000;
const pool = "198.51.100.50-198.51.100.59";

/** The LAN's own DHCP server. */
const lanServer: Argv = [
  "dnsmasq",
  ...["--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--interface=eth0", "--bind-interfaces"],
  ...["--dhcp-range=198.51.100.100,198.51.100.150,255.255.255.0,1h", "--dhcp-option=option:router,198.51.100.1"],
  ...["--dhcp-authoritative", "--no-ping", "--pid-file=", "--dhcp-leasefile=/dev/null", "--leasefile-ro"],
];

/** A way through all transitions, each once: an Eulerian circuit of the complete graph, from nat back to nat. */
export function circuit(all: readonly Reach[], start: Reach): readonly Reach[] {
  const left = new Map(all.map((from) => [from, all.filter((to) => to !== from)]));
  const walk = (from: Reach): Reach[] => {
    const path: Reach[] = [];
    for (let to = left.get(from)?.pop(); to !== undefined; to = left.get(from)?.pop()) path.unshift(...walk(to));
    return [from, ...path];
  };
  return walk(start);
}

export function reachSuite(release: Release): void {
  describe(`reach on ${release}`, () => {
    let stage: Stage | null = null;
    let stranger: Stage["peer"] | null = null;
    const on: OnStage = () => {
      if (stage === null) throw new Error("the stage was not built: see the failure above");
      return stage;
    };
    const outsider = () => {
      if (stranger === null) throw new Error("the stage was not built: see the failure above");
      return stranger;
    };
    beforeAll(async () => {
      stage = await openStage(release, ["lxc", "uidmap"]);
      stranger = await stage.room.addPeer("stranger", `${strangerAddress}/24`);
      await stage.peer.background(lanServer);
      const install = "env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends lxc uidmap";
      await stage.host.root(install, { timeout: 4 * minute });
      await startTwoKinds(stage);
    }, 10 * minute);
    afterAll(async () => {
      await stage?.destroy();
    });
    transitions(on, outsider);
  });
}

function transitions(on: OnStage, stranger: () => Stage["peer"]): void {
  const ports = async () =>
    (await on().host.root("ip -o link show master vswitch0 | awk '{print $2}'; pgrep qemu-system")).stdout;

  test(
    "nat, as installed",
    async () => {
      expect(await tryTable(on(), stranger())).toEqual(expectedTable("nat"));
    },
    3 * minute,
  );

  const way = circuit(reaches, "nat");
  for (const [index, to] of way.slice(1).entries()) {
    const from = way[index] ?? "nat";
    test(
      `${from} → ${to}`,
      async () => {
        const stage = on();
        const before = await ports();
        const follow = await startPing(stage);
        await change(stage, to);
        const changed = performance.now();
        await until(
          "web at its new address",
          async () => ((await standsAs(stage, to)) ? true : undefined),
          30_000,
        ).catch(async (error: unknown) => {
          throw new Error(await picture(stage), { cause: error });
        });
        console.log(`${from} → ${to}: reached after ${((performance.now() - changed) / 1000).toFixed(1)} s`);
        const gap = await follow.longestGap();
        if ([from, to].every((reach) => ["isolated", "nat", "routed"].includes(reach))) {
          console.log(`${from} → ${to}: longest gap ${gap.toFixed(2)} s`);
          expect(gap).toBeLessThan(1);
        }
        expect(await tryTable(stage, stranger())).toEqual(expectedTable(to));
        // Nothing was unplugged, and no machine was started anew.
        const after = (await ports()).split("\n");
        expect(before.split("\n").filter((line) => !line.startsWith("uplink") && !after.includes(line))).toEqual([]);
      },
      4 * minute,
    );
  }
}

async function change(stage: Stage, to: Reach): Promise<void> {
  const settings = to === "proxy-arp" ? `reach=proxy-arp pool=${pool}` : `reach=${to}`;
  const must = async (words: string) => {
    const { code, stderr } = await stage.host.as(people.installer, `tarr-steps ${words}`);
    expect({ words, code, stderr: code === 0 ? "" : stderr }).toEqual({ words, code: 0, stderr: "" });
  };
  await must(`network set lab ${settings}`);
  if (to === "bridged") await must("confirm");
}

/** Whether both machines have an address as that reach gives it, answer there, and know the way out. */
async function standsAs(stage: Stage, reach: Reach): Promise<boolean> {
  const fits = (address: string | null) => {
    if (address === null) return false;
    if (reach === "proxy-arp") return /^198\.51\.100\.5\d$/.test(address);
    return address.startsWith(reach === "bridged" ? "198.51.100.1" : "192.168.194.");
  };
  for (const name of ["web", "c1"]) {
    const address = await addressOf(stage, name);
    if (!fits(address)) return false;
    if ((await student(stage, `ping -c 1 -W 1 ${address ?? ""}`)).code !== 0) return false;
    if (reach !== "isolated" && !(await guest(stage, name).exec("ip route")).stdout.includes("default")) return false;
  }
  return true;
}

/** What a person would look at. */
async function picture(stage: Stage): Promise<string> {
  const lines = [
    "tarr-steps status",
    "cat /run/tarr-steps/dnsmasq/lab.*",
    "ip route",
    "ip neigh",
    "journalctl -u 'tarr-steps*' -n 20",
  ];
  const inside = ["cat /run/lease.eth0", "ip -4 address show eth0", "ip route", "ps"];
  const said = [
    ...(await Promise.all(lines.map(async (line) => `# ${line}\n${(await stage.host.root(line)).stdout}`))),
    (await student(stage, "tarr-steps machine list; ping -c 1 -W 1 web.lab.internal; ping -c 1 -W 1 c1.lab.internal"))
      .stdout,
    (await student(stage, `tarr-steps machine ssh web '${inside.join("; ")}'`)).stdout,
  ];
  return said.join("\n");
}

/** A hundred pings a second from the host to web, where it is now. */
async function startPing(stage: Stage) {
  const address = (await addressOf(stage, "web")) ?? "192.168.194.10";
  const running = await stage.host.background(`exec ping -i 0.01 -D ${address} >/tmp/pings 2>&1`);
  return {
    /** Seconds between two answers. */
    longestGap: async (): Promise<number> => {
      const ended = Number((await stage.host.root("date +%s.%N")).stdout);
      await running.stop();
      const { stdout } = await stage.host.root("grep -o '^\\[[0-9.]*\\] 64 bytes' /tmp/pings");
      const answers = [...stdout.matchAll(/\[([\d.]+)\]/g)].map(([, time]) => Number(time));
      const [first] = answers;
      // Silence has no gap in it, and is none the less one.
      if (first === undefined) return Infinity;
      const times = [...answers, ended];
      return times.reduce((longest, time, index) => Math.max(longest, time - (times[index - 1] ?? first)), 0);
    },
  };
}
