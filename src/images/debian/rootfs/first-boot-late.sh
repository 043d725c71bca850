#!/bin/sh
# Once there is a network: packages, then the machine's own script.
late=/var/lib/tarr-steps/seed/first-boot-late
[ ! -e "$late" ] || sh "$late"
rm -rf /var/lib/tarr-steps/seed
touch /var/lib/tarr-steps/first-boot-done
