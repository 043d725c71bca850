#!/bin/sh
# Once there is a network: packages, then the machine's own script.
place=/var/lib/tarr-steps
rm -f "$place/first-boot-failed"
# Without its packages the machine is not what it is to be: what it was told stays, and the next boot tries again.
if [ -e "$place/seed/first-boot-late" ] && ! sh "$place/seed/first-boot-late"; then
  [ -e "$place/first-boot-failed" ] || echo "first-boot-late" >"$place/first-boot-failed"
  exit 1
fi
rm -rf "$place/seed"
touch "$place/first-boot-done"
