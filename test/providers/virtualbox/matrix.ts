/** Who reaches whom in the emulated PC: twenty pings, and a megabyte by TCP there and back, for each pair. */
import { randomInt } from "node:crypto";
import type { CommandResult } from "../../../src/host/command.ts";
import type { EmulatedHost } from "./emulated-host.ts";
import { quote } from "./emulated-host.ts";
import { student } from "./disk.ts";

export type Spot = {
  readonly name: string;
  readonly address: string;
  readonly run: (line: string, timeout?: number) => Promise<CommandResult>;
};

export type Pair = {
  readonly from: string;
  readonly to: string;
  /** Answered, of twenty. */
  readonly pings: number;
  /** What came back of the megabyte is what was sent. */
  readonly whole: boolean;
  readonly seconds: number;
};

const port = 7007;
const blob = "/tmp/megabyte";
const key = `/home/${student}/.local/share/tarr-steps/ssh/id_ed25519`;
const options = [
  ...["BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"],
  ...["KexAlgorithms=curve25519-sha256", "IdentitiesOnly=yes", "ConnectTimeout=60"],
]
  .map((option) => `-o ${option}`)
  .join(" ");

/** The PC itself, as its user. */
export function hostSpot(host: EmulatedHost, address: string): Spot {
  return { name: "host", address, run: (line, timeout = 120_000) => host.line(student, line, { timeout }) };
}

/** A guest, by one connection of ssh for all lines: an emulated one takes seconds to be made. */
export async function guestSpot(host: EmulatedHost, name: string, address: string): Promise<Spot> {
  // A path of its own: the connection before may be one that its guest has forgotten.
  const ssh = `ssh -F none -i ${key} ${options} -o ControlPath=/tmp/to-${name}-${randomInt(1e9)}`;
  await host.must(student, `${ssh} -o ControlMaster=yes -f -N root@${address} </dev/null >/dev/null 2>&1`, {
    timeout: 120_000,
  });
  const run = (line: string, timeout = 120_000) =>
    host.line(student, `${ssh} root@${address} ${quote(line)}`, { timeout });
  return { name, address, run };
}

/** An echo of TCP in each, and a megabyte of its own to send. */
export async function furnishSpot({ name, run }: Spot): Promise<void> {
  const echo = name === "host" ? `socat TCP-LISTEN:${port},fork,reuseaddr EXEC:cat` : `nc -ll -p ${port} -e cat`;
  await run(`head -c 1048576 /dev/urandom >${blob}; setsid ${echo} </dev/null >/dev/null 2>&1 &`);
}

export async function tryPairs(spots: readonly Spot[]): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  for (const from of spots) {
    for (const to of spots) if (from !== to) pairs.push(await tryPair(from, to));
  }
  return pairs;
}

async function tryPair(from: Spot, to: Spot): Promise<Pair> {
  const started = performance.now();
  const there = from.name === "host" ? `socat -t 20 - TCP:${to.address}:${port}` : `nc ${to.address} ${port}`;
  const { stdout } = await from.run(
    `ping -q -c 20 -i 0.2 -W 5 ${to.address} | grep received; md5sum <${blob}; timeout 60 ${there} <${blob} | md5sum`,
  );
  const pings = Number(/(\d+) (?:packets )?received/.exec(stdout)?.[1] ?? 0);
  const [sent, returned] = stdout.match(/^[0-9a-f]{32}/gm) ?? [];
  const seconds = Math.round((performance.now() - started) / 1000);
  return { from: from.name, to: to.name, pings, whole: sent !== undefined && sent === returned, seconds };
}

const answers = "/tmp/answers";

/** Has each ping all others for a minute, by itself, and write down when there was an answer. */
export async function watchPings(spots: readonly Spot[]): Promise<void> {
  const begun = spots.map(({ address: own, run }) => {
    const others = spots.map(({ address }) => address).filter((address) => address !== own);
    const ask = `ping -q -c 1 -W 1 $a >/dev/null 2>&1 && echo $a $(cut -d " " -f 1 /proc/uptime) >>${answers}`;
    const loop = `for i in $(seq 60); do for a in ${others.join(" ")}; do ${ask}; done; sleep 1; done`;
    return run(`rm -f ${answers}; setsid sh -c ${quote(loop)} </dev/null >/dev/null 2>&1 &`);
  });
  await Promise.all(begun);
}

export type Recovery = { readonly from: string; readonly to: string; readonly seconds: number };

/** Instants of `performance.now()` between which something happened. */
export type Span = { readonly begun: number; readonly ended: number };

/**
 * For each pair, the most seconds that there can be from an event to the first answer that certainly came after it;
 * infinite without one. Each spot has a clock of its own, and asking it takes time: what an answer's age is, is known
 * between two bounds.
 */
export async function recoveries(spots: readonly Spot[], event: Span): Promise<readonly Recovery[]> {
  const found = spots.map(async (from) => {
    const begun = performance.now();
    const { stdout } = await from.run(`cat ${answers}; echo now $(cut -d " " -f 1 /proc/uptime)`);
    const ended = performance.now();
    const lines = stdout.split("\n").map((line) => line.split(" "));
    const now = Number(lines.find(([word]) => word === "now")?.[1]);
    const agesOf = (address: string) =>
      lines.filter(([word]) => word === address).map(([, uptime]) => 1000 * (now - Number(uptime)));
    const others = spots.filter((to) => to !== from);
    return others.map((to) => {
      const after = agesOf(to.address).filter((age) => begun - age > event.ended);
      return {
        from: from.name,
        to: to.name,
        seconds: Math.min(...after.map((age) => ended - age - event.begun)) / 1000,
      };
    });
  });
  return (await Promise.all(found)).flat();
}

export function pairTable(spots: readonly Spot[], pairs: readonly Pair[]): string {
  const cell = (from: Spot, to: Spot) => {
    const pair = pairs.find((one) => one.from === from.name && one.to === to.name);
    return pair === undefined ? "–" : `${pair.pings}/20 ${pair.whole ? "1 MB" : "BROKEN"} ${pair.seconds} s`;
  };
  const rows = spots.map((from) => [from.name, ...spots.map((to) => cell(from, to))]);
  const lines = [["from \\ to", ...spots.map((spot) => spot.name)], ...rows];
  return lines
    .map((line) =>
      line
        .map((text) => text.padEnd(16))
        .join("")
        .trimEnd(),
    )
    .join("\n");
}
