#!/bin/sh
# Runs a command as an ordinary user on a "host" with VMware Workstation: the stand-ins in /usr/local/bin, device nodes and
# kernel modules in their places, /etc/vmware. All in a mount namespace of its own (unshare -m): the computer is not changed.
# host.sh BUN STAND-IN-FOLDER HOME COMMAND...
set -e
bun=$1 standin=$2 home=$3
shift 3
mount -t tmpfs -o mode=0755 none /usr/local/bin
for program in vmrun vmcli; do
  printf '#!/bin/sh\nexec %s %s/%s.ts "$@"\n' "$bun" "$standin" "$program" >/usr/local/bin/$program
  chmod 0755 /usr/local/bin/$program
done
mkdir "$home/etc" "$home/dev" "$home/module"
cp -a /etc/. "$home/etc/"
mkdir "$home/etc/vmware"
echo "student:x:4242:4242::$home/user:/bin/sh" >>"$home/etc/passwd"
mount --bind "$home/etc" /etc
for node in null zero full random urandom tty; do
  : >"$home/dev/$node"
  mount --bind "/dev/$node" "$home/dev/$node"
done
mkdir "$home/dev/shm" && chmod 1777 "$home/dev/shm"
mount --rbind "$home/dev" /dev
mount --bind "$home/module" /sys/module
# The test takes these away and puts them back.
chmod 0777 /etc/vmware /dev /sys/module /usr/local/bin
chown -R 4242:4242 "$home/user"
HOME=$home/user XDG_DATA_HOME=$home/user/.local/share XDG_RUNTIME_DIR=$home/user USER=student LOGNAME=student \
  exec setpriv --reuid 4242 --regid 4242 --clear-groups -- "$@"
