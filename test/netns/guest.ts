/** A machine on the switch: a namespace with one interface, plugged in by a veth pair or by a tap of its own. */
import type { CommandResult } from "../../src/host/command.ts";
import type { Stage } from "./stage.ts";
import type { WirePort } from "../../src/api/types.ts";

type Plugged = { readonly mac: string; readonly device: string; readonly on?: string };
export type Granted = { readonly address: string; readonly milliseconds: number; readonly said: string };

export class Guest {
  readonly name: string;
  readonly #stage: Stage;

  private constructor(stage: Stage, name: string) {
    this.#stage = stage;
    this.name = name;
  }

  /**
   * Plugs a guest into a switch, the first if not said otherwise, as containers are: by a device of somebody else's.
   *
   * @param as.device as lxc-user-nic names it for a user: `veth3001_web`
   */
  static async plug(stage: Stage, name: string, as: string | Plugged): Promise<Guest> {
    const { mac, device, on = "vswitch0" } = typeof as === "string" ? { mac: as, device: `v-${name}` } : as;
    await stage.must(`ip netns add ${name}; ip -n ${name} link set lo up
      ip link add ${device} type veth peer name eth0 address ${mac} netns ${name}
      ip link set ${device} master ${on} up; ip -n ${name} link set eth0 up`);
    await stage.must(`echo '${dhcpScript}' >/mnt/dhcp; chmod 755 /mnt/dhcp`);
    return new Guest(stage, name);
  }

  /** Plugs a guest in as QEMU does: an ordinary user opens the port's tap, and hands the frames to the machine. */
  static async open(stage: Stage, name: string, port: WirePort): Promise<Guest> {
    await stage.must(`echo '${dhcpScript}' >/mnt/dhcp; chmod 755 /mnt/dhcp; echo '${cableScript}' >/mnt/cable
      ip netns add ${name}; mkdir -m 777 /mnt/${name}`);
    const cable = (tap: string, from: string, to: string) =>
      `umask 0; setsid perl /mnt/cable ${tap} /mnt/${name}/${from} /mnt/${name}/${to} >/mnt/${name}/${from}.log 2>&1 </dev/null &`;
    await stage.must(cable("eth0", "in", "out"), { at: name });
    await stage.must(cable(port.interface, "out", "in"), { user: "etu" });
    await stage.must(`for i in $(seq 100); do [ -S /mnt/${name}/in ] && [ -S /mnt/${name}/out ] && break; sleep 0.02; done
      ip -n ${name} link set eth0 address ${port.mac}; ip -n ${name} link set eth0 up`);
    return new Guest(stage, name);
  }

  /** One whose namespace and `eth0` are there. */
  static async existing(stage: Stage, name: string): Promise<Guest> {
    await stage.must(`echo '${dhcpScript}' >/mnt/dhcp; chmod 755 /mnt/dhcp`);
    return new Guest(stage, name);
  }

  sh(line: string): Promise<CommandResult> {
    return this.#stage.sh(line, { at: this.name });
  }

  /** Takes an address by DHCP; "" when nobody gives one. */
  async dhcp(): Promise<Granted> {
    const client = "busybox udhcpc -f -q -n -t 4 -T 1 -i eth0 -s /mnt/dhcp -O mtu -O search";
    const before = performance.now();
    const { stdout, stderr } = await this.sh(client);
    const milliseconds = performance.now() - before;
    return { address: /^got (\S+)/m.exec(stdout)?.[1] ?? "", milliseconds, said: stdout + stderr };
  }

  /** What the switch's name server says: addresses, sorted; none when there is no such name. */
  async resolve(name: string): Promise<readonly string[]> {
    return lookUp(await this.sh(`busybox nslookup -type=a ${name} 192.168.194.1`));
  }
}

/** @param result of busybox nslookup */
export function lookUp({ stdout }: CommandResult): readonly string[] {
  const answer = stdout.slice(stdout.indexOf("\n\n"));
  return [...answer.matchAll(/^Address(?: \d+)?: (\S+)$/gm)].map(([, address = ""]) => address).sort();
}

/** A tap's frames to and from a datagram socket: what a hypervisor does with them, without the machine. */
const cableScript = `use Socket;
my ($tap, $from, $to) = @ARGV;
sysopen T, "/dev/net/tun", 2 or die "tun: $!";
my $request = pack "a16 s x22", $tap, 0x1002;
ioctl T, 0x400454ca, $request or die "$tap: $!";
socket U, AF_UNIX, SOCK_DGRAM, 0; bind U, sockaddr_un($from) or die "$from: $!";
for (;;) {
  my $ready = ""; vec($ready, fileno(T), 1) = 1; vec($ready, fileno(U), 1) = 1;
  select $ready, undef, undef, undef;
  if (vec $ready, fileno(T), 1) { sysread T, my $frame, 65536; send U, $frame, 0, sockaddr_un($to) }
  if (vec $ready, fileno(U), 1) { recv U, my $frame, 65536, 0; syswrite T, $frame }
}`;

const dhcpScript = `#!/bin/sh
[ "$1" = bound ] || exit 0
ip address flush dev $interface; ip address add $ip/$mask dev $interface
[ -z "$router" ] || ip route replace default via $router
echo "got $ip router=$router dns=$dns mtu=$mtu search=$search domain=$domain lease=$lease"`;

/** Whether a ping of one packet comes back. */
export async function reaches(stage: Stage, from: { readonly at?: string }, to: string): Promise<boolean> {
  return (await stage.sh(`ping -c 1 -W 1 ${to}`, from)).code === 0;
}
