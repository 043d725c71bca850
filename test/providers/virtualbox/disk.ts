/**
 * The disk of a Debian host with the real VirtualBox and its kernel modules, built once and kept in the cache. Debian has
 * VirtualBox in contrib of unstable alone.
 */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mustRun } from "../../../src/host/command.ts";
import { packCpio } from "../../../src/images/tiny/cpio.ts";
import { readModule } from "../../../src/images/tiny/kernel.ts";
import { cacheFolder, digest, once, privateMounts, removeFolder, removeFrom } from "../../room/debian-root.ts";

/** A folder with what QEMU boots: `disk`, `kernel`, `initrd`; and the private `key` that root and the student let in. */
export type HostDisk = { readonly folder: string };

export const student = "etu";
/** The host's address in QEMU's own network, from which nothing gets out. */
export const hostAddress = "198.51.100.15";

const packages = [
  // The cloud kernel is the smaller one: quicker to build for, to boot, and to give to the guests.
  ...["linux-image-cloud-amd64", "linux-headers-cloud-amd64", "virtualbox", "virtualbox-dkms"],
  ...["systemd-sysv", "udev", "dbus", "dbus-user-session", "libpam-systemd", "polkitd", "kmod", "procps", "passwd"],
  ...["iproute2", "iputils-ping", "nftables", "dnsmasq-base", "openssh-server", "openssh-client", "socat"],
  ...["isolinux", "syslinux-common", "xorriso", "e2fsprogs", "qemu-utils"],
  ...["lxc", "uidmap", "busybox-static", "dropbear-bin", "netcat-traditional", "cpio", "xz-utils", "zstd"],
];

/** What a PC has running and this test does not need; each costs seconds when the processor is emulated. */
const masked = [
  ...["apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer", "fstrim.timer"],
  ...[
    "logrotate.timer",
    "cron.service",
    "networking.service",
    "e2scrub_reap.service",
    "lxc-net.service",
    "lxc.service",
  ],
  ...["lxc-monitord.service", "lxcfs.service", "virtualbox.service", "getty@tty1.service", "systemd-pstore.service"],
  ...["systemd-networkd-wait-online.service", "ldconfig.service", "systemd-hwdb-update.service"],
];

const excluded = ["/usr/share/doc/*", "/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*"];

const network = `[Match]
Name=eth0
[Network]
Address=${hostAddress}/24
Gateway=198.51.100.2
LinkLocalAddressing=no
IPv6AcceptRA=no
`;

/** Run with the root as $1, when all is installed. */
const hooks = [
  // The modules that this test is about: a build that failed must not be found out minutes later.
  'ls "$1"/lib/modules/*/updates/dkms/vboxnetflt.ko*',
  `chroot "$1" useradd --create-home --shell /bin/bash ${student}`,
  `mkdir -p "$1/var/lib/systemd/linger" && touch "$1/var/lib/systemd/linger/${student}"`,
  'printf "vboxdrv\\nvboxnetflt\\n" >"$1/etc/modules-load.d/virtualbox.conf"',
  `printf '${network.replaceAll("\n", "\\n")}' >"$1/etc/systemd/network/eth0.network"`,
  'chroot "$1" systemctl enable systemd-networkd.service ssh.service',
  `chroot "$1" systemctl mask ${masked.join(" ")}`,
  'chroot "$1" ssh-keygen -A',
  'rm -rf "$1"/var/cache/apt/archives/*.deb "$1/etc/dpkg/dpkg.cfg.d/99mmdebstrap"',
  'chroot "$1" apt-cache gencaches',
  'echo virtualbox-host >"$1/etc/hostname"; printf "127.0.0.1 localhost virtualbox-host\\n" >"$1/etc/hosts"',
  ': >"$1/etc/resolv.conf"; systemd-machine-id-setup --root "$1" || true',
];

const buildOptions = [
  ...["--variant=important", "--components=main,contrib", '--aptopt=Acquire::Check-Valid-Until "false"'],
  // Without the lists `apt-get install ./x.deb` finds no dependency in a host that cannot fetch them.
  "--skip=cleanup/apt/lists,cleanup/apt/cache",
  ...excluded.map((path) => `--dpkgopt=path-exclude=${path}`),
  ...hooks.map((hook) => `--customize-hook=${hook}`),
];

const size = 6 * 1024 ** 3;
const buildTimeout = 20 * 60_000;

