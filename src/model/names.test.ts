import { describe, expect, test } from "bun:test";
import { codeOf, thrown } from "../../test/unit/thrown.ts";
import {
  interfaceName,
  isInterfaceName,
  isMac,
  isPortId,
  parseDomain,
  parseMachineName,
  parseNetworkName,
  printable,
} from "./names.ts";

/** What a user, a guest or another program may call something to be read as more than a name. */
const hostile = [
  "",
  "..",
  "a/b",
  "a*",
  'a"b',
  "a'b",
  "-x",
  "%d",
  "tap%d",
  "é",
  "xn--\u0430",
  "a b",
  "a\0b",
  "a\nb",
  "web\n",
  "\x1b[31mred",
  "$(x)",
  "`x`",
  "a;b",
  "a,b",
  "a=b",
  "#a",
  "x".repeat(300),
];

test.each(hostile)("no name at all: %j", (text) => {
  expect(codeOf(() => parseMachineName(text))).toBe("name-invalid");
  expect(codeOf(() => parseNetworkName(text))).toBe("name-invalid");
  expect(codeOf(() => interfaceName(text))).toBe("name-invalid");
  expect(codeOf(() => parseDomain(text))).toBe("domain-invalid");
});

test.each(hostile)("the error about %j can be printed on a terminal", (text) => {
  const said = thrown(() => parseMachineName(text)).values["value"] ?? "";
  expect(said.length).toBeLessThanOrEqual(60);
  expect(said).not.toMatch(/\p{C}/u);
});

describe("machine names", () => {
  test.each(["a", "web", "db-1", "x".repeat(63)])("takes %s", (text) => {
    expect(String(parseMachineName(text))).toBe(text);
  });

  // RFC 1123 §2.1
  test.each(["x".repeat(64), "web-", "1web", "Web", "web.lab", "web_1"])("refuses %s", (text) => {
    expect(codeOf(() => parseMachineName(text))).toBe("name-invalid");
  });

  test.each(["host", "gateway", "localhost"])("says that %s is reserved", (text) => {
    expect(codeOf(() => parseMachineName(text))).toBe("name-reserved");
  });
});

describe("network names", () => {
  test("15 characters are taken, 16 are not", () => {
    expect(String(parseNetworkName("x".repeat(15)))).toBe("x".repeat(15));
    expect(codeOf(() => parseNetworkName("x".repeat(16)))).toBe("name-invalid");
  });
});

describe("interface names", () => {
  // What the kernel and systemd give: none of these may become invisible to us.
  test.each(["eth0", "enp0s31f6", "wlx00c0ca123456", "enP2p1s0", "br-0f3a", "eth0.100", "vswitch0", "veth1a2b3c4"])(
    "takes %s",
    (text) => {
      expect(isInterfaceName(text)).toBe(true);
    },
  );

  test("15 bytes are taken, 16 are not", () => {
    expect(isInterfaceName("x".repeat(15))).toBe(true);
    expect(isInterfaceName("x".repeat(16))).toBe(false);
  });

  test("`up` is a name: whoever gives it to ip(8) puts `dev` before it", () => {
    expect(isInterfaceName("up")).toBe(true);
  });
});

describe("domains", () => {
  test.each(["lab", "lab.internal", "a.b.c.d"])("takes %s", (text) => {
    expect(String(parseDomain(text))).toBe(text);
  });

  test.each([".", "lab.", ".lab", "lab..internal", "Lab.internal", "lab_1.internal", `${"x.".repeat(101)}x`])(
    "refuses %s",
    (text) => {
      expect(codeOf(() => parseDomain(text))).toBe("domain-invalid");
    },
  );
});

test("ids and MACs have one form each", () => {
  expect(["abc234", "abcdef"].map(isPortId)).toEqual([true, true]);
  expect(["abc23", "abc2345", "ABC234", "abc019", "../abc"].map(isPortId)).not.toContain(true);
  expect(isMac("52:54:00:ab:cd:ef")).toBe(true);
  expect(["52:54:00:AB:cd:ef", "52-54-00-ab-cd-ef", "52:54:00:ab:cd", "525400abcdef"].map(isMac)).not.toContain(true);
});

describe("printable", () => {
  test("keeps letters of any language", () => {
    expect(printable("réseau «été» 网络")).toBe("réseau «été» 网络");
  });

  test("never cuts a character in two", () => {
    const cut = printable("😀".repeat(40));
    expect(cut).toBe(cut.toWellFormed());
    expect(cut.endsWith("...")).toBe(true);
  });

  test("right-to-left overrides do not turn a sentence around", () => {
    expect(printable("a\u202eb")).toBe("a?b");
  });
});
