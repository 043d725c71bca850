import { describe, expect, test } from "bun:test";
import { parseIpv4 } from "../../model/address.ts";
import type { Mac } from "../../model/names.ts";
import { macBytes, readMac } from "../packet/bytes.ts";
import { announcementFrame, answerFrame, buildArp, parseArp, probeFrame } from "./frame.ts";
import { spokenFor } from "./probe.ts";

const mac = (text: string): Mac => readMac(Uint8Array.from(text.split(":"), (part) => Number.parseInt(part, 16)));
const ours = mac("02:00:00:00:00:01");
const theirs = mac("02:00:00:00:00:02");
const address = parseIpv4("198.51.100.77");
const bytes = (hex: string) => Uint8Array.from(hex.match(/[0-9a-f]{2}/g) ?? [], (pair) => Number.parseInt(pair, 16));
const padding = "00".repeat(18);

describe("the bytes", () => {
  test("of a probe: from nobody, for the address", () => {
    expect(probeFrame(ours, address)).toEqual(
      bytes(
        `ffffffffffff 020000000001 0806 0001 0800 06 04 0001 020000000001 00000000 000000000000 c633644d ${padding}`,
      ),
    );
  });

  test("of an announcement: from the address, for itself", () => {
    expect(announcementFrame(ours, address)).toEqual(
      bytes(
        `ffffffffffff 020000000001 0806 0001 0800 06 04 0001 020000000001 c633644d 000000000000 c633644d ${padding}`,
      ),
    );
  });

  test("of the answer to a probe: to who asked, who has no address yet", () => {
    const asked = parseArp(probeFrame(theirs, address));
    if (asked === null) throw new Error("no probe");
    expect(answerFrame(ours, asked)).toEqual(
      bytes(
        `020000000002 020000000001 0806 0001 0800 06 04 0002 020000000001 c633644d 020000000002 00000000 ${padding}`,
      ),
    );
  });
});

describe("reading", () => {
  const request = {
    operation: "request",
    sender: { mac: ours, address },
    target: { mac: theirs, address: parseIpv4("198.51.100.1") },
  } as const;

  test("gives what was written", () => {
    expect(parseArp(buildArp(theirs, request))).toEqual(request);
    expect(parseArp(buildArp(theirs, { ...request, operation: "reply" }))).toEqual({ ...request, operation: "reply" });
  });

  test("whatever is cut short, or is something else, is nothing", () => {
    const whole = buildArp(theirs, request).subarray(0, 42);
    for (let length = 0; length < 42; length += 1) expect(parseArp(whole.subarray(0, length))).toBeNull();
    for (const [at, value] of [
      [12, 0x86],
      [15, 6],
      [17, 1],
      [18, 8],
      [19, 16],
      [21, 3],
      [20, 1],
    ] as const) {
      expect(parseArp(whole.with(at, value))).toBeNull();
    }
  });

  test("never throws, whatever the bytes", () => {
    let seed = 1;
    const next = () => (seed = (seed * 48271) % 2147483647) & 0xff;
    for (let round = 0; round < 2_000; round += 1) {
      const frame = Uint8Array.from({ length: next() % 64 }, next);
      frame.set([0x08, 0x06].slice(0, Math.max(0, frame.length - 12)), Math.min(12, frame.length));
      parseArp(frame);
    }
  });

  test("tells for which address its sender speaks", () => {
    const spoken = (frame: Uint8Array) => {
      const message = parseArp(frame);
      return message === null ? null : spokenFor(message);
    };
    expect(spoken(probeFrame(ours, address))).toBe(address);
    expect(spoken(announcementFrame(ours, address))).toBe(address);
    expect(spoken(buildArp(theirs, request))).toBe(address);
  });
});

test("a MAC is the same after its bytes", () => {
  expect(readMac(macBytes(theirs))).toBe(theirs);
});
