import type { Machine, Plug } from "../../model/machine.ts";
import { plainName } from "../../model/machine.ts";
import { isMac } from "../../model/names.ts";
import type { NativeNic, Wiring } from "../provider.ts";
import { files, layersProgram } from "./files.ts";
import type { IdMap } from "./ids.ts";
import { mapEntries } from "./ids.ts";

/** The console's log is cut when it has grown to this; one older piece is kept. */
const logLimit = 1024 * 1024;

export type ConfigPlan = {
  readonly folder: string;
  readonly ids: IdMap;
  /** `tiny`: files of the machine's own, and busybox's init. `layers`: what differs from an image's files, and systemd. */
  readonly root: "tiny" | "layers";
};

/** What an init takes for "power off" and "restart": busybox's, and systemd's (systemd(1), SIGNALS). */
const signals = {
  tiny: ["lxc.signal.halt = SIGUSR2", "lxc.signal.reboot = SIGTERM"],
  layers: ["lxc.signal.halt = SIGRTMIN+3", "lxc.signal.reboot = SIGINT"],
} as const;

const layers = [
  `lxc.hook.pre-mount = ${layersProgram}`,
  // Of no use in a namespace of the user's, but systemd takes them for the right to mount debugfs and to set the clock.
  "lxc.cap.drop = mac_admin mac_override sys_module sys_rawio sys_time",
];

/**
 * A container's configuration (lxc.container.conf(5)). It includes none of the distribution's: /etc/lxc/default.conf
 * attaches to lxcbr0.
 */
export function renderConfig(machine: Machine, { folder, ids, root }: ConfigPlan): string {
  return [
    `lxc.uts.name = ${plainName(machine)}`,
    `lxc.rootfs.path = dir:${folder}/${files.root}`,
    "lxc.init.cmd = /sbin/init",
    ...signals[root],
    ...(root === "layers" ? layers : []),
    ...mapEntries(ids, " ").map((entry) => `lxc.idmap = ${entry}`),
    "lxc.mount.auto = proc:mixed sys:mixed cgroup:mixed",
    "lxc.autodev = 1",
    "lxc.tty.max = 0",
    "lxc.pty.max = 1024",
    `lxc.console.logfile = ${folder}/${files.log}`,
    `lxc.console.size = ${logLimit}`,
    "lxc.console.rotate = 1",
    // README.Debian of lxc: an unprivileged container is not confined by AppArmor.
    "lxc.apparmor.profile = unconfined",
    `lxc.seccomp.profile = ${folder}/${files.filter}`,
    ...machine.nics.flatMap(({ port }, index) => nicLines(index, port, `eth${index}`)),
    "",
  ].join("\n");
}

/**
 * What no container may ask the kernel: Debian's own list (/usr/share/lxc/config/common.seccomp). With a single id the
 * kernel refuses setgroups(2) for good, and an ssh server that cannot set groups lets nobody in: there the call does
 * nothing and succeeds.
 */
export function renderFilter(ids: IdMap): string {
  const refused = ["kexec_load", "open_by_handle_at", "init_module", "finit_module", "delete_module"];
  const rules = [...refused.map((call) => `${call} errno 1`), ...(ids.others === null ? ["setgroups errno 0"] : [])];
  return ["2", "denylist", "reject_force_umount", "[all]", ...rules, ""].join("\n");
}

function nicLines(index: number, port: Plug, name: string | null): readonly string[] {
  const key = (end: string) => `lxc.net.${index}.${end}`;
  return [
    `${key("type")} = veth`,
    `${key("link")} = ${port.switch}`,
    `${key("flags")} = up`,
    `${key("hwaddr")} = ${port.mac}`,
    ...(name === null ? [] : [`${key("name")} = ${name}`]),
  ];
}

type Setting = { readonly line: number; readonly nic: number; readonly key: string; readonly value: string };

