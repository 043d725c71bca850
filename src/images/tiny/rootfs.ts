import type { Entry } from "./cpio.ts";
import dhcp from "./rootfs/dhcp.sh" with { type: "text" };
import init from "./rootfs/init.sh" with { type: "text" };
import inittab from "./rootfs/inittab.txt" with { type: "text" };
import netwatch from "./rootfs/netwatch.sh" with { type: "text" };
import network from "./rootfs/network.sh" with { type: "text" };
import offer from "./rootfs/offer.sh" with { type: "text" };
import power from "./rootfs/power.sh" with { type: "text" };
import profile from "./rootfs/profile.sh" with { type: "text" };
import rcK from "./rootfs/rcK.sh" with { type: "text" };
import rcS from "./rootfs/rcS.sh" with { type: "text" };
import commands from "./rootfs/commands.sh" with { type: "text" };
import shell from "./rootfs/shell.sh" with { type: "text" };
import ssh from "./rootfs/ssh.sh" with { type: "text" };
import unpack from "./rootfs/unpack.sh" with { type: "text" };

const scripts: Readonly<Record<string, string>> = {
  init,
  "etc/init.d/rcS": rcS,
  "etc/init.d/rcK": rcK,
  "etc/init.d/network": network,
  "etc/init.d/power": power,
  "etc/acpi/PWRF/00000080": "#!/bin/sh\nexec poweroff\n",
  "etc/udhcpc/default.script": dhcp,
  "usr/lib/tiny/offer": offer,
  "usr/lib/tiny/shell": shell,
  "usr/lib/tiny/unpack": unpack,
  "usr/sbin/netwatch": netwatch,
  "usr/bin/ssh": ssh,
};

const fstab = `\
proc   /proc    proc     defaults          0 0
sys    /sys     sysfs    defaults          0 0
dev    /dev     devtmpfs defaults          0 0
devpts /dev/pts devpts   gid=5,mode=620    0 0
run    /run     tmpfs    mode=755,size=16m 0 0
tmp    /tmp     tmpfs    size=32m          0 0
`;

/** Debian's tcpdump, started by root, goes on as the user of that name, and ends when there is none. */
const users = `\
root:x:0:0:root:/root:/usr/lib/tiny/shell
tcpdump:x:101:101::/nonexistent:/bin/false
nobody:x:65534:65534:nobody:/nonexistent:/bin/false
`;

const texts: Readonly<Record<string, string>> = {
  "usr/lib/tiny/commands": commands,
  "etc/inittab": inittab,
  "etc/profile": profile,
  "etc/fstab": fstab,
  "etc/passwd": users,
  "etc/group": "root:x:0:\ntty:x:5:\ntcpdump:x:101:\nnogroup:x:65534:\n",
  "etc/shells": "/bin/sh\n/bin/ash\n/usr/lib/tiny/shell\n",
  "etc/hostname": "tiny\n",
  "etc/hosts": "127.0.0.1 localhost\n",
  "etc/nsswitch.conf": "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n",
  "etc/resolv.conf": "",
  "etc/motd":
    "tiny: Debian's kernel, busybox and ssh. nano, tcpdump, nft, ip, ss; `busybox` lists the rest, `poweroff` ends.\n",
};

/** Left unreadable for others: dropbear refuses keys in a place that others may write. */
const secrets: readonly Entry[] = [
  { type: "directory", path: "root", mode: 0o700 },
  { type: "directory", path: "root/.ssh", mode: 0o700 },
  { type: "file", path: "root/.ssh/authorized_keys", mode: 0o600, data: "" },
  // `*`: no password ever matches, keys do.
  { type: "file", path: "etc/shadow", mode: 0o600, data: "root:*:19000:0:99999:7:::\nnobody:*:19000:0:99999:7:::\n" },
  { type: "directory", path: "etc/dropbear", mode: 0o700 },
];

const emptyDirectories = ["dev", "proc", "sys", "run", "tmp", "mnt", "var/log", "var/www", "var/spool/cron/crontabs"];

/** The guest's files that are ours: scripts and configuration. */
export function guestFiles(): Entry[] {
  return [
    ...emptyDirectories.map((path): Entry => ({ type: "directory", path })),
    ...secrets,
    ...Object.entries(scripts).map(([path, data]): Entry => ({ type: "file", path, mode: 0o755, data })),
    ...Object.entries(texts).map(([path, data]): Entry => ({ type: "file", path, data })),
  ];
}
