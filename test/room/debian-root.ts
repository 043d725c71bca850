/** Unpacked Debian systems to boot from, built once and kept in a cache. They are read only: a host gets a layer on top. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, stat, utimes, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { mustRun } from "../../src/host/command.ts";
import { isAlive } from "./processes.ts";

export type Release = "bookworm" | "trixie";

export const cacheFolder = process.env.TARR_STEPS_CACHE ?? "/var/cache/tarr-steps-tests";

const packages = [
  ...["systemd-sysv", "dbus", "dbus-user-session", "libpam-systemd", "polkitd", "sudo", "procps", "locales"],
  ...["iproute2", "iputils-ping", "openssh-server", "openssh-client", "socat"],
  // A PC has a kernel in /boot and its modules; some programs take the guests' kernel from there.
  ...["linux-image-cloud-amd64", "busybox-static"],
  // Of priority standard: the installer leaves it on each PC. Its configuration took 8 s of each installation here.
  "ca-certificates",
];

const hooks = [
  // Debian's installer puts nftables on a PC, but the package must name all it needs: a host without shows when not.
  'chroot "$1" apt-get purge --yes --auto-remove nftables',
  'printf "en_US.UTF-8 UTF-8\\nfr_FR.UTF-8 UTF-8\\n" >"$1/etc/locale.gen" && chroot "$1" locale-gen',
  'rm -f "$1"/var/cache/apt/archives/*.deb',
  // No host starts from a disk: making its memory anew took 10 of the 60 s of an installation.
  'echo update_initramfs=no >"$1/etc/initramfs-tools/update-initramfs.conf"',
  // Saves each host the 2 s in which apt reads the lists for the first time.
  'chroot "$1" apt-cache gencaches',
  // The exclusions below are for this build: left in place they would drop the manual pages of our own package.
  'rm "$1/etc/dpkg/dpkg.cfg.d/99mmdebstrap"',
];

const excluded = ["/usr/share/doc/*", "/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*"];
const included = ["/usr/share/locale/locale.alias", "/usr/share/locale/en*", "/usr/share/locale/fr*"];

const buildOptions = [
  "--variant=important",
  // Without the lists `apt-get install ./x.deb` finds no dependency in a host that cannot fetch them.
  "--skip=cleanup/apt/lists,cleanup/apt/cache",
  `--include=${packages.join(",")}`,
  ...excluded.map((path) => `--dpkgopt=path-exclude=${path}`),
  ...included.map((path) => `--dpkgopt=path-include=${path}`),
  ...hooks.map((hook) => `--customize-hook=${hook}`),
];

const buildTimeout = 20 * 60_000;

/**
 * Both builds mount the machine's /dev and /sys in the draft. Seen from one mount namespace only, those mounts end with
 * the build, and whoever removes an interrupted draft does not remove the machine's devices through them.
 */
export const privateMounts = ["unshare", "--mount", "--propagation=slave"] as const;

/** Answers the folder of an unpacked Debian, building it first if need be (about a minute). */
export async function ensureRoot(release: Release): Promise<string> {
  const folder = join(cacheFolder, "roots");
  const root = join(folder, `${release}-${digest(buildOptions)}`);
  await once(root, async (draft) => {
    const build = [...privateMounts, "mmdebstrap", "--quiet", ...buildOptions, release, draft] as const;
    await mustRun(build, { timeout: buildTimeout });
    // mmdebstrap leaves this machine's name server and name in there.
    await writeFile(join(draft, "etc/resolv.conf"), "");
    await writeFile(join(draft, "etc/hostname"), "debian\n");
    await removeFrom(folder, (name) => name.startsWith(`${release}-`));
  });
  return root;
}

/**
 * A root in whose apt cache lie the package and each of `extra`, with all they depend on and recommend, so that a host
 * without a way out can `apt-get install /root/x.deb` or any of `extra`.
 *
 * Answers lower layers for an overlay, "layer:root", which is what `addHost` takes.
 */
