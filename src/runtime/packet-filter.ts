/**
 * Programs of the kernel's classic packet filter (filter.txt of Linux, bpf(4)): what does not fit never wakes us, so that
 * a busy network costs nothing.
 */

/** One instruction: code, jump if true, jump if false, operand (struct sock_filter). */
type Instruction = readonly [code: number, yes: number, no: number, operand: number];

// linux/bpf_common.h
const loadWord = 0x20;
const loadHalf = 0x28;
const loadByte = 0x30;
const loadHalfIndexed = 0x48;
/** The length of an IPv4 header, into the index register. */
const loadHeaderLength = 0xb1;
const ifEqual = 0x15;
const ifAnyBit = 0x45;
const answer = 0x06;

const wholeFrame = 0xffff;
const ipv4 = 0x0800;
const arp = 0x0806;
const udp = 17;
const dhcpClient = 68;

/** Frames with an unfragmented UDP packet to this port. */
export function udpPortFilter(port: number): Uint8Array {
  return program([[loadHalf, 0, 0, 12], ...ifUdpTo(port)]);
}

/** Frames to this Ethernet address, of six bytes. */
export function destinationFilter(mac: Uint8Array): Uint8Array {
  const bytes = new DataView(mac.buffer, mac.byteOffset, 6);
  return program([
    [loadWord, 0, 0, 0],
    [ifEqual, 0, 3, bytes.getUint32(0)],
    [loadHalf, 0, 0, 4],
    [ifEqual, 0, 1, bytes.getUint16(4)],
    [answer, 0, 0, wholeFrame],
    [answer, 0, 0, 0],
  ]);
}

/** Frames that tell who has which address: ARP, and UDP to a client of DHCP (port 68). */
export function addressFilter(): Uint8Array {
  return program([[loadHalf, 0, 0, 12], [ifEqual, 8, 0, arp], ...ifUdpTo(dhcpClient)]);
}

/** What begins with the frame's type loaded, and ends with both answers: the whole frame ninth, none tenth. */
function ifUdpTo(port: number): readonly Instruction[] {
  return [
    [ifEqual, 0, 8, ipv4],
    [loadByte, 0, 0, 23],
    [ifEqual, 0, 6, udp],
    [loadHalf, 0, 0, 20],
    [ifAnyBit, 4, 0, 0x1fff],
    [loadHeaderLength, 0, 0, 14],
    [loadHalfIndexed, 0, 0, 16],
    [ifEqual, 0, 1, port],
    [answer, 0, 0, wholeFrame],
    [answer, 0, 0, 0],
  ];
}

function program(instructions: readonly Instruction[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(instructions.length * 8));
  for (const [index, [code, yes, no, operand]] of instructions.entries()) {
    bytes.setUint16(index * 8, code, true);
    bytes.setUint8(index * 8 + 2, yes);
    bytes.setUint8(index * 8 + 3, no);
    bytes.setUint32(index * 8 + 4, operand, true);
  }
  return new Uint8Array(bytes.buffer);
}
