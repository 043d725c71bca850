#!/bin/sh
# Once at boot, before init starts the shell, the network and ssh.
mkdir -p /dev/pts
mount -a 2>/dev/null # /proc, /sys and /dev are mounted already
ifconfig lo 127.0.0.1 up

# Words of the kernel command line (README.md of the image).
name='' consoles=''
set -f
read -r cmdline </proc/cmdline
for word in $cmdline; do
  case "$word" in
    tarr.hostname=*) name=${word#*=} ;;
    tarr.console=*) consoles="$consoles ${word#*=}" ;;
    tarr.key=*)
      key=$(echo "${word#*=}" | tr , ' ')
      # Added, never written over: keys the owner added by hand stay.
      grep -qsxF "$key" /root/.ssh/authorized_keys || echo "$key" >>/root/.ssh/authorized_keys
      ;;
  esac
done

if [ -n "$name" ]; then
  echo "$name" >/etc/hostname
  # Only the line of our own name; those the owner added stay.
  { grep -v '^127\.0\.1\.1[[:space:]]' /etc/hosts; echo "127.0.1.1 $name"; } >/etc/hosts.new
  mv /etc/hosts.new /etc/hosts
fi
hostname -F /etc/hostname

# What this machine alone was given, once: the mark goes first, so that what fails is not tried at every boot.
if [ -e /etc/tiny-first/run ]; then
  mv /etc/tiny-first /etc/tiny-first.running
  sh /etc/tiny-first.running/run </dev/null >/dev/console 2>&1
  rm -rf /etc/tiny-first.running
fi
# And at every boot, if there is one.
[ ! -e /etc/rc.local ] || sh /etc/rc.local </dev/null >/dev/console 2>&1 &

# Shells beside the one of the kernel's own console: init has a line for that one alone.
for console in $consoles; do
  [ -c "/dev/$console" ] || continue
  stty -F "/dev/$console" 115200 2>/dev/null
  while :; do
    setsid -c /bin/sh -l <"/dev/$console" >"/dev/$console" 2>&1
  done &
done
