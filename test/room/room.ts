/** A room of computers: Debian hosts with systemd, and plain peers, on one LAN that leads nowhere. See README.md. */
import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { run, type Argv, type CommandOptions, type CommandResult } from "../../src/host/command.ts";
import { ensureRoot, type Release } from "./debian-root.ts";
import { Host } from "./host.ts";
import { bare, Lan } from "./lan.ts";
import { announced, cgroupRoot, inCgroup, startBackground, type Background } from "./processes.ts";
import { removeRoom, roomsFolder, sweepRooms } from "./remains.ts";

export { sweepRooms } from "./remains.ts";
export { until, type Background } from "./processes.ts";
export type { Host, HostCommand, HostCommandOptions } from "./host.ts";

export type HostOptions = {
  readonly name: string;
  /** With its prefix length: "198.51.100.10/24". */
  readonly address: string;
} & ({ readonly release: Release } | { readonly root: string });

export type Peer = {
  readonly name: string;
  /** Without its prefix length. */
  readonly address: string;
  readonly namespace: string;
  readonly run: (argv: Argv, options?: CommandOptions) => Promise<CommandResult>;
  readonly background: (argv: Argv) => Promise<Background>;
};

export type Room = {
  /** What the names of all that the room has on this machine begin with. */
  readonly prefix: string;
  readonly addHost: (options: HostOptions) => Promise<Host>;
  /** A network namespace with `eth0` on the LAN. The address is with its prefix length. */
  readonly addPeer: (name: string, address: string) => Promise<Peer>;
  /** Ends all that runs in the room and removes it, without shutting the hosts down first. */
  readonly destroy: () => Promise<void>;
};

let created = 0;

export async function createRoom(): Promise<Room> {
  await sweepRooms();
  created += 1;
  const prefix = `tarr-room-${process.pid}-${created}`;
  const dismissJanitor = startJanitor(prefix);
  await mkdir(join(cgroupRoot, prefix));
  await mkdir(join(roomsFolder, prefix), { recursive: true });
  const lan = new Lan(`${prefix}-lan`);
  await lan.create();
  let ports = 0;

  return {
    prefix,
    addHost: async (options) => {
      const plug = { address: options.address, port: ++ports };
      const root = "root" in options ? options.root : await ensureRoot(options.release);
      const host = new Host({ name: options.name, root, plug, lan, prefix });
      await host.install();
      await host.boot();
      return host;
    },
    addPeer: async (name, address) => {
      const namespace = `${prefix}-${name}`;
      await lan.plug({ namespace, address, port: ++ports });
      return makePeer({ name, address: bare(address), namespace }, join(cgroupRoot, prefix, name));
    },
    destroy: async () => {
      await removeRoom(prefix);
      dismissJanitor();
    },
  };
}

async function makePeer(place: Pick<Peer, "name" | "address" | "namespace">, cgroup: string): Promise<Peer> {
  await mkdir(cgroup);
  const inside = (argv: Argv) => inCgroup(cgroup, ["ip", "netns", "exec", place.namespace, ...argv]);
  return {
    ...place,
    run: (argv, options) => run(inside(argv), options),
    background: (argv) =>
      startBackground({
        argv: inside(announced(argv)),
        signal: (name, group) => run(["kill", "-s", name, "--", `-${group}`]),
      }),
  };
}

/** Starts the process that removes the room when ours ends without having done so. In a session of its own: Ctrl-C. */
function startJanitor(prefix: string): () => void {
  const program = join(import.meta.dirname, "remains.ts");
  const janitor = spawn(process.execPath, [program, prefix], { stdio: ["pipe", "ignore", "ignore"], detached: true });
  janitor.unref();
  return () => void janitor.stdin.end();
}
