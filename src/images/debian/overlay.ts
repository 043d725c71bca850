import firstBootLate from "./rootfs/first-boot-late.sh" with { type: "text" };
import firstBoot from "./rootfs/first-boot.sh" with { type: "text" };
import type { Sources } from "./sources.ts";
import { forGuests, sourceLines } from "./sources.ts";

const kernelWords = "root=LABEL=tarr-steps-root ro net.ifnames=0 console=tty0 console=ttyS0,115200 quiet";

/** Drivers of the disks that hypervisors show; a memory with all drivers there are takes a minute to unpack in emulation. */
const drivers = [
  ...["virtio_blk", "virtio_scsi", "virtio_pci", "ahci", "ata_piix", "ata_generic", "sd_mod", "sr_mod", "nvme"],
  ...["mptspi", "mptsas", "vmw_pvscsi", "ext4", "isofs"],
];

const earlyUnit = `[Unit]
Description=Name, key and files of this machine
DefaultDependencies=no
ConditionPathExists=!/var/lib/tarr-steps/first-boot-done
After=local-fs.target systemd-udev-settle.service
Wants=systemd-udev-settle.service
Before=network-pre.target ssh.service sysinit.target
Wants=network-pre.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/lib/tarr-steps/first-boot
StandardOutput=journal+console

[Install]
WantedBy=sysinit.target
`;

const lateUnit = `[Unit]
Description=Packages and script of this machine
ConditionPathExists=!/var/lib/tarr-steps/first-boot-done
After=network-online.target nss-lookup.target ssh.service
Wants=network-online.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/lib/tarr-steps/first-boot-late
StandardOutput=journal+console
TimeoutStartSec=infinity

[Install]
WantedBy=multi-user.target
`;

/** A card each, so that the first is the way out: of several ways the kernel takes the one with the least metric. */
function networkOf(index: number): string {
  return `[Match]
Name=eth${index}

[Link]
RequiredForOnline=${index === 0 ? "yes" : "no"}

[Network]
DHCP=ipv4

[DHCPv4]
ClientIdentifier=mac
RouteMetric=${100 * (index + 1)}
`;
}

/** The kernel lists lines that are not there too, as of type 0: a login on one would be waited for at each start. */
const secondConsole =
  'SUBSYSTEM=="tty", KERNEL=="ttyS1", ATTR{type}!="0", TAG+="systemd", ENV{SYSTEMD_WANTS}+="serial-getty@ttyS1.service"';

const mostCards = 8;

/** Files of ours in an image of Debian, by their paths. */
export function overlayFiles(sources: Sources, suite: string): ReadonlyMap<string, string> {
  const proxies = forGuests(sources.proxies);
  const cards = Array.from({ length: mostCards }, (_, index) => index);
  return new Map([
    ["etc/fstab", "LABEL=tarr-steps-root / ext4 defaults,errors=remount-ro 0 1\n"],
    ["etc/hostname", "debian\n"],
    ["etc/hosts", "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n"],
    ["etc/apt/sources.list", sourceLines(sources, suite).join("\n") + "\n"],
    ...(proxies.length === 0 ? [] : [["etc/apt/apt.conf.d/30proxy", proxies.join("\n") + "\n"] as const]),
    // VirtualBox and VMware give the second serial line to the console: the kernel's own messages go to the first.
    ["etc/udev/rules.d/60-tarr-steps.rules", `${secondConsole}\n`],
    ["etc/sudoers.d/90-tarr-steps", "debian ALL=(ALL:ALL) NOPASSWD: ALL\n"],
    ...cards.map((index) => [`etc/systemd/network/50-eth${index}.network`, networkOf(index)] as const),
    ["etc/systemd/system/tarr-steps-first-boot.service", earlyUnit],
    ["etc/systemd/system/tarr-steps-first-boot-late.service", lateUnit],
    ["usr/lib/tarr-steps/first-boot", firstBoot],
    ["usr/lib/tarr-steps/first-boot-late", firstBootLate],
    [
      "usr/lib/tarr-steps/grub-early.cfg",
      "search --no-floppy --label --set=root tarr-steps-root\nset prefix=($root)/boot/grub\n",
    ],
    ["boot/grub/grub.cfg", grubMenu],
  ]);
}

/** The links are the kernel package's own (linux-update-symlinks(1)): a newer kernel is started with nothing to do here. */
const grubMenu = `set timeout=1
serial --unit=0 --speed=115200
terminal_input console serial
terminal_output console serial
menuentry "Debian" {
  search --no-floppy --label --set=root tarr-steps-root
  linux /vmlinuz ${kernelWords}
  initrd /initrd.img
}
menuentry "Debian (before)" {
  search --no-floppy --label --set=root tarr-steps-root
  linux /vmlinuz.old ${kernelWords}
  initrd /initrd.img.old
}
`;

/** Files that must be there before the kernel's package makes its first memory. */
export function earlyFiles(): ReadonlyMap<string, string> {
  return new Map([
    ["etc/initramfs-tools/conf.d/tarr-steps", "MODULES=list\nCOMPRESS=zstd\n"],
    [
      "etc/initramfs-tools/hooks/tarr-steps",
      `#!/bin/sh
[ "$1" != prereqs ] || exit 0
. /usr/share/initramfs-tools/hook-functions
manual_add_modules ${drivers.join(" ")}
`,
    ],
    ["etc/kernel-img.conf", "do_symlinks = yes\ndo_initrd = yes\nlink_in_boot = no\n"],
  ]);
}

/** Beyond what Debian calls important. */
export const packages = [
  ...["linux-image-amd64", "initramfs-tools", "zstd", "grub-pc-bin", "grub-efi-amd64-bin", "grub-common"],
  ...[
    "systemd-sysv",
    "systemd-resolved",
    "dbus",
    "openssh-server",
    "sudo",
    "ca-certificates",
    "iputils-ping",
    "libcap2-bin",
    "nftables",
  ],
  // VMware asks a guest to power off by it; elsewhere its units do not start.
  "open-vm-tools",
] as const;
