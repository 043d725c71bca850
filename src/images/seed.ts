import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { mustRun } from "../host/command.ts";
import type { FirstBoot, Nics } from "../model/machine.ts";
import { contentsOf, modeOf, passwordLine, placingLines } from "./shell.ts";
import { quoted } from "../model/shell-word.ts";

/** What a machine of a disk image is told at its first boot. */
export type Seed = {
  readonly hostname: string;
  /** A line of authorized_keys. */
  readonly key: string;
  /** Whom the key lets in. */
  readonly user: string;
  readonly nics: Nics;
  readonly firstBoot: FirstBoot;
};

export const nothingMore: FirstBoot = { files: [], packages: [], script: null, password: null };

/**
 * The files of a small volume that says it, by their names: for cloud-init as its data source NoCloud wants them (JSON is
 * YAML), and as shell scripts for the images that we build, which have no cloud-init: under software emulation that takes
 * a minute by itself.
 */
export function seedFiles(seed: Seed): ReadonlyMap<string, string> {
  const { hostname, nics } = seed;
  const ethernets = nics.map(({ port }, index) => {
    const metric = { "route-metric": 100 * (index + 1) };
    return [`eth${index}`, { match: { macaddress: port.mac }, dhcp4: true, "dhcp4-overrides": metric }] as const;
  });
  return new Map([
    // The id tells cloud-init whether this is a first boot.
    ["meta-data", `${JSON.stringify({ "instance-id": hostname, "local-hostname": hostname })}\n`],
    ["user-data", `#cloud-config\n${JSON.stringify(cloudConfig(seed))}\n`],
    ["network-config", `${JSON.stringify({ version: 2, ethernets: Object.fromEntries(ethernets) })}\n`],
    ["first-boot", earlyScript(seed)],
    ["first-boot-late", lateScript(seed.firstBoot)],
    ...contentsOf(seed.firstBoot.files),
  ]);
}

const scriptPlace = "/var/lib/tarr-steps/script";

function cloudConfig({ hostname, key, user, firstBoot }: Seed): Readonly<Record<string, unknown>> {
  const { files, packages, script, password } = firstBoot;
  const written = files.map(({ path, mode, content }) => ({ path, permissions: modeOf(mode), content }));
  const own = script === null ? [] : [{ path: scriptPlace, permissions: "0700", content: script }];
  return {
    hostname,
    ssh_authorized_keys: [key],
    disable_root: user !== "root",
    write_files: [...written, ...own],
    ...(packages.length === 0 ? {} : { package_update: true, packages }),
    ...(script === null ? {} : { runcmd: [["sh", scriptPlace]] }),
    ...(password === null ? {} : { chpasswd: { expire: false, users: [{ name: user, password, type: "text" }] } }),
  };
}

/** Run before anything that listens. Each line stands for itself: one that fails keeps none from the next. */
function earlyScript({ hostname, key, user, firstBoot }: Seed): string {
  const { files, password } = firstBoot;
  const names = user === "root" ? ["root"] : [user, "root"];
  const secrets = password === null ? [] : names.map((name) => passwordLine(name, password));
  return [
    'here="${0%/*}"',
    `echo ${quoted(hostname)} >/etc/hostname`,
    `hostname ${quoted(hostname)}`,
    `sed -i '/^127\\.0\\.1\\.1 /d' /etc/hosts; echo 127.0.1.1 ${quoted(hostname)} >>/etc/hosts`,
    `home=$(getent passwd ${user} | cut -d: -f6)`,
    `install -d -m 700 -o ${user} -g ${user} "$home/.ssh"`,
    `echo ${quoted(key)} >"$home/.ssh/authorized_keys"`,
    `chown ${user}: "$home/.ssh/authorized_keys"; chmod 600 "$home/.ssh/authorized_keys"`,
    'rm -f "$here/failed"',
    ...placingLines(files).map((line, index) => {
      return `${line} || echo ${quoted(`files: ${files[index]?.path ?? ""}`)} >>"$here/failed"`;
    }),
    ...secrets,
    "",
  ].join("\n");
}

/**
 * Run once there is a network. Ends with an error when it is to be tried again: without its packages the script is not
 * begun, and once begun it is not run twice. What failed stands in a line of its own, beside the folder it lies in.
 */
function lateScript({ packages, script }: FirstBoot): string {
  const told = (what: string) => `echo "${what}: $?" | tee "$place/first-boot-failed"`;
  const install =
    packages.length === 0
      ? []
      : [
          "export DEBIAN_FRONTEND=noninteractive",
          `apt-get update -q || { ${told("apt-get update")}; exit 1; }`,
          `apt-get install -y -q ${packages.map(quoted).join(" ")} || { ${told("apt-get install")}; exit 1; }`,
        ];
  const own =
    script === null
      ? []
      : [`cat >"$place/script" <<'${mark}'\n${script.trimEnd()}\n${mark}`, `sh "$place/script" || ${told("script")}`];
  const early = '[ ! -e "${0%/*}/failed" ] || cp "${0%/*}/failed" "$place/first-boot-failed"';
  return ['place=$(cd "${0%/*}/.." && pwd)', early, ...install, ...own, "exit 0", ""].join("\n");
}

const mark = "END-OF-TARR-STEPS-SCRIPT";

/**
 * Makes the volume at `path`, whole or not at all: a CD image, by whose label the guest finds it.
 *
 * @throws TarrError `command-failed`, `command-missing`
 */
export async function makeSeed(path: string, files: ReadonlyMap<string, string>): Promise<void> {
  const folder = `${path}.files`;
  const draft = join(dirname(path), "seed.new");
  await mkdir(folder, { mode: 0o700 });
  try {
    for (const [name, content] of files) await writeFile(join(folder, name), content, { mode: 0o600 });
    // xorriso adds to an image that is there.
    await rm(draft, { force: true });
    const words = ["-as", "mkisofs", "-quiet", "-V", "CIDATA", "-J", "-r", "-o", draft, folder];
    await mustRun(["xorriso", ...words]);
    await rename(draft, path);
  } finally {
    await rm(folder, { recursive: true, force: true });
    await rm(draft, { force: true });
  }
}
