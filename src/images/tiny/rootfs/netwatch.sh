#!/bin/sh
# Makes the machine follow a switch that was given another subnet: its DHCP server and gateway are then gone from the
# old address, and udhcpc alone would notice only when half the lease has passed.
#
# A gateway that is silent may also merely be down. So a silent gateway only makes us ask, beside the DHCP client,
# whether a server would now give another address: nobody answers, or the same address: ours is kept.
interface=eth0
misses=0
was_up=1

read_lease() { read -r address gateway 2>/dev/null </run/lease; }

link_up() {
  carrier=
  read -r carrier 2>/dev/null <"/sys/class/net/$interface/carrier"
  [ "$carrier" = 1 ]
}

# Takes a lease in passing and writes the address down; -q ends at once and nothing is set on the interface.
offered_address() {
  rm -f /run/offer
  udhcpc -i "$interface" -s /usr/lib/tiny/offer -q -n -f -t 2 -T 1 -x "hostname:$(hostname)" >/dev/null 2>&1
  offer=
  read -r offer 2>/dev/null </run/offer
}

start_again() {
  read -r pid </run/udhcpc.pid || return
  kill -USR2 "$pid" # gives up the old address
  sleep 0.2
  kill -USR1 "$pid" # and asks for a new one
}

# A machine's card may be changed while it runs ("plug"): the DHCP client would go on with the one that is gone.
# It is ended then, and init starts it with the card that has taken the old one's name.
card=
card_changed() {
  read -r now 2>/dev/null <"/sys/class/net/$interface/ifindex" || return 1
  former=$card
  card=$now
  [ -n "$former" ] && [ "$card" != "$former" ]
}

card_changed
while sleep 5; do
  if card_changed; then
    read -r pid </run/udhcpc.pid && kill "$pid"
    misses=0
    continue
  fi
  if ! link_up; then
    was_up=0
    continue
  fi
  # A cable that was pulled may be in another switch now: one miss is enough.
  [ "$was_up" = 1 ] || misses=1
  was_up=1
  read_lease || continue # no address: udhcpc is asking already
  if arping -q -f -c 1 -w 1 -I "$interface" "$gateway" >/dev/null 2>&1; then
    misses=0
    continue
  fi
  misses=$((misses + 1))
  [ "$misses" -ge 2 ] || continue
  offered_address
  if [ -n "$offer" ] && [ "$offer" != "$address" ]; then
    start_again
    misses=0
  fi
done
