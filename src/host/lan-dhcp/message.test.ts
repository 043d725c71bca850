import { describe, expect, test } from "bun:test";
import { parseIpv4 } from "../../model/address.ts";
import { join, readMac, word } from "../packet/bytes.ts";
import { buildUdp, checksum, parseIpv4Packet, parseUdp, transportChecksum } from "../packet/ipv4.ts";
import { buildMessage, parseMessage } from "./message.ts";

const mac = readMac(Uint8Array.of(2, 0, 0, 0, 0, 1));
const client = { mac, id: Uint8Array.of(0, 116, 115, 1), name: "web" };
const exchange = 0xdecafbad;
const [server, address] = [parseIpv4("198.51.100.1"), parseIpv4("198.51.100.77")];
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytes = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

/** An answer as a server writes it; options in hexadecimal digits. */
function reply(options: string, { file = "", name = "" } = {}): Uint8Array {
  const field = (text: string, size: number) => join(bytes(text), new Uint8Array(size)).subarray(0, size);
  const head = bytes(`02 01 06 00 decafbad 0000 8000 00000000 c633644d 00000000 00000000 020000000001`);
  return join(head, new Uint8Array(10), field(name, 64), field(file, 128), word(0x63825363), bytes(options));
}

const offered = {
  type: "offer",
  exchange,
  mac,
  address,
  server,
  lease: 3_600,
  renewAfter: null,
  rebindAfter: null,
} as const;

describe("what we say", () => {
  test("of a discover: for everybody to hear the answer, with the machine's own identifier and name", () => {
    const message = buildMessage({ type: "discover", exchange, client, seconds: 3 });
    expect(message.length).toBe(300);
    expect(hex(message.subarray(0, 44))).toBe(
      `01010600decafbad0003800000000000000000000000000000000000020000000001${"00".repeat(10)}`,
    );
    expect(hex(message.subarray(236)).replace(/(00)+$/, "")).toBe(
      [
        "63825363",
        "350101",
        "3d0400747301",
        "0c03776562",
        "390205c0",
        "3707010306333 6 3a3b".replaceAll(" ", ""),
        "ff",
      ].join(""),
    );
  });

  test("of a request for an offer: which server, which address", () => {
    const text = hex(buildMessage({ type: "request", exchange, client, wants: address, server }));
    expect(text).toContain("350103");
    expect(text).toContain("3204c633644d");
    expect(text).toContain("3604c6336401");
  });

  test("of a renewal: from the address, which is answered to, so that no broadcast is asked for", () => {
    const message = buildMessage({ type: "request", exchange, client, has: address });
    expect(hex(message.subarray(8, 16))).toBe("00000000c633644d");
    expect(hex(message)).not.toContain("3204");
  });

  test("of a release: no name, no wishes", () => {
    const text = hex(buildMessage({ type: "release", exchange, client, has: address, server }));
    expect(text).toContain("63825363 350107 3d0400747301 3604c6336401 ff".replaceAll(" ", ""));
  });
});

describe("what we hear", () => {
  test("an offer, with its times", () => {
    expect(parseMessage(reply("350102 3604c6336401 330400000e10 ff"))).toEqual(offered);
    expect(parseMessage(reply("350105 3604c6336401 330400000e10 3a0400000708 3b0400000c4e ff"))).toEqual({
      ...offered,
      type: "ack",
      renewAfter: 1_800,
      rebindAfter: 3_150,
    });
  });

  test("options where file and server name are, when the server says so", () => {
    expect(parseMessage(reply("350102 340103 ff", { file: "3604c6336401 ff", name: "00 330400000e10 ff" }))).toEqual(
      offered,
    );
  });

  test("options before one that is cut short are good", () => {
    expect(parseMessage(reply("350102 3604c6336401 330400000e10 0f20aabb"))).toEqual(offered);
  });

  test.each([
    ["a question", "01 01 06"],
    ["another kind of hardware", "02 06 06"],
    ["another length of address", "02 01 08"],
  ])("%s is nothing", (_, first) => {
    const message = reply("350102 3604c6336401 ff");
    message.set(bytes(first));
    expect(parseMessage(message)).toBeNull();
  });

  test("without a server, a type that a server has, or the cookie it is nothing", () => {
    expect(parseMessage(reply("350102 ff"))).toBeNull();
    expect(parseMessage(reply("350101 3604c6336401 ff"))).toBeNull();
    expect(parseMessage(reply("3604c6336401 ff"))).toBeNull();
    expect(parseMessage(reply("350102 3604c6336401 ff").with(236, 0))).toBeNull();
  });

  test("times of a wrong length are none", () => {
    expect(parseMessage(reply("350102 3604c6336401 33020e10 ff"))?.lease).toBeNull();
  });

  test("cut anywhere, or with any byte changed, it is read or is nothing", () => {
    const whole = reply("350102 3604c6336401 340103 330400000e10 ff", { file: "0c", name: "ff" });
    for (let length = 0; length < whole.length; length += 1) parseMessage(whole.subarray(0, length));
    for (let at = 0; at < whole.length; at += 1)
      for (const value of [0, 1, 0x7f, 0xff]) parseMessage(whole.with(at, value));
  });
});

describe("IPv4 and UDP", () => {
  const packet = buildUdp({
    from: { address, port: 68 },
    to: { address: server, port: 67 },
    payload: new TextEncoder().encode("odd"),
  });

  test("are read as they were written, padding left out", () => {
    expect(parseUdp(join(packet, new Uint8Array(9)))).toEqual({
      from: { address, port: 68 },
      to: { address: server, port: 67 },
      payload: new TextEncoder().encode("odd"),
    });
  });

  test("have sums that are zero with what they are over", () => {
    expect(checksum(packet.subarray(0, 20))).toBe(0);
    const parsed = parseIpv4Packet(packet);
    expect(parsed === null ? 1 : transportChecksum(parsed)).toBe(0);
  });

  test("fragments, other versions, and what is cut short are nothing", () => {
    expect(parseUdp(packet.with(6, 0x20))).toBeNull();
    expect(parseUdp(packet.with(7, 1))).toBeNull();
    expect(parseUdp(packet.with(0, 0x65))).toBeNull();
    expect(parseUdp(packet.with(0, 0x44))).toBeNull();
    expect(parseUdp(packet.with(9, 6))).toBeNull();
    for (let length = 0; length < packet.length; length += 1) expect(parseUdp(packet.subarray(0, length))).toBeNull();
  });
});
