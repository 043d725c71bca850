/**
 * The product's main job on real input, in a room of its own: a host with the switch, a LAN segment with a peer, two
 * machines of an ordinary user, and who reaches whom. Ends with 0 when everybody reaches everybody.
 */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { table } from "../../src/cli/render/table.ts";
import { guestPlace, hostPlace, peerPlace, sshServer } from "../room/places.ts";
import type { Manner, Place, Reached } from "../room/reach.ts";
import { manners, tryReach } from "../room/reach.ts";
import type { Room } from "../room/room.ts";
import { createRoom } from "../room/room.ts";
import type { DemoHost } from "./host.ts";
import { demoStudent, openHost } from "./host.ts";

const say = (line: string) => void process.stdout.write(`${line}\n`);
const hostAddress = "198.51.100.10";
const peerAddress = "198.51.100.20";

async function demo(keep: boolean): Promise<number> {
  const room = await createRoom();
  const folder = await mkdtemp(join(tmpdir(), "tarr-steps-demo-"));
  const clean = async () => {
    await room.destroy();
    await rm(folder, { recursive: true, force: true });
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => void clean().then(() => process.exit(130)));
  }
  try {
    const { host, places } = await furnish(room, folder);
    const reached = await tryReach(places, (from, to) => !isWithinLan(from, to));
    for (const line of reachTable(places, reached)) say(line);
    say("");
    say((await host.student("tarr-steps status")).stdout);
    const failed = reached.filter((pair) => pair.by.length < manners.length);
    say(
      failed.length === 0
        ? "Everybody reaches everybody."
        : `Not reached: ${failed.map(({ from, to }) => `${from} → ${to}`).join(", ")}`,
    );
    if (keep) await stay(host);
    return failed.length === 0 ? 0 : 1;
  } finally {
    await clean();
  }
}

async function furnish(room: Room, folder: string): Promise<{ host: DemoHost; places: Place[] }> {
  say(`A LAN segment with a host (${hostAddress}) and a peer (${peerAddress}), and the switch on the host.`);
  const host = await openHost(await room.addPeer("pc", `${hostAddress}/24`), (line) => say(`etu$ ${line}`));
  const peer = await room.addPeer("peer", `${peerAddress}/24`);
  // What the LAN needs to know: one route.
  await peer.run(["ip", "route", "add", "192.168.194.0/24", "via", hostAddress]);
  for (const name of ["web", "db"]) {
    const line = `tarr-steps machine create ${name} --start`;
    say(`etu$ ${line}`);
    const created = await host.student(line);
    say(created.stderr.trimEnd());
    if (created.code !== 0) throw new Error(`${line}: ${created.stderr}`);
  }
  const { key } = demoStudent;
  const [privateKey, publicKey] = await Promise.all([host.root(`cat ${key}`), host.root(`cat ${key}.pub`)]);
  const student = (line: string) => host.student(line);
  await chmod(folder, 0o711);
  await host.background(await sshServer(await mkdtemp(join(folder, "pc-")), publicKey.stdout));
  const side = { asStudent: student, background: host.background, user: demoStudent.name, key };
  const places = [
    guestPlace(student, "web", "192.168.194.10"),
    guestPlace(student, "db", "192.168.194.11"),
    await hostPlace(side, "192.168.194.1"),
    await peerPlace(peer, folder, { private: privateKey.stdout, public: publicKey.stdout }),
  ];
  say("");
  return { host, places };
}

/** Between the host and its own LAN nothing is ours. */
function isWithinLan(from: Place, to: Place): boolean {
  return [from, to].every((place) => place.name === "host" || place.name === "peer");
}

function reachTable(places: readonly Place[], reached: readonly Reached[]): string[] {
  const cell = (from: Place, to: Place) => {
    const pair = reached.find((one) => one.from === from.name && one.to === to.name);
    if (pair === undefined) return "–";
    return manners.map((manner: Manner) => (pair.by.includes(manner) ? manner : `NO ${manner}`)).join(" ");
  };
  const rows = places.map((from) => [from.name, from.address, ...places.map((to) => cell(from, to))]);
  return table([["from \\ to", "", ...places.map((to) => to.name)], ...rows]);
}

async function stay(host: DemoHost): Promise<void> {
  say(`\nThe room stays until Ctrl-C. Enter it as the student, in another terminal:\n  ${host.enter}`);
  await new Promise(() => setInterval(() => undefined, 60_000));
}

process.exit(await demo(process.argv.includes("--keep")));
