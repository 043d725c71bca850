# Run as root of a user namespace in which the user is root and their subordinate ids are the others: a tree of files with
# the right owners, of which a file system is made. Arguments: workspace, offset of the partition in bytes, its size in
# KiB, the user's uid and gid. In the workspace: root.tar, overlay/ with our files, recipe/ with the
# user's.
cd "$1"
# Whose files are others' to the kernel the user could not remove them outside.
trap 'rm -rf tree' EXIT
mkdir tree
# Devices are the kernel's to make, at each start. Capabilities of files (ping's) are extended attributes.
capabilities='--xattrs --xattrs-include=security.capability'
tar --numeric-owner $capabilities --exclude='./dev/*' -xpf root.tar -C tree
rm root.tar
# mmdebstrap's sync-in hands over files with the owner that they have outside: the first user inside would own /etc.
find tree -xdev \( -uid "$4" -o -gid "$5" \) -exec chown -h 0:0 {} +
cp -rT overlay tree
chmod 440 tree/etc/sudoers.d/90-tarr-steps
chmod 755 tree/usr/lib/tarr-steps/first-boot tree/usr/lib/tarr-steps/first-boot-late
chroot tree /bin/sh -eu <<'END'
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
# Its package does that only where the program to do it came before.
setcap cap_net_raw+ep /usr/bin/ping
useradd -m -s /bin/bash -G sudo debian
systemctl -q enable systemd-networkd systemd-resolved ssh tarr-steps-first-boot tarr-steps-first-boot-late
rm -f /etc/ssh/ssh_host_*_key* /var/lib/dbus/machine-id
: >/etc/machine-id
modules="part_gpt ext2 search search_label normal configfile linux echo test minicmd serial terminal sleep"
mkdir /tmp/grub
grub-mkimage -O i386-pc -o /tmp/grub/core.img -c /usr/lib/tarr-steps/grub-early.cfg -p /boot/grub biosdisk $modules
grub-mkimage -O x86_64-efi -o /tmp/grub/BOOTX64.EFI -c /usr/lib/tarr-steps/grub-early.cfg -p /boot/grub fat efi_gop $modules
cp /usr/lib/grub/i386-pc/boot.img /tmp/grub/
END
mv tree/tmp/grub grub
# A recipe's commands find what programs expect. The mounts are this namespace's alone; where /proc is covered in part, as
# in a container, the kernel gives no new one.
cp -r recipe tree/tmp/recipe
rm -f tree/etc/resolv.conf
cp -L /etc/resolv.conf tree/etc/resolv.conf
mount -t proc proc tree/proc 2>/dev/null || mount --rbind /proc tree/proc
for device in null zero full random urandom tty; do
  : >"tree/dev/$device"
  mount --bind "/dev/$device" "tree/dev/$device"
done
chroot tree /usr/bin/env PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive sh /tmp/recipe/run </dev/null
for device in tree/dev/*; do umount -l "$device"; done
umount -l tree/proc
rm -rf tree/tmp/recipe tree/dev/*
ln -sf ../run/systemd/resolve/stub-resolv.conf tree/etc/resolv.conf
# For containers, which have the host's kernel and no disk.
tar --numeric-owner $capabilities --sort=name --exclude='./boot/*' \
  --exclude='./usr/lib/modules/*' --exclude=./etc/fstab --exclude=./vmlinuz --exclude=./initrd.img -C tree -c . |
  zstd -q -T0 -o root.tar.zst
# GRUB does not read the newest of ext4's features.
mke2fs -q -t ext4 -L tarr-steps-root -O '^metadata_csum_seed,^orphan_file' -E "offset=$2,nodiscard" -d tree disk.raw "$3k"