/** The lines about network cards, as LXC reads a line: `# ` begins a comment, quotes around a value are no part of it. */
function nicSettings(lines: readonly string[]): Setting[] {
  return lines.flatMap((text, line) => {
    const [, nic, key, value] = /^\s*lxc\.net\.(\d+)(?:\.([^\s=]+))?\s*=\s*(.*?)\s*$/.exec(text) ?? [];
    if (nic === undefined || value === undefined) return [];
    return [{ line, nic: Number(nic), key: key ?? "", value: value.replace(/^(["'])(.*)\1$/, "$2") }];
  });
}

/** One network card as a configuration says: the last line about something holds. */
export type NicSettings = {
  readonly type: string | null;
  readonly link: string | null;
  readonly mac: string | null;
  readonly name: string | null;
};

export function readNic(config: string, nic: number): NicSettings {
  const own = nicSettings(config.split("\n")).filter((one) => one.nic === nic);
  // `lxc.net.0 =` alone forgets all that was said before.
  const said = own.slice(own.findLastIndex(({ key, value }) => key === "" && value === "") + 1);
  const last = (key: string) => said.findLast((one) => one.key === key)?.value ?? "";
  const orNull = (value: string) => (value === "" ? null : value);
  return {
    type: orNull(last("type")),
    link: orNull(last("link")),
    mac: orNull(last("hwaddr").toLowerCase()),
    name: orNull(last("name")),
  };
}

/**
 * The cards of a configuration.
 *
 * @param whole the same with what it includes, in its place; only the lines of `config` itself are wiring
 */
export function readNics(config: string, whole = config): NativeNic[] {
  const lines = config.split("\n");
  const settings = nicSettings(lines);
  const numbers = new Set(nicSettings(whole.split("\n")).map(({ nic }) => nic));
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted.map((nic) => {
    const { link, mac } = readNic(whole, nic);
    const own = settings.filter((one) => one.nic === nic);
    return {
      number: nic + 1,
      // A pattern ("00:16:3e:xx:xx:xx") is no address yet.
      mac: mac !== null && isMac(mac) ? mac : null,
      interface: link,
      wiring: Object.fromEntries(own.map(({ line }) => [String(line), lines[line] ?? ""])),
    };
  });
}

/**
 * Puts a card on a port. All that was said of it goes, static addresses too, but for its name in the container. The new
 * lines come last: a later line wins, over an included file's as well.
 */
export function plugNic(config: string, nic: number, port: Plug): string {
  const { name } = readNic(config, nic);
  const rest = withoutNic(config, nic);
  const end = rest.at(-1) === "" ? rest.length - 1 : rest.length;
  return rest.toSpliced(end, 0, ...nicLines(nic, port, name)).join("\n");
}

/** Gives a card its former lines back, each in its former place; all other bytes stay. */
export function restoreNic(config: string, nic: number, former: Wiring): string {
  const lines = withoutNic(config, nic);
  const numbered = Object.entries(former).filter(([line]) => /^\d+$/.test(line));
  // Integer keys of an object come in ascending order.
  for (const [line, text] of numbered) lines.splice(Number(line), 0, text);
  return lines.join("\n");
}

function withoutNic(config: string, nic: number): string[] {
  const lines = config.split("\n");
  const gone = new Set(
    nicSettings(lines)
      .filter((one) => one.nic === nic)
      .map(({ line }) => line),
  );
  return lines.filter((_, line) => !gone.has(line));
}

/** What a line includes: a file, or a folder of files; null when it is no such line. */
export function includedBy(line: string): string | null {
  return /^\s*lxc\.include\s*=\s*(.*?)\s*$/.exec(line)?.[1] ?? null;
}

/** The id map of a configuration, as lxc-usernsexec(1) takes it: `u:0:1000:1`. */
export function readMap(config: string): readonly string[] {
  return [...config.matchAll(/^\s*lxc\.idmap\s*=\s*([ug]) (\d+) (\d+) (\d+)\s*$/gm)].map((match) =>
    match.slice(1).join(":"),
  );
}