export async function withPackage(release: Release, debPath: string, extra: readonly string[] = []): Promise<string> {
  const root = await ensureRoot(release);
  const content = createHash("sha256").update(await readFile(debPath));
  const folder = join(cacheFolder, "layers");
  const layer = join(folder, `${release}-${digest([root, basename(debPath), content.digest("hex"), ...extra])}`);
  await once(layer, async (draft) => {
    const store = join(cacheFolder, "archives", release);
    await mkdir(store, { recursive: true });
    const script = [...privateMounts, "sh", "-euc", downloadScript, root, draft, store, resolve(debPath)] as const;
    await mustRun([...script, ...extra], { timeout: buildTimeout });
    const weekAgo = Date.now() - 7 * 24 * 3_600_000;
    await removeFrom(folder, async (name) => (await stat(join(folder, name))).mtimeMs < weekAgo);
  });
  await utimes(layer, new Date(), new Date());
  return `${layer}/upper:${root}`;
}

/**
 * Arguments: the root, the draft of the layer, the store of archives of all runs, the package, and others.
 *
 * Each is asked for alone, as the test may install it alone. The archives are linked, not bound as a whole, from the
 * store: a host that finds there what an earlier test fetched would pass with a warm cache and fail with a cold one.
 */
const downloadScript = `
draft=$1 store=$2 deb=$3; shift 3
mkdir -p "$draft/upper/root" "$draft/work" "$draft/view" "$draft/archives"
chmod 700 "$draft/upper/root"
cp "$deb" "$draft/upper/root/"
mount -t overlay overlay -o "lowerdir=$0,upperdir=$draft/upper,workdir=$draft/work" "$draft/view"
cd "$draft/view"
mount --rbind /dev dev
mount --bind /etc/resolv.conf etc/resolv.conf
mount --bind "$draft/archives" var/cache/apt/archives

fetch() {
  uris=$(chroot . apt-get install --yes --print-uris "$1") || return
  for archive in $(echo "$uris" | grep "^'" | cut -d ' ' -f 2); do
    [ ! -e "$store/$archive" ] || ln -f "$store/$archive" "$draft/archives/"
  done
  chroot . apt-get install --yes --download-only "$1"
}

for wanted in "/root/$(basename "$deb")" "$@"; do
  # The lists of a root built weeks ago name archives that the mirror no longer has.
  fetch "$wanted" || { chroot . apt-get update; fetch "$wanted"; }
done
cd /
umount -R "$draft/view"
ln -f "$draft"/archives/*.deb "$store/" || true
mkdir -p "$draft/upper/var/cache/apt"
mv "$draft/archives" "$draft/upper/var/cache/apt/archives"
rm -r "$draft/work" "$draft/view"
`;

/** Makes a folder unless it is there: elsewhere first, so that an interrupted build is never taken for a finished one. */
export async function once(folder: string, build: (draft: string) => Promise<void>): Promise<void> {
  if (existsSync(folder)) return;
  const drafts = join(cacheFolder, "drafts");
  await mkdir(drafts, { recursive: true });
  await mkdir(dirname(folder), { recursive: true });
  // An orphaned mmdebstrap may still write in there: what cannot be removed now can be another time.
  await removeFrom(drafts, (name) => !isAlive(name.split("-")[0])).catch(() => undefined);
  const draft = join(drafts, `${process.pid}-${basename(folder)}`);
  await mkdir(draft);
  try {
    await build(draft);
    await rename(draft, folder);
  } catch (error) {
    await removeFolder(draft);
    // Another process may have finished the same one meanwhile: then its folder serves as well.
    if (!existsSync(folder)) throw error;
  }
}

export async function removeFrom(folder: string, isOld: (name: string) => boolean | Promise<boolean>): Promise<void> {
  for (const name of await readdir(folder)) {
    if (await isOld(name)) await removeFolder(join(folder, name));
  }
}

/** Never into what is mounted below: see `privateMounts`, and a second lock on that door. */
export async function removeFolder(folder: string): Promise<void> {
  await mustRun(["rm", "-rf", "--one-file-system", "--", folder], { timeout: 300_000 });
}

export function digest(parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 12);
}
