#!/bin/sh
# root's shell for ssh: what is typed behind `ssh NAME` finds the same commands as on a login.
[ "$1" != -c ] || exec /bin/sh -c ". /usr/lib/tiny/commands
$2"
exec /bin/sh -l
