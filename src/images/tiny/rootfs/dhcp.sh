#!/bin/sh
# udhcpc calls this with what happened ($1) and what the server said (variables).
# shellcheck disable=SC2154 # the variables come from udhcpc
lease=/run/lease

write_resolver() {
  {
    [ -z "$search$domain" ] || echo "search ${search:-$domain}"
    for server in $dns; do
      echo "nameserver $server"
    done
  } >/run/resolv.conf.new
  # Written whole: a program that looks up a name meanwhile must not read half of it.
  cp /run/resolv.conf.new /etc/resolv.conf.new && mv /etc/resolv.conf.new /etc/resolv.conf
}

case "$1" in
  deconfig)
    rm -f "$lease"
    ifconfig "$interface" 0.0.0.0 up
    ;;
  bound | renew)
    # The kernel refuses an MTU above what the driver offers; the lease is still good then.
    [ -z "$mtu" ] || ifconfig "$interface" mtu "$mtu" 2>/dev/null
    ifconfig "$interface" "$ip" netmask "${subnet:-255.255.255.0}" broadcast "${broadcast:-+}" up
    for gateway in $router; do
      ip route replace default via "$gateway" dev "$interface"
      break
    done
    [ -z "$dns$search$domain" ] || write_resolver
    read -r name </etc/hostname
    [ -z "$hostname" ] || [ "$name" != tiny ] || hostname "$hostname"
    # For netwatch: our address, and whom to watch. A switch without a gateway still has its DHCP server.
    echo "$ip ${gateway:-$serverid}" >"$lease.new" && mv "$lease.new" "$lease"
    ;;
esac
exit 0
