/**
 * A path as a value of an option of ssh's: `%` begins a token there, blanks and quotes part words (ssh_config(5)). A home
 * may have any of them.
 */
export function sshPath(path: string): string {
  return `"${path.replaceAll("%", "%%").replaceAll(/["\\]/g, (sign) => `\\${sign}`)}"`;
}

/** Seconds between two signs of life, and how many may fail: a machine that took its own card down is no riddle for ever. */
const alive = { interval: 5, failures: 3 } as const;

export type SshFiles = { readonly identity: string; readonly knownHosts: string };

/** Of a machine that the user made elsewhere: by the user's own keys and settings, but a list of known hosts of its own. */
export function foreignSshOptions(knownHosts: string): readonly string[] {
  return [
    "StrictHostKeyChecking=accept-new",
    `UserKnownHostsFile=${sshPath(knownHosts)}`,
    "ConnectTimeout=10",
    `ServerAliveInterval=${alive.interval}`,
    `ServerAliveCountMax=${alive.failures}`,
  ].flatMap((option) => ["-o", option]);
}

/**
 * What every connection to a machine has: its own list of known hosts, nothing of the user's own settings. The key not by
 * `-i`, which looks for the path as it is and reads tokens in it later.
 */
export function sshOptions({ identity, knownHosts }: SshFiles): readonly string[] {
  return [
    `IdentityFile=${sshPath(identity)}`,
    "BatchMode=yes",
    "StrictHostKeyChecking=accept-new",
    `UserKnownHostsFile=${sshPath(knownHosts)}`,
    "GlobalKnownHostsFile=/dev/null",
    "IdentitiesOnly=yes",
    "LogLevel=ERROR",
    "ConnectTimeout=10",
    `ServerAliveInterval=${alive.interval}`,
    `ServerAliveCountMax=${alive.failures}`,
  ].flatMap((option) => ["-o", option]);
}
