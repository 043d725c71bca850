#!/bin/sh
# udhcpc calls this with what happened ($1) and what the server said (variables).
# shellcheck disable=SC2154 # the variables come from udhcpc
lease=/run/lease.$interface
way=/run/way.$interface
names=/run/names.$interface

# The way out is that of the first card, in their order, that was offered one: an isolated network offers none.
first_way() {
  for file in /run/way.eth*; do
    [ -e "$file" ] || continue
    read -r gateway <"$file"
    echo "via $gateway dev ${file#/run/way.}"
    return
  done
}

# The name servers of all cards, in their order.
resolver() {
  all=$(sed -n 's/^search //p' /run/names.eth* 2>/dev/null | tr '\n' ' ')
  [ -z "$all" ] || echo "search ${all% }"
  sed -n '/^nameserver/p' /run/names.eth* 2>/dev/null
}

# Two cards may get their leases in the same moment: what was done is looked at again until it stays.
choose_way() {
  chosen=
  while found=$(first_way) && [ "$found" != "$chosen" ]; do
    chosen=$found
    # shellcheck disable=SC2086 # words of ip's
    ip route replace default $chosen
  done
}

write_resolver() {
  written=
  while found=$(resolver) && [ "$found" != "$written" ]; do
    written=$found
    # Written whole: a program that looks up a name meanwhile must not read half of it.
    echo "$written" >"/etc/resolv.$interface" && mv "/etc/resolv.$interface" /etc/resolv.conf
  done
}

case "$1" in
  deconfig)
    rm -f "$lease" "$way" "$names"
    ifconfig "$interface" 0.0.0.0 up
    choose_way
    ;;
  bound | renew)
    # The kernel refuses an MTU above what the driver offers; the lease is still good then.
    [ -z "$mtu" ] || ifconfig "$interface" mtu "$mtu" 2>/dev/null
    ifconfig "$interface" "$ip" netmask "${subnet:-255.255.255.0}" broadcast "${broadcast:-+}" up
    router=${router%% *}
    rm -f "$way"
    [ -z "$router" ] || echo "$router" >"$way"
    choose_way
    {
      [ -z "$search$domain" ] || echo "search ${search:-$domain}"
      for server in $dns; do echo "nameserver $server"; done
    } >"$names"
    [ -z "$dns$search$domain" ] || write_resolver
    read -r name </etc/hostname
    [ -z "$hostname" ] || [ "$name" != tiny ] || hostname "$hostname"
    # For netwatch: our address, whom to watch, and who knows our name. A switch without a gateway still has its DHCP
    # server.
    [ -n "$hostname" ] || hostname=$name
    echo "$ip ${router:-$serverid} ${dns%% *} $hostname${domain:+.$domain}" >"$lease.new" && mv "$lease.new" "$lease"
    ;;
esac
exit 0
