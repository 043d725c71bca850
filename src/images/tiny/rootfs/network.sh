#!/bin/sh
# The DHCP client of the first Ethernet interface; init starts it again should it end.
# It never gives up (-A: a pause, then again), and it is quick to ask again: a packet may be lost while the host
# still attaches the machine.
if [ ! -e /sys/class/net/eth0 ]; then
  sleep 2 # no interface yet: init would start us again at once, for ever
  exit 1
fi
exec udhcpc -f -i eth0 -p /run/udhcpc.pid -t 4 -T 1 -A 2 -O search -O mtu -x "hostname:$(hostname)" >/dev/null 2>&1
