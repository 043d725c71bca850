#!/bin/sh
# udhcpc of netwatch calls this: it only writes down what a server would give.
# shellcheck disable=SC2154 # the variables come from udhcpc
case "$1" in
  bound | renew) echo "$ip ${router%% *}" >"/run/offer.$interface" ;;
esac
exit 0
