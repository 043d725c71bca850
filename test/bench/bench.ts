/**
 * What ours costs beside what its peers cost, on fresh Debian hosts: medians of runs in turn, since absolute figures vary
 * from machine to machine and hour to hour, and only the ratio says something.
 *
 *     sudo node_modules/bun/bin/bun.exe test/bench/bench.ts [--json] [trixie] [bookworm]
 */
import { people, openStage } from "../system/stage.ts";
import type { Host } from "../room/host.ts";
import type { Release } from "../room/debian-root.ts";
import { rounds, timingScript } from "./timing.ts";

type Contest = {
  readonly name: string;
  readonly ours: Runner;
  readonly peer: Runner;
};
/** Lines that run one after the other as a user; each line's program is started directly, without a shell. */
type Runner = { readonly name: string; readonly user: string; readonly commands: readonly string[] };
type Row = {
  readonly release: Release;
  readonly contest: string;
  readonly ours: string;
  readonly peer: string;
  readonly oursMs: number;
  readonly peerMs: number;
  readonly ratio: number;
};

const releases: readonly Release[] = ["trixie", "bookworm"];
const peers = ["lxc", "libvirt-daemon-system", "libvirt-clients"] as const;
const installPatience = 600_000;

async function benchRelease(release: Release): Promise<readonly Row[]> {
  const { host, installed, destroy } = await openStage(release, peers);
  try {
    if (installed.result.code !== 0) throw new Error(`installation on ${release}: ${installed.result.stderr}`);
    await must(
      host,
      `env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ${peers.join(" ")}`,
    );
    // Their own line, of their own unit.
    const script = (await must(host, "systemctl show --property=ExecStart --value lxc-net.service")).trim();
    const path = /path=(\S+)/.exec(script)?.[1];
    if (path === undefined) throw new Error(`lxc-net has no script: ${script}`);
    await must(host, "systemctl start lxc-net.service && virsh -c qemu:///system net-list");
    const rows: Row[] = [];
    for (const contest of contests(path)) rows.push({ release, ...(await hold(host, contest)) });
    return rows;
  } finally {
    await destroy();
  }
}

function contests(lxcNet: string): readonly Contest[] {
  return [
    {
      name: "look",
      ours: { name: "tarr-steps status", user: people.student, commands: ["tarr-steps status"] },
      peer: { name: "virsh net-list", user: "root", commands: ["virsh -c qemu:///system net-list"] },
    },
    {
      name: "stop, start",
      ours: {
        name: "tarr-steps network stop, start",
        user: "root",
        commands: ["tarr-steps network stop", "tarr-steps network start"],
      },
      peer: { name: "lxc-net stop, start", user: "root", commands: [`${lxcNet} stop`, `${lxcNet} start`] },
    },
  ];
}

async function hold(host: Host, contest: Contest): Promise<Omit<Row, "release">> {
  const runners = [contest.ours, contest.peer].map(({ user, commands }) => [user, ...commands].join("\t"));
  const printed = await must(host, timingScript(runners));
  const taken = printed
    .trim()
    .split("\n")
    .map((line) => line.split(" ").map(Number));
  const oursMs = median(taken.map(([ours = NaN]) => ours));
  const peerMs = median(taken.map(([, peer = NaN]) => peer));
  return {
    contest: contest.name,
    ours: contest.ours.name,
    peer: contest.peer.name,
    oursMs,
    peerMs,
    ratio: oursMs / peerMs,
  };
}

async function must(host: Host, line: string): Promise<string> {
  const { code, stdout, stderr } = await host.root(line, { timeout: installPatience });
  if (code !== 0) throw new Error(`${line}: ${code} ${stderr}${stdout.slice(-1000)}`);
  return stdout;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  const at = (index: number) => sorted[index] ?? NaN;
  return sorted.length % 2 === 1 ? at(Math.floor(middle)) : (at(middle - 1) + at(middle)) / 2;
}

function printTable(rows: readonly Row[]): void {
  const cells = rows.map((row) => [
    row.release,
    `${row.ours} (${row.oursMs.toFixed(1)} ms)`,
    `${row.peer} (${row.peerMs.toFixed(1)} ms)`,
    row.ratio.toFixed(2),
  ]);
  const lines = [["host", "ours", "peer", "ours / peer"], ...cells];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...lines.map((line) => (line[column] ?? "").length)));
  for (const line of lines) {
    process.stdout.write(
      `${line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd()}\n`,
    );
  }
  process.stdout.write(`medians of ${rounds} runs in turn\n`);
}

const typed = process.argv.slice(2);
const chosen = releases.filter((release) => typed.includes(release));
const rows: Row[] = [];
for (const release of chosen.length === 0 ? releases : chosen) rows.push(...(await benchRelease(release)));
if (typed.includes("--json")) process.stdout.write(`${JSON.stringify({ rounds, rows })}\n`);
else printTable(rows);
