#!/bin/sh
# Before anything listens: name, key and files of this machine, told by the volume CIDATA.
place=/var/lib/tarr-steps/seed
volume=/dev/disk/by-label/CIDATA
mkdir -p /var/lib/tarr-steps
# Of a boot before: whoever asks as soon as ssh answers would take it for this one's.
rm -f /var/lib/tarr-steps/first-boot-failed
if [ ! -e "$place/first-boot" ] && [ -e "$volume" ]; then
  mkdir -p /run/tarr-steps-seed
  mount -o ro "$volume" /run/tarr-steps-seed && cp -r /run/tarr-steps-seed "$place"
  umount /run/tarr-steps-seed
fi
if [ -e "$place/first-boot" ]; then
  chmod 700 "$place"
  sh "$place/first-boot"
fi
# The one key that every client takes: an RSA key alone takes half a minute under software emulation.
[ -e /etc/ssh/ssh_host_ed25519_key ] || ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
