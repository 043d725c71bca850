import { describe, expect, test } from "bun:test";
import { isMachineName } from "./names.ts";
import { portNameFor } from "./port-name.ts";

const name = (text: string, taken: readonly string[] = []) => String(portNameFor(text, new Set(taken)));

describe("the name on its network of a machine with any name", () => {
  test.each([
    ["web", "web"],
    ["My VM", "my-vm"],
    ["Débian n° 2", "debian-n-2"],
    ["2 serveurs", "machine-2-serveurs"],
    ["host", "machine-host"],
    ["$(reboot); 'rm' \"-rf\"\n/", "reboot-rm-rf"],
    ["-rf", "rf"],
    ["日本", "machine"],
    ["", "machine"],
  ])("%j is %s", (text, expected) => {
    expect(name(text)).toBe(expected);
  });

  test("is another one when it is taken", () => {
    expect(name("web", ["web"])).toBe("web-2");
    expect(name("web", ["web", "web-2"])).toBe("web-3");
  });

  test("is a host name whatever the text", () => {
    for (const text of ["x".repeat(300), `${"a".repeat(62)}- b`, "--", "É".repeat(80), "\u0000\u202e"]) {
      expect(isMachineName(name(text))).toBe(true);
      expect(isMachineName(name(text, [name(text)]))).toBe(true);
    }
  });
});