/** @param deb the package under test: what it depends on has to be on the disk, since the host has no way out */
export async function ensureHostDisk(deb: string): Promise<HostDisk> {
  const wanted = [...new Set([...packages, ...(await needs(deb))])].sort();
  const folder = join(cacheFolder, "disks");
  const kept = join(folder, `virtualbox-${digest([...buildOptions, ...wanted, initScript, String(size)])}`);
  await once(kept, async (draft) => {
    const root = join(draft, "root");
    const options = [...buildOptions, `--include=${wanted.join(",")}`];
    await mustRun([...privateMounts, "mmdebstrap", "--quiet", ...options, "sid", root], { timeout: buildTimeout });
    await allowKey(root, draft);
    await takeKernel(root, draft);
    const disk = join(draft, "disk");
    await writeFile(disk, "");
    await truncate(disk, size);
    await mustRun(["mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-d", root, disk], { timeout: buildTimeout });
    await removeFolder(root);
    if (existsSync(folder)) await removeFrom(folder, (name) => name.startsWith("virtualbox-"));
  });
  return { folder: kept };
}

/** The archives, in a new folder, of packages and of what the disk's system lacks for them. */
export async function fetchPackages({ folder }: HostDisk, names: readonly string[]): Promise<string[]> {
  const draft = await mkdtemp(join(tmpdir(), "tarr-steps-packages-"));
  const script = [...privateMounts, "sh", "-euc", fetchScript, join(folder, "disk"), draft] as const;
  await mustRun([...script, ...names], { timeout: 5 * 60_000 });
  return (await readdir(draft)).filter((name) => name.endsWith(".deb")).map((name) => join(draft, name));
}

/** Arguments: the disk, the folder, the packages. The disk stays as it is: it is mounted read only, below an overlay. */
const fetchScript = `
disk=$0 draft=$1; shift
cd "$draft"
mkdir disk upper work root
mount -o loop,ro,noload "$disk" disk
mount -t overlay overlay -o lowerdir=disk,upperdir=upper,workdir=work root
mount --rbind /dev root/dev
mount --bind /etc/resolv.conf root/etc/resolv.conf
chroot root apt-get update
chroot root apt-get install --yes --no-install-recommends --download-only "$@"
cp root/var/cache/apt/archives/*.deb .
umount -R root
umount disk
rm -r disk upper work root
`;

/** The first alternative of each dependency, and what is recommended but the machines of QEMU. */
async function needs(deb: string): Promise<string[]> {
  const fields = await mustRun(["dpkg-deb", "-f", deb, "Depends", "Recommends"]);
  const names = fields.replaceAll(/^\w+: /gm, "").split(/[,\n]/);
  return names
    .map((name) => name.trim().split(/[ |]/)[0] ?? "")
    .filter((name) => name !== "" && !name.startsWith("qemu-") && !name.startsWith("systemd"));
}

/** A key made for this disk: root and the student let it in, as people at their own PC. */
async function allowKey(root: string, draft: string): Promise<void> {
  const key = join(draft, "key");
  await mustRun(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", key]);
  for (const home of ["root", `home/${student}`]) {
    await mkdir(join(root, home, ".ssh"), { recursive: true, mode: 0o700 });
    await writeFile(join(root, home, ".ssh/authorized_keys"), await readFile(`${key}.pub`));
  }
  await mustRun(["chroot", root, "chown", "-R", `${student}:`, `/home/${student}/.ssh`]);
}

/** Debian's own initial file system looks for every disk there is; this one knows where its disk is. */
const initScript = `#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox insmod /virtio_blk.ko
until [ -b /dev/vda ]; do /bin/busybox sleep 0.1; done
/bin/busybox mount -t ext4 -o noatime /dev/vda /root
/bin/busybox mount -o move /dev /root/dev
exec /bin/busybox switch_root /root /sbin/init
`;

async function takeKernel(root: string, draft: string): Promise<void> {
  const [version = ""] = await readdir(join(root, "lib/modules"));
  await writeFile(join(draft, "kernel"), await readFile(join(root, "boot", `vmlinuz-${version}`)));
  const modules = join(root, "lib/modules", version);
  const listed = await readFile(join(modules, "modules.dep"), "utf8");
  const file = /^(\S*\/virtio_blk\.ko\S*):/m.exec(listed)?.[1];
  if (file === undefined) throw new Error(`no virtio_blk in ${modules}`);
  const archive = packCpio([
    ...["dev", "root", "bin"].map((path) => ({ type: "directory", path }) as const),
    { type: "file", path: "bin/busybox", mode: 0o755, data: await readFile(join(root, "usr/bin/busybox")) },
    { type: "file", path: "virtio_blk.ko", data: await readModule(join(modules, file), draft) },
    { type: "file", path: "init", mode: 0o755, data: initScript },
  ]);
  await writeFile(join(draft, "initrd"), archive);
}
