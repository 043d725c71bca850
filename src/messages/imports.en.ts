import type { ErrorCode } from "../error.ts";
import type { ErrorWords } from "./errors.en.ts";

export type ImportCode =
  | Extract<
      ErrorCode,
      `archive-${string}` | `checksum-${string}` | `download-${string}` | `snapshot-${string}` | `bundle-${string}`
    >
  | "url-invalid"
  | "cloud-unknown"
  | "image-build-failed"
  | "image-recipe-near"
  | "image-damaged"
  | "image-exists"
  | "image-in-use"
  | "image-source"
  | "image-format"
  | "image-installer"
  | "image-refers"
  | "image-broken"
  | "image-too-large"
  | "image-disks"
  | "image-part-missing"
  | "image-box"
  | "image-no-boot"
  | "disk-full"
  | "file-exists"
  | "qemu-img-missing";

/** What can be wrong with an image that comes from elsewhere, and with snapshots. */
export const importsEn = (): Readonly<Record<ImportCode, ErrorWords>> => ({
  "checksum-invalid": {
    message: "“{value}” is no SHA-256 checksum.",
    hint: "It has 64 hexadecimal digits, as sha256sum prints them.",
  },
  "checksum-needed": {
    message: "What comes from {url} is only taken with its checksum.",
    hint: "Add --sha256 HEX, from a page that you trust.",
  },
  "url-invalid": {
    message: "“{value}” is no http or https address.",
    hint: "tarr-steps image import NAME https://HOST/FILE --sha256 HEX",
  },
  "cloud-unknown": {
    message: "{name} is none of Debian's cloud images.",
    hint: "Those are: {known}. Or name a file: tarr-steps image import {name} FILE",
  },
  "image-build-failed": {
    message: "The image {name} could not be built: {said}",
    hint: "Try again, what was fetched is kept: tarr-steps image build {typed}",
  },
  "image-damaged": {
    message: "The image {name} cannot be used: {path} is missing, or is not what it should be.",
    hint: "Delete it, then build or import it again: tarr-steps image delete {name}",
  },
  "image-exists": {
    message: "There is an image {name} already.",
    hint: "Choose another name, or: tarr-steps image delete {name}",
  },
  "image-in-use": {
    message: "Machines are made of the image {name}: {machines}.",
    hint: "Delete them first: tarr-steps machine stop NAME && tarr-steps machine delete NAME",
  },
  "image-recipe-near": {
    message: "There is no image “{name}” to build, but a recipe {file} is here.",
    hint: "tarr-steps image build {file}",
  },
  "image-source": { message: "{path} cannot be read ({reason}).", hint: "Name a file that you may read: ls -l {path}" },
  "image-format": {
    message: "{path} is neither a disk nor an archive that is known here.",
    hint: "Known are: disks (qcow2, raw, vdi, vmdk), ova, Vagrant boxes, tar, each also as .gz, .xz, .zst or .bz2, and what tarr-steps image export writes.",
  },
  "image-installer": {
    message: "{path} is a CD that installs a system, not an installed one.",
    hint: "Install from it in a machine of your hypervisor's own, then import that machine's disk: tarr-steps image import NAME DISK",
  },
  "image-refers": {
    message: "{path} is not whole: a part of it is in another file ({other}).",
    hint: "Make it whole where both are: qemu-img convert -O qcow2 DISK WHOLE.qcow2",
  },
  "image-broken": {
    message: "{path} is damaged: {said}",
    hint: "Fetch or copy it again, and compare its checksum: sha256sum {path}",
  },
  "image-too-large": { message: "The disk {path} is larger than {most}.", hint: "Import a smaller one." },
  "image-disks": {
    message: "{path} has {count|usable disk|usable disks}; an image has one.",
    hint: "Export the machine with its system disk alone.",
  },
  "image-part-missing": {
    message: "{path} does not contain {part}, which its description names.",
    hint: "Fetch or export it again, with all its files.",
  },
  "image-box": {
    message: "The Vagrant box {path} contains no disk that can be imported (provider: {provider}).",
    hint: "Take the same box for libvirt or virtualbox, for instance: vagrant box add BOX --provider libvirt",
  },
  "image-no-boot": {
    message: "The disk {path} has no boot loader: no machine would start from it.",
    hint: "Import the disk that the system starts from.",
  },
  "bundle-broken": {
    message: "{path} is no whole image of tarr-steps image export.",
    hint: "Export it again: tarr-steps image export NAME FILE",
  },
  "archive-truncated": {
    message: "The archive {path} is cut off or damaged.",
    hint: "Fetch or copy it again, and compare its checksum: sha256sum {path}",
  },
  "archive-entry": {
    message: "The archive {path} holds something that is not understood: {entry}",
    hint: "Pack it again with: tar --format=pax --numeric-owner -C ROOT -cf FILE .",
  },
  "archive-outside": {
    message: "The archive {path} would write outside of its root: {entry}",
    hint: "Do not trust it. Your own is packed so: tar --numeric-owner -C ROOT -cf FILE .",
  },
  "archive-twice": {
    message: "The archive {path} holds {entry} twice.",
    hint: "Pack it again with: tar --numeric-owner -C ROOT -cf FILE .",
  },
  "archive-link": {
    message: "The archive {path} goes through a link, or links to what is not in it: {entry}",
    hint: "Pack it again with: tar --numeric-owner -C ROOT -cf FILE .",
  },
  "archive-device": {
    message: "The archive {path} holds a device outside of /dev: {entry}",
    hint: "Do not trust it, or pack it again without that.",
  },
  "archive-ids": {
    message: "In the archive {path}, {entry} belongs to an id above 65535, which containers do not have.",
    hint: "Pack it again inside the system: tar --numeric-owner --one-file-system -C / -cf FILE .",
  },
  "archive-no-root": {
    message: "The archive {path} holds no root of a Linux system: no usr, bin or etc at its top.",
    hint: "Pack it from inside the root: tar --numeric-owner -C ROOT -cf FILE .",
  },
  "checksum-wrong": {
    message: "{path} is not what it should be: its checksum is {found}, not {wanted}.",
    hint: "Fetch it again, and compare the checksum with its origin.",
  },
  "download-failed": {
    message: "{url} cannot be fetched ({reason}).",
    hint: "Check the address and the network: curl -I {url}",
  },
  "download-cut": {
    message: "The download of {url} ended after {got} of {whole} MiB.",
    hint: "Type the same again: it goes on from there.",
  },
  "disk-full": {
    message: "There is no room left for it in {path}.",
    hint: "See what takes it: df -h {path}; tarr-steps image list",
  },
  "file-exists": {
    message: "{path} is there already.",
    hint: "Choose another name for the file, or remove it: rm {path}",
  },
  "qemu-img-missing": {
    message: "Disks are converted with qemu-img, which is not installed.",
    hint: "Ask an administrator: sudo apt install qemu-utils",
  },
  "snapshot-exists": {
    message: "{name} has a snapshot {snapshot} already.",
    hint: "Choose another name, or: tarr-steps machine snapshot {name} {snapshot} --delete",
  },
  "snapshot-unknown": {
    message: "{name} has no such snapshot: {snapshot}",
    hint: "See which there are: tarr-steps machine snapshots {name}",
  },
  "snapshot-none": {
    message: "{name} has no snapshot.",
    hint: "Take one: tarr-steps machine snapshot {name}",
  },
  "snapshot-which": {
    message: "{name} has several snapshots: {known}.",
    hint: "Say which: tarr-steps machine restore {name} SNAPSHOT",
  },
  "snapshot-which-delete": {
    message: "{name} has several snapshots: {known}.",
    hint: "Say which: tarr-steps machine snapshot {name} SNAPSHOT --delete",
  },
  "snapshot-running": {
    message: "With {provider}, snapshots are taken of a machine that is powered off, and {name} is not.",
    hint: "tarr-steps machine stop {name}",
  },
});
