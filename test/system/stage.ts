/** A fresh Debian host with the package installed, its LAN peer, and its people. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandResult } from "../../src/host/command.ts";
import { mustRun } from "../../src/host/command.ts";
import type { Release } from "../room/debian-root.ts";
import { withPackage } from "../room/debian-root.ts";
import { guestPlace, hostPlace, peerPlace } from "../room/places.ts";
import type { Place } from "../room/reach.ts";
import type { Host, HostCommandOptions, Peer, Room } from "../room/room.ts";
import { createRoom } from "../room/room.ts";

export type Stage = {
  readonly room: Room;
  readonly host: Host;
  readonly peer: Peer;
  readonly release: Release;
  /** What `ip`, the rules and so on were before the installation. */
  readonly before: string;
  readonly installed: Installed;
  /** A folder of this machine for the test's own files. */
  readonly folder: string;
  readonly destroy: () => Promise<void>;
};

export type Installed = {
  readonly result: CommandResult;
  /** Of the whole command. */
  readonly seconds: number;
  /** When it was typed, in milliseconds since 1970. */
  readonly started: number;
};

/** A student, who administers nothing; the one who installs, by sudo; and one outside the class. */
export const people = { student: "etu", installer: "prof", outsider: "eve" } as const;

export const hostAddress = "198.51.100.10";
export const peerAddress = "198.51.100.20";
const installPatience = 300_000;

/** The package that ./run deb made. */
export async function packagePath(): Promise<string> {
  const version = (await mustRun(["dpkg-parsechangelog", "-S", "Version"])).trim();
  const architecture = (await mustRun(["dpkg", "--print-architecture"])).trim();
  return join(process.cwd(), "build", `tarr-steps_${version}_${architecture}.deb`);
}

export async function openStage(release: Release, extra: readonly string[] = []): Promise<Stage> {
  const deb = await packagePath();
  const root = await withPackage(release, deb, extra);
  const room = await createRoom();
  const folder = await mkdtemp(join(tmpdir(), "tarr-steps-stage-"));
  const host = await room.addHost({ name: "pc", root, address: `${hostAddress}/24` });
  const peer = await room.addPeer("peer", `${peerAddress}/24`);
  await host.addUser(people.student);
  await host.addUser(people.installer, { sudo: true });
  await host.addUser(people.outsider);
  const before = await fingerprint(host);
  const started = Date.now();
  const line = `env DEBIAN_FRONTEND=noninteractive apt-get install -y /root/${deb.split("/").at(-1) ?? ""}`;
  const result = await host.asSudo(people.installer, line, { timeout: installPatience });
  const seconds = (Date.now() - started) / 1000;
  // What a LAN peer, or its router, needs to know: one route.
  await peer.run(["ip", "route", "add", "192.168.194.0/24", "via", hostAddress]);
  const destroy = async () => {
    await room.destroy();
    await rm(folder, { recursive: true, force: true });
  };
  return { room, host, peer, release, before, installed: { result, seconds, started }, folder, destroy };
}

/** All of the kernel's and the system's state that an installation may touch and a purge must give back. */
export async function fingerprint(host: Host): Promise<string> {
  const { stdout } = await host.root(`
    ip -br link | awk '{print $1}' | grep -v ^eth0
    command -v nft >/dev/null && nft list ruleset
    sysctl net.ipv4.ip_forward net.ipv4.conf.all.forwarding net.ipv4.conf.eth0.forwarding 2>/dev/null
    grep -v ^$ /etc/hosts
    find /etc /var/lib /run /usr \\( -iname '*tarr-steps*' -o -iname '*tarrsteps*' \\) 2>/dev/null | sort
    getent group | grep -i tarr
    getent passwd | grep -i tarr
    ps -eo comm | grep -E 'tarr|dnsmasq|qemu'
    true`);
  return stdout;
}

/** A command of the student's, as typed in a login. */
export function student(stage: Stage, line: string, options: HostCommandOptions = {}): Promise<CommandResult> {
  return stage.host.as(people.student, line, options);
}

/** A QEMU machine "web" and a container "c1" of the student's, both running. */
export async function startTwoKinds(stage: Stage): Promise<void> {
  for (const line of [
    "image build tiny",
    "machine create web --provider qemu --start",
    "machine create c1 --provider lxc --start",
  ]) {
    const { code, stderr } = await student(stage, `tarr-steps ${line}`);
    if (code !== 0) throw new Error(`${line}: ${stderr}`);
  }
}

const keyPath = `/home/${people.student}/.local/share/tarr-steps/ssh/id_ed25519`;

export function guest(stage: Stage, name: string, address = ""): Place {
  return guestPlace((line) => student(stage, line), name, address);
}

/** The host and the LAN peer as places; the host has its own ssh server, as a Debian has. */
export async function outerPlaces(stage: Stage, address: string): Promise<{ host: Place; peer: Place }> {
  const { host, peer, folder } = stage;
  const side = {
    asStudent: (line: string) => student(stage, line),
    background: (line: string) => host.background(line),
    user: people.student,
    key: keyPath,
  };
  const key = {
    private: (await host.root(["cat", keyPath])).stdout,
    public: (await host.root(["cat", `${keyPath}.pub`])).stdout,
  };
  return { host: await hostPlace(side, address), peer: await peerPlace(peer, folder, key) };
}
