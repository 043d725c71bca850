#!/bin/sh
# A DHCP client and a netwatch for each Ethernet interface, also for one that comes while the machine runs.
# The client never gives up (-A: a pause, then again), and it is quick to ask again: a packet may be lost while the host
# still attaches the machine.

# What drivers network cards ask for: at boot only those were loaded whose devices were there.
wanted_drivers() {
  for device in /sys/bus/pci/devices/*; do
    read -r class 2>/dev/null <"$device/class" || continue
    case "$class" in 0x02*) cat "$device/modalias" ;; esac
  done
  cat /sys/bus/virtio/devices/*/modalias 2>/dev/null
}

# Either is started again should it end; of an interface that is gone, when it is there again.
keep() {
  while :; do
    while [ ! -e "/sys/class/net/$interface" ]; do sleep 2; done
    "$@"
  done
}

ask() {
  udhcpc -f -i "$interface" -p "/run/udhcpc.$interface.pid" -t 4 -T 1 -A 2 -O search -O mtu -x "hostname:$(hostname)" >/dev/null 2>&1
}

known=' '
while :; do
  for path in /sys/class/net/eth*; do
    interface=${path##*/}
    [ -e "$path" ] || continue
    case "$known" in *" $interface "*) continue ;; esac
    known="$known$interface "
    keep ask &
    keep netwatch "$interface" &
  done
  if [ "$known" != ' ' ]; then
    sleep 5
    continue
  fi
  # A card may have been plugged in while the machine runs.
  # shellcheck disable=SC2046 # a list of aliases
  modprobe -aq $(wanted_drivers) 2>/dev/null
  [ -e /sys/class/net/eth0 ] || sleep 2
done
