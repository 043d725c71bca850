#!/bin/sh
# ssh to the other machines. Unknown host keys are accepted (and remembered): the machines of a class are new every
# day. The agent goes along, so that a key of the host opens the next machine too.
[ -z "$SSH_AUTH_SOCK" ] || exec dbclient -y -A "$@"
exec dbclient -y "$@"
