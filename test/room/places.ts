/** The places of a room that try to reach each other: guests of the student's, the host, a LAN peer. */
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CommandResult } from "../../src/host/command.ts";
import { mustRun } from "../../src/host/command.ts";
import type { Place } from "./reach.ts";
import type { Background, Peer } from "./room.ts";

const sshOptions = "-o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR";

/** Runs a line as the student, in a login of theirs. */
export type AsStudent = (line: string) => Promise<CommandResult>;

export function guestPlace(asStudent: AsStudent, name: string, address: string): Place {
  const exec = (line: string) => asStudent(["tarr-steps", "machine", "ssh", name, quote(line)].join(" "));
  return {
    name,
    address,
    user: "root",
    speaks: "netcat",
    ssh: "ssh",
    exec,
    serve: async (line) => {
      await exec(`setsid sh -c ${quote(line)} </dev/null >/dev/null 2>&1 &`);
      // What is left listening in a guest is in nobody's way.
      return () => Promise.resolve();
    },
  };
}

export type HostSide = {
  readonly asStudent: AsStudent;
  readonly background: (line: string) => Promise<Background>;
  readonly user: string;
  /** The student's private key for machines, there. */
  readonly key: string;
};

/** The host itself, seen from its switch; its user lets the machines' key in, as a person would with ssh-copy-id. */
export async function hostPlace(side: HostSide, address: string): Promise<Place> {
  const { asStudent, user, key } = side;
  await asStudent(`mkdir -p -m 700 ~/.ssh && cp ${key}.pub ~/.ssh/authorized_keys`);
  return {
    name: "host",
    address,
    user,
    speaks: "socat",
    ssh: `ssh -F none -i ${key} ${sshOptions}`,
    exec: asStudent,
    serve: async (line) => (await side.background(line)).stop,
  };
}

/** Words that start an ssh server which lets in whoever has the student's key for machines, and touches no file of the
 * computer's own. */
export async function sshServer(folder: string, publicKey: string): Promise<string> {
  await writeFile(join(folder, "authorized"), publicKey);
  // sshd reads the list as the user who logs in.
  await chmod(folder, 0o755);
  await mustRun(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", join(folder, "hostkey")]);
  const options = [
    `HostKey=${join(folder, "hostkey")}`,
    `AuthorizedKeysFile=${join(folder, "authorized")}`,
    "StrictModes=no",
    "UsePAM=no",
    "PermitRootLogin=yes",
    "PidFile=none",
  ].flatMap((option) => ["-o", option]);
  return ["mkdir -p /run/sshd && exec /usr/sbin/sshd -D -f /dev/null", ...options].join(" ");
}

/** The peer on the LAN segment, with an ssh server and the student's key. */
export async function peerPlace(
  peer: Peer,
  folder: string,
  key: { readonly private: string; readonly public: string },
): Promise<Place> {
  const path = join(folder, "key");
  await writeFile(path, key.private, { mode: 0o600 });
  const serve = async (line: string) => (await peer.background(["sh", "-c", line])).stop;
  await serve(await sshServer(folder, key.public));
  return {
    name: "peer",
    address: peer.address,
    user: "root",
    speaks: "socat",
    ssh: `ssh -F none -i ${path} ${sshOptions}`,
    exec: (line) => peer.run(["sh", "-c", line]),
    serve,
  };
}

export function quote(line: string): string {
  return `'${line.replaceAll("'", "'\\''")}'`;
}
