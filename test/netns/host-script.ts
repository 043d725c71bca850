/** What the first process of a stage does: hides what the machine has, and makes what the package's installation would. */

/** LAN: the host's eth0 is 198.51.100.10; its router, 198.51.100.1, is the namespace "peer", and 203.0.113.53 a server there. */
export const lan = { host: "198.51.100.10", peer: "198.51.100.1", server: "203.0.113.53" } as const;

export function hostScript(executable: string, users: Readonly<Record<string, number>>): string {
  const people = Object.entries(users).map(
    ([name, uid]) =>
      // Whoever has that name on this computer is somebody else.
      `sed -i '/^${name}:/d' /etc/passwd /etc/group; echo '${name}:x:${uid}:${uid}::/nonexistent:/bin/sh' >>/etc/passwd; echo '${name}:x:${uid}:' >>/etc/group`,
  );
  return `set -eu; umask 022
mount -t tmpfs -o mode=755 tmpfs /mnt
for folder in etc var/lib; do
  mkdir -p /mnt/upper/$folder /mnt/work/$folder
  mount -t overlay overlay -o "lowerdir=/$folder,upperdir=/mnt/upper/$folder,workdir=/mnt/work/$folder" /$folder
done
mount -t tmpfs -o mode=755 tmpfs /run
mount -t sysfs sysfs /sys
mknod -m 666 /mnt/tun c 10 200
mkdir /mnt/bin; touch /mnt/bin/executable
mount --bind '${executable}' /mnt/bin/executable
ln -s executable /mnt/bin/tarr-steps; ln -s executable /mnt/bin/tarr-stepsd
[ -e /dev/net/tun ] || { mount -t tmpfs -o mode=755 tmpfs /dev/net 2>/dev/null && touch /dev/net/tun; }
mount --bind /mnt/tun /dev/net/tun
${people.join("\n")}
echo 'tarr-steps-admin:x:960:prof' >>/etc/group
rm -f /etc/resolv.conf; echo 'nameserver ${lan.server}' >/etc/resolv.conf
rm -rf /etc/tarr-steps /var/lib/tarr-steps
for folder in /etc/tarr-steps /var/lib/tarr-steps /run/tarr-steps; do mkdir $folder; chown tarr-steps: $folder; done
ip link set lo up
echo 0 >/proc/sys/net/ipv4/ip_forward
ip netns add peer
ip link add eth0 type veth peer name eth0 netns peer
ip address add ${lan.host}/24 dev eth0; ip link set eth0 up; ip route add default via ${lan.peer}
ip -n peer link set lo up; ip -n peer address add ${lan.server}/32 dev lo
ip -n peer address add ${lan.peer}/24 dev eth0; ip -n peer link set eth0 up
echo stage is ready
cat >/dev/null <&3 & wait $!`.replace("set -eu;", "exec 3<&0; set -eu;");
}
