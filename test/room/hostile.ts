/** Frames that a machine must not bring onto a LAN. Written in hexadecimal digits and spaces. */

export const everybody = "ffffffffffff";

/** Of a MAC, without colons. */
export function digits(mac: string): string {
  return mac.replaceAll(":", "");
}

/** Which of these were heard, by name. The kernel takes a tag off before anybody hears the frame. */
export function among(frames: Readonly<Record<string, string>>, heard: readonly string[]): readonly string[] {
  const passed = Object.entries(frames).filter(([, frame]) => {
    const whole = frame.replaceAll(/[^0-9a-f]/g, "");
    const untagged = whole.replace(/^(.{24})(?:8100|88a8)..../, "$1");
    return heard.some((one) => one.startsWith(whole) || one.startsWith(untagged));
  });
  return passed.map(([name]) => name);
}

type Guest = {
  /** Its MAC's digits, without colons. */
  readonly mac: string;
  readonly own: string;
  readonly host: string;
  readonly gateway: string;
};

/** By what each is. */
export function hostileFrames({ mac, own, host, gateway }: Guest): Readonly<Record<string, string>> {
  const all = everybody;
  const arp = (from: string, sender: string, address: string) =>
    `${all} ${from} 0806 0001080006040001 ${sender} ${hex(address)} 000000000000 c6336499`;
  const advertisement = `8600 0000 40 00 0708 00000000 00000000 01 01 ${mac}`;
  const options = "3a00010400000000";
  return {
    "DHCP offer": `${all} ${mac} ${udp(own, "00430044")}`,
    "DHCPv6 server": `333300010002 ${mac} 86dd 60000000 0010 11ff fe80${"00".repeat(13)}66 ff02${"00".repeat(13)}01 02230222 0010 0000 ${"00".repeat(8)}`,
    "router advertisement": `333300000001 ${mac} ${icmp6(advertisement)}`,
    "router advertisement behind an extension header": `333300000001 ${mac} ${icmp6(advertisement, options)}`,
    "redirect of IPv6": `333300000001 ${mac} ${icmp6(`8900 0000 00000000 ${"00".repeat(32)}`)}`,
    "neighbour that says it is a router": `333300000001 ${mac} ${icmp6(`8800 0000 a0000000 ${"00".repeat(16)}`)}`,
    "spanning tree": `0180c2000000 ${mac} 0026 424203 ${"00".repeat(35)}`,
    "802.1X": `0180c2000003 ${mac} 888e 01010000 ${"00".repeat(42)}`,
    "link layer discovery": `0180c200000e ${mac} 88cc ${"00".repeat(46)}`,
    "PPPoE discovery": `${all} ${mac} 8863 11090000 ${"00".repeat(42)}`,
    "another VLAN": `${all} ${mac} 8100 000a 0806 ${"00".repeat(46)}`,
    "a VLAN in a VLAN": `${all} ${mac} 88a8 000a 8100 000a 0806 ${"00".repeat(42)}`,
    "another MAC": `${all} 020000000666 ${udp(own, "12341234")}`,
    "another subnet's address": `${all} ${mac} ${udp("203.0.113.66", "12341234")}`,
    "the host's address": `${all} ${mac} ${udp(host, "12341234")}`,
    "the gateway's address": `${all} ${mac} ${udp(gateway, "12341234")}`,
    "nobody's address": `${all} ${mac} ${udp("0.0.0.0", "12341234")}`,
    "ARP as the host": arp(mac, mac, host),
    "ARP as the gateway": arp(mac, mac, gateway),
    "ARP as another subnet": arp(mac, mac, "203.0.113.66"),
    "ARP as another MAC": arp("020000000666", "020000000666", own),
  };
}

type Place = "box" | "vm" | "one";
type Attacked = {
  /** Of a container, a machine of QEMU's, and the VMware machine that attacks them. */
  readonly macs: Readonly<Record<Place, string>>;
  readonly addresses: Readonly<Record<Place, string>>;
  readonly gateway: string;
  /** The switch's MAC. */
  readonly switch: string;
};

