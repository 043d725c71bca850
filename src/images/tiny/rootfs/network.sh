#!/bin/sh
# The DHCP client of the first Ethernet interface; init starts it again should it end.
# It never gives up (-A: a pause, then again), and it is quick to ask again: a packet may be lost while the host
# still attaches the machine.

# What drivers network cards ask for: at boot only those were loaded whose devices were there.
wanted_drivers() {
  for device in /sys/bus/pci/devices/*; do
    read -r class 2>/dev/null <"$device/class" || continue
    case "$class" in 0x02*) cat "$device/modalias" ;; esac
  done
  cat /sys/bus/virtio/devices/*/modalias 2>/dev/null
}

if [ ! -e /sys/class/net/eth0 ]; then
  # A card may have been plugged in while the machine runs.
  # shellcheck disable=SC2046 # a list of aliases
  modprobe -aq $(wanted_drivers) 2>/dev/null
  sleep 2 # still no interface: init would start us again at once, for ever
  exit 1
fi
exec udhcpc -f -i eth0 -p /run/udhcpc.pid -t 4 -T 1 -A 2 -O search -O mtu -x "hostname:$(hostname)" >/dev/null 2>&1
