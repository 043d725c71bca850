/** A host for the demonstration: a namespace of the computer that shows it, without systemd, with people of its own. */
import { join, resolve } from "node:path";
import type { Argv, CommandOptions, CommandResult } from "../../src/host/command.ts";
import { mustRun } from "../../src/host/command.ts";
import type { Background, Peer } from "../room/room.ts";
import { until } from "../room/room.ts";

export type DemoHost = {
  /** What a person types to enter. */
  readonly enter: string;
  readonly student: (line: string, options?: CommandOptions) => Promise<CommandResult>;
  readonly root: (line: string) => Promise<CommandResult>;
  readonly background: (line: string) => Promise<Background>;
};

const student = "etu";
const home = "/mnt/home/etu";
const patience = 120_000;

/**
 * Files of its own over the computer's: /etc and /var/lib are seen as they are, and what is written goes to memory.
 * A device node of its own: on the computer's one, ordinary users' rights stay as they are.
 */
const prepare = `set -e
mount -t tmpfs tmpfs /mnt
mkdir -p /mnt/bin /mnt/home /mnt/etc /mnt/etc.work /mnt/lib /mnt/lib.work
mount -t overlay overlay -o lowerdir=/etc,upperdir=/mnt/etc,workdir=/mnt/etc.work /etc
mount -t overlay overlay -o lowerdir=/var/lib,upperdir=/mnt/lib,workdir=/mnt/lib.work /var/lib
mknod /mnt/tun c 10 200 && chmod 666 /mnt/tun && mount --bind /mnt/tun /dev/net/tun
touch /mnt/bin/tarr-steps && mount --bind EXECUTABLE /mnt/bin/tarr-steps && ln -s tarr-steps /mnt/bin/tarr-stepsd
rm -rf /etc/tarr-steps /var/lib/tarr-steps
getent passwd tarr-steps >/dev/null || useradd --system --user-group tarr-steps
getent group tarr-steps-admin >/dev/null || groupadd --system tarr-steps-admin
userdel etu 2>/dev/null || true
useradd --create-home --home-dir ${home} --shell /bin/bash --password '*' etu
mkdir -p /etc/tarr-steps /var/lib/tarr-steps && chown tarr-steps: /etc/tarr-steps /var/lib/tarr-steps
echo "ready $$"
exec sleep infinity`;

const service = `mount -t tmpfs tmpfs /run && mkdir -p /run/tarr-steps && chown tarr-steps: /run/tarr-steps
exec setpriv --reuid tarr-steps --regid tarr-steps --clear-groups \\
  --inh-caps +net_admin,+net_raw,+net_bind_service --ambient-caps +net_admin,+net_raw,+net_bind_service \\
  /mnt/bin/tarr-stepsd`;

/** @param note told what is being done */
export async function openHost(peer: Peer, note: (line: string) => void): Promise<DemoHost> {
  const executable = resolve("build/tarr-steps");
  const script = prepare.replace("EXECUTABLE", executable);
  const holder = await peer.background(["unshare", "--mount", "--propagation", "private", "sh", "-c", script]);
  const pid = await until("the demonstration's host", () => /^ready (\d+)$/m.exec(holder.output())?.[1]);
  const mounts = ["nsenter", `--target=${pid}`, "--mount"] as const;
  const asStudent = (line: string): Argv =>
    [
      ...["setpriv", `--reuid=${student}`, `--regid=${student}`, "--init-groups", "--reset-env"],
      ...[
        "env",
        "-C",
        home,
        `HOME=${home}`,
        `USER=${student}`,
        "PATH=/mnt/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "sh",
        "-c",
        line,
      ],
    ] as unknown as Argv;
  note("tarr-steps image build tiny");
  // With the computer's own network: parts that it lacks come from the Debian mirror. Nothing else leaves the room.
  await mustRun([...mounts, ...asStudent("tarr-steps image build tiny")], {
    timeout: patience,
  });
  await peer.background([...mounts, "sh", "-c", service]);
  // Through the peer, which keeps all that runs in it together: machines outlive the command that started them.
  const root = (line: string) => peer.run([...mounts, "sh", "-c", line]);
  await until("the service", async () =>
    (await root("ip -br a show vswitch0 | grep UP")).code === 0 ? true : undefined,
  );
  return {
    enter: ["sudo", ...mounts, "--net", "su", "-", student, "-c", "'PATH=/mnt/bin:$PATH; exec bash'"].join(" "),
    student: (line, options) => peer.run([...mounts, ...asStudent(line)], { timeout: patience, ...options }),
    root,
    background: (line) => peer.background([...mounts, "sh", "-c", line]),
  };
}

export const demoStudent = { name: student, key: join(home, ".local/share/tarr-steps/ssh/id_ed25519") } as const;
