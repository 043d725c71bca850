import { describe, expect, test } from "bun:test";
import { parseIpv4 } from "../../model/address.ts";
import { join } from "../packet/bytes.ts";
import { buildTcp, parseIpv4Packet, parseTcp, transportChecksum } from "../packet/ipv4.ts";
import { buildQuestion, readAnswer } from "./dns.ts";
import { parseListeners, parseSockets } from "./holders.ts";
import { readTrace } from "./trace.ts";

describe("what the kernel told of packets", () => {
  // nft 1.0.6; a rule that is newer than the listener is not known to it by its text.
  const told = `add table inet tarr_steps_trace
trace id 4310fad4 ip strict f packet: iif "vswitch0" ether saddr 02:00:00:00:00:01 ip saddr 192.0.2.9 ip daddr 192.0.2.1
trace id 4310fad4 ip strict f rule udp dport 53 counter packets 0 bytes 0 drop comment "no names" (verdict drop)
trace id 4310fad5 ip strict f rule udp dport 67 drop (verdict drop)
trace id 0d368b6f inet mine out packet: oif "vswitch0" ip saddr 192.0.2.1 ip daddr 192.0.2.9 udp sport 67
trace id 0d368b6f inet mine out unknown rule handle 2 (verdict continue)
trace id 0d368b6f inet mine out policy drop 
trace id 0d368b70 inet ours p policy accept 
trace id 0d368b71 ip filter FORWARD unknown rule handle 7 (verdict drop)
# new generation 4 by process 4092 (nft)
`;

  test("is where they ended, by which rule, and which way they went", () => {
    expect(readTrace(told, "vswitch0")).toEqual([
      {
        ...{ family: "ip", table: "strict", chain: "f", direction: "from" },
        rule: 'udp dport 53 counter packets 0 bytes 0 drop comment "no names"',
      },
      { family: "inet", table: "mine", chain: "out", rule: "policy drop", direction: "to" },
      { family: "ip", table: "filter", chain: "FORWARD", rule: "handle 7", direction: "from" },
    ]);
  });

  test("is nothing where all passed, or nothing was told", () => {
    expect(readTrace("", "vswitch0")).toEqual([]);
    expect(readTrace("trace id 1 inet mine f policy accept\ntrace id 1 inet mine f verdict continue", "x")).toEqual([]);
  });
});

describe("names", () => {
  const question = buildQuestion(0xbeef, "host.lab.internal");

  test("are asked for in the bytes of RFC 1035", () => {
    expect(Buffer.from(question).toString("hex")).toBe(
      "beef01000001000000000000 04686f7374 036c6162 08696e7465726e616c 00 0001 0001".replaceAll(" ", ""),
    );
  });

  test("are answered by what is an answer to it, and has one", () => {
    const answer = (flags: number, count: number) =>
      join(Uint8Array.of(0xbe, 0xef, flags >> 8, flags, 0, 1, 0, count), question.subarray(8));
    expect(readAnswer(0xbeef, answer(0x8580, 1))).toBe(true);
    expect(readAnswer(0xbeef, answer(0x8580, 0))).toBe(false);
    expect(readAnswer(0xbeef, answer(0x8583, 0))).toBe(false);
    expect(readAnswer(0xbeef, question)).toBeNull();
    expect(readAnswer(0xbeee, answer(0x8580, 1))).toBeNull();
    for (let length = 0; length < 12; length += 1) expect(readAnswer(0xbeef, question.subarray(0, length))).toBeNull();
  });
});

test("a TCP segment is read as it was written, and its sum is right", () => {
  const segment = {
    from: { address: parseIpv4("192.0.2.9"), port: 40_053 },
    to: { address: parseIpv4("198.51.100.1"), port: 443 },
    flags: { syn: true, ack: false, reset: false },
    sequence: 0xfffffffe,
    acknowledges: 7,
  };
  const bytes = buildTcp(segment);
  expect(parseTcp(bytes)).toEqual(segment);
  const packet = parseIpv4Packet(bytes);
  expect(packet === null ? 1 : transportChecksum(packet)).toBe(0);
  for (let length = 0; length < bytes.length; length += 1) expect(parseTcp(bytes.subarray(0, length))).toBeNull();
});

test("sockets as the kernel lists them: address, port and owner", () => {
  const text = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 1211: 01C2A8C0:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000   950        0 30510 2 0000000000000000 0
 1211: 00000000:0043 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 30511 2 0000000000000000 0
 1211: 00000000000000000000000000000000:0035 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000  3002 0 1 2 0 0
`;
  expect(parseSockets(text)).toEqual([
    { address: "192.168.194.1", port: 53, uid: 950 },
    { address: "*", port: 67, uid: 0 },
    { address: "*", port: 53, uid: 3002 },
  ]);
  expect(parseSockets("")).toEqual([]);
});

test("listeners as ss lists them: whose, in which unit, on which interface alone", () => {
  const text = `udp UNCONN 0 0 0.0.0.0%lxcbr0:67 0.0.0.0:* ino:1 sk:1 cgroup:/system.slice/lxc-net.service <->
udp UNCONN 0 0 192.168.194.1:53 0.0.0.0:* uid:105 ino:2 sk:2 cgroup:/system.slice/named.service <->
tcp LISTEN 0 10 [fe80::50:5ff:fe05:2bd]%vswitch0:53 [::]:* uid:105 ino:3 sk:3 cgroup:unreachable:1 v6only:1 <->
tcp LISTEN 0 10 *:53 *:* ino:4 sk:4 <->
`;
  const dns = { port: 53, unit: null, device: null };
  expect(parseListeners(text)).toEqual([
    { address: "*", port: 67, uid: 0, unit: "lxc-net.service", device: "lxcbr0" },
    { ...dns, address: "192.168.194.1", uid: 105, unit: "named.service" },
    { ...dns, address: "[fe80::50:5ff:fe05:2bd]", uid: 105, device: "vswitch0" },
    { ...dns, address: "*", uid: 0 },
  ]);
});
