# Read by the shells of the console and of ssh.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=${HOME:-/root} USER=${USER:-root} PAGER=less EDITOR=vi
case "$TERM" in
  '' | dumb | linux | vt102) export TERM=xterm ;;
esac
PS1='\u@\h:\w\$ '
if [ -z "$SSH_CONNECTION" ]; then
  # The console gives us no login program.
  HOME=/root
  cd /root || cd /
  [ ! -f /etc/motd ] || cat /etc/motd
fi
