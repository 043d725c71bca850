# Read by the shells of the console and of ssh.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=${HOME:-/root} USER=${USER:-root} PAGER=less EDITOR=vi
case "$TERM" in
  '' | dumb | linux | vt102) export TERM=xterm ;;
esac
# ncurses programs refuse a terminal that they do not know; others speak xterm's language well enough.
[ -e "/usr/share/terminfo/${TERM%"${TERM#?}"}/$TERM" ] || export TERM=xterm-256color
# Accents in nano. The rest of the locale stays C, as busybox's messages are.
export LC_CTYPE=C.UTF-8 SHELL=/bin/sh
. /usr/lib/tiny/commands
PS1='\u@\h:\w\$ '
if [ -z "$SSH_CONNECTION" ]; then
  # The console gives us no login program.
  HOME=/root
  cd /root || cd /
  [ ! -f /etc/motd ] || cat /etc/motd
fi
