#!/bin/sh
# /init of the initramfs: load what the machine has, then continue on its disk, or in memory when it has none.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys

# Drivers of the devices that are there, and no others: each module costs time under software emulation.
virtio='' network='' storage=''
for device in /sys/bus/pci/devices/*; do
  read -r class <"$device/class"
  read -r alias <"$device/modalias"
  case "$class $alias" in
    *' pci:v00001AF4'*) virtio="$virtio $alias" ;;
    0x02*) network="$network $alias" ;;
    0x01*) storage="$storage $alias" ;;
  esac
done
# shellcheck disable=SC2086 # a list of aliases
[ -z "$virtio$network" ] || modprobe -aq $virtio $network 2>/dev/null
# shellcheck disable=SC2046 # a list of aliases
[ -z "$virtio" ] || modprobe -aq $(cat /sys/bus/virtio/devices/*/modalias) 2>/dev/null

# Disks that are not virtio are looked for only when they are needed: every q35 has an AHCI controller, even without
# a disk, and probing its ports takes time.
if [ ! -b /dev/vda ] && [ -n "$storage" ]; then
  # shellcheck disable=SC2086 # a list of aliases
  modprobe -aq $storage sd_mod 2>/dev/null
fi

run_from_memory() {
  echo "tiny: $1" >/dev/console
  exec /sbin/init
}

disk=
for candidate in /dev/vda /dev/sda; do
  if [ -b "$candidate" ]; then
    disk=$candidate
    break
  fi
done
[ -n "$disk" ] || run_from_memory "no disk: running in memory, nothing is kept."

# discard: what is deleted here is given back to the host. noinit_itable: without it the kernel spends the first
# minutes writing zeros into the host's sparse file.
mount -t ext4 -o noatime,discard,noinit_itable "$disk" /mnt 2>/dev/null ||
  run_from_memory "no ext4 file system on $disk: running in memory, nothing is kept."

version=$(uname -r)
if [ ! -e /mnt/etc/tiny-installed ]; then
  # The mark comes last and after a sync: a machine cut off while it copies starts the copy again, instead of
  # running half a system for ever.
  mkdir -p /mnt/dev /mnt/proc /mnt/sys /mnt/run /mnt/tmp /mnt/mnt
  if ! { cp -af /bin /sbin /lib* /usr /etc /root /var /mnt/ && sync && echo "$version" >/mnt/etc/tiny-installed; }; then
    umount /mnt
    run_from_memory "$disk is too small or broken: running in memory, nothing is kept."
  fi
elif [ ! -e "/mnt/lib/modules/$version/modules.dep" ]; then
  # The image was built again with another kernel: the modules on the disk must match the kernel that runs.
  rm -rf /mnt/lib/modules/*
  cp -a "/lib/modules/$version" /mnt/lib/modules/
fi

for directory in dev proc sys; do
  mount -o move "/$directory" "/mnt/$directory"
done
exec switch_root /mnt /sbin/init
