import type { Argv } from "../../host/command.ts";

/** Names of a machine's files. `config` and `rootfs` are LXC's: our machines' folder is one of its "lxcpaths". */
export const files = {
  config: "config",
  root: "rootfs",
  /** Of a machine in layers: a link to the image's files, what differs from them, and the kernel's own. */
  lower: "lower",
  upper: "upper",
  work: "work",
  filter: "seccomp",
  log: "console.log",
  errors: "lxc.log",
} as const;

/** Not in anybody's PATH; the same place in Debian 12 and 13. */
export const nicProgram = "/usr/libexec/lxc/lxc-user-nic";

/** Puts the layers of a machine together, in the container's own namespaces. Part of our package. */
export const layersProgram = "/usr/libexec/tarr-steps/lxc-layers";

/** A container, as every program of LXC is told of it: its folder is PATH/NAME. */
export type Container = { readonly path: string; readonly name: string };

/** The words that name a container to a program of LXC. Each value is one argument, whatever it holds. */
export function containerWords({ path, name }: Container): Argv {
  return ["-P", path, "-n", name];
}
