#!/bin/sh
# Makes the machine follow a switch that was given another subnet: its DHCP server and gateway are then gone from the
# old address, and udhcpc alone would notice only when half the lease has passed.
#
# A gateway that is silent may also merely be down. So a silent gateway only makes us ask, beside the DHCP client,
# whether a server would now give another address: nobody answers, or the same address: ours is kept.
#
# Where the gateway stays and our address alone is to be another (one of the LAN segment), the name server knows first:
# once our name has an address that is not ours, we ask too. Once for each such address: it may be another's name. A name
# server that does not answer us any more may be one that no longer knows a way to our address: we ask, now and then.
# Where the gateway's address is another computer's from one look to the next, we are on another network: we ask.
# Where our network has no way out, its reach may change: every third look we ask whether there is one by now.
interface=${1:-eth0}
misses=0
was_up=1
asked=

read_lease() { read -r address gateway resolver name 2>/dev/null <"/run/lease.$interface"; }

link_up() {
  carrier=
  read -r carrier 2>/dev/null <"/sys/class/net/$interface/carrier"
  [ "$carrier" = 1 ]
}

# Takes a lease in passing and writes the address down; -q ends at once and nothing is set on the interface.
offered_address() {
  rm -f "/run/offer.$interface"
  udhcpc -i "$interface" -s /usr/lib/tiny/offer -q -n -f -t 2 -T 1 -x "hostname:$(hostname)" >/dev/null 2>&1
  offer=
  way=
  read -r offer way 2>/dev/null <"/run/offer.$interface"
}

# The address that the name server gives our name, or none; how often in a row it was silent (timeout(1) ends it then).
silences=0
look_up() {
  named=
  [ -n "$name" ] || return
  if answer=$(timeout 2 nslookup -type=a "$name" "$resolver" 2>/dev/null) || [ $? -lt 124 ]; then
    silences=0
    named=$(echo "$answer" | sed -n '/^Name:/,$s/^Address[^:]*: \([0-9.]*\)$/\1/p' | head -n 1)
  else
    silences=$((silences + 1))
  fi
}

# Who answers for the gateway's address: its MAC.
gateway_answers() {
  who=$(arping -f -c 1 -w 1 -I "$interface" "$gateway" 2>/dev/null | sed -n 's/^Unicast reply[^[]*\[\([0-9a-fA-F:]*\)\].*/\1/p')
  [ -n "$who" ]
}

# Whether another computer answers for it than at the last look.
met=
elsewhere() {
  former=$met
  met="$gateway $who"
  [ "${former% *}" = "$gateway" ] && [ "$former" != "$met" ]
}

# Whether our name has been given an address that is neither ours nor one that we asked about; or nobody says.
renamed() {
  look_up
  [ $((silences % 12)) -ne 2 ] || return 0
  [ -n "$named" ] && [ "$named" != "$address" ] && [ "$named" != "$asked" ] && asked=$named
}

# Whether a network that had no way out offers one now.
looks=0
opened() {
  [ ! -e "/run/way.$interface" ] || return 1
  looks=$(((looks + 1) % 3))
  [ "$looks" = 0 ] || return 1
  offered_address
  [ -n "$way" ] && [ "$offer" = "$address" ]
}

start_again() {
  read -r pid <"/run/udhcpc.$interface.pid" || return
  kill -USR2 "$pid" # gives up the old address
  sleep 0.2
  kill -USR1 "$pid" # and asks for a new one
}

# A machine's card may be changed while it runs ("plug"): the DHCP client would go on with the one that is gone.
# It is ended then, and started again with the card that has taken the old one's name.
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
    read -r pid <"/run/udhcpc.$interface.pid" && kill "$pid"
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
  if opened; then
    read -r pid <"/run/udhcpc.$interface.pid" && kill -USR1 "$pid" # renews, and is told the way
    continue
  fi
  if gateway_answers; then
    misses=0
    elsewhere || renamed || continue
    misses=1
  fi
  misses=$((misses + 1))
  [ "$misses" -ge 2 ] || continue
  offered_address
  if [ -n "$offer" ] && [ "$offer" != "$address" ]; then
    start_again
    misses=0
    asked=
  fi
done