const tags = { "as it is": "", "with a priority tag": "8100 2000 ", "with a provider's tag": "88a8 0000 " };

/** What a VMware machine tries on others of its switch, by what each is. Behind each tag is the same. */
export function vmwareAttacks(on: Attacked): Readonly<Record<string, string>> {
  const { addresses, gateway } = on;
  const [own, box, onSwitch] = [on.macs.one, on.macs.box, on.switch].map(digits);
  const arp = (operation: string, mac: string | undefined, address: string) =>
    `0806 000108000604 ${operation} ${mac} ${hex(address)} ${everybody} ${hex(address)} ${"00".repeat(18)}`;
  const kinds = {
    "ARP for the gateway, asked": [everybody, own, arp("0001", own, gateway)],
    "ARP for the gateway, answered": [box, own, arp("0002", own, gateway)],
    "ARP for a container": [everybody, own, arp("0001", own, addresses.box)],
    "ARP for a machine of QEMU's": [everybody, own, arp("0002", own, addresses.vm)],
    // Before the switch could be made to believe that the container is here.
    "a server of addresses, to one": [box, own, udp("192.168.194.9", "00430044")],
    "the switch's MAC, to one": [box, onSwitch, udp(addresses.one, "12341234")],
    "another's MAC": [everybody, box, udp(addresses.one, "12341234")],
    "another's MAC in ARP": [everybody, box, arp("0001", box, addresses.one)],
    "the switch's MAC": [everybody, onSwitch, udp(addresses.one, "12341234")],
    "another's address": [everybody, own, udp(addresses.box, "12341234")],
    "the gateway's address": [everybody, own, udp(gateway, "12341234")],
    "a server of addresses": [everybody, own, udp(addresses.one, "00430044")],
    "a server of addresses, from another port": [everybody, own, udp(addresses.one, "042b0044")],
    "ARP for the gateway behind LLC": [everybody, own, `0024 aaaa03000000 ${arp("0002", own, gateway)}`],
    "the gateway's address behind LLC": [everybody, own, `0044 aaaa03000000 ${udp(gateway, "12341234")}`],
  };
  return Object.fromEntries(
    Object.entries(kinds).flatMap(([name, [to, as, rest]]) =>
      Object.entries(tags).map(([how, tag]) => [`${name}, ${how}`, `${to} ${as} ${tag}${rest}`]),
    ),
  );
}

/** Of an IPv4 address, in hexadecimal digits. */
export function hex(address: string): string {
  return address
    .split(".")
    .map((part) => Number(part).toString(16).padStart(2, "0"))
    .join("");
}

/** An IPv4 packet with UDP. Its header's checksum is right: some kernels let a bridge drop others. */
export function udp(source: string, ports: string, payload = "00".repeat(32)): string {
  const head = (sum: string) => `4500003c000000004011${sum}${hex(source)}ffffffff`;
  const halves = head("0000").match(/.{4}/g) ?? [];
  const total = halves.reduce((sum, half) => sum + Number.parseInt(half, 16), 0);
  const folded = (total & 0xffff) + (total >> 16);
  const sum = (~(folded + (folded >> 16)) & 0xffff).toString(16).padStart(4, "0");
  return `0800 ${head(sum)} ${ports} 0028 0000 ${payload}`;
}

/** An IPv6 packet with this ICMPv6 message from a link-local address. */
function icmp6(message: string, extension = ""): string {
  const payload = extension + message.replaceAll(" ", "");
  const length = (payload.length / 2).toString(16).padStart(4, "0");
  const next = extension === "" ? "3a" : "3c";
  return `86dd 60000000 ${length} ${next}ff fe80${"00".repeat(13)}66 ff02${"00".repeat(13)}01 ${payload}`;
}
