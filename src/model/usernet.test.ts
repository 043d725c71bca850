import { describe, expect, test } from "bun:test";
import { interfaceName } from "./names.ts";
import { isUsernetLogin, parseUsernet, renderUsernet } from "./usernet.ts";

const on = interfaceName("vswitch0");
const etu = { login: "etu", switch: on, count: 32 };
const eve = { login: "eve", switch: on, count: 32 };

describe("/etc/lxc/lxc-usernet", () => {
  test("gets a line for each user, and loses it again without a trace", () => {
    for (const text of ["", "prof veth lxcbr0 10\n", "# by hand\n\n@class veth lxcbr0 2", "a\r\nb\r\n"]) {
      const with2 = renderUsernet(text, [etu, eve]);
      expect(with2.split("\n").filter((line) => / veth vswitch0 /.test(line))).toEqual([
        "etu veth vswitch0 32",
        "eve veth vswitch0 32",
      ]);
      expect(renderUsernet(with2, [etu, eve])).toBe(with2);
      const without = renderUsernet(with2, []);
      expect([text, `${text}\n`]).toContain(without);
      expect(renderUsernet(renderUsernet(with2, [etu]), [])).toBe(without);
    }
  });

  test("nobody loses a line while a directory of users is not up, and a new number is taken all the same", () => {
    const before = renderUsernet("prof veth lxcbr0 10\n", [etu, eve]);
    const after = renderUsernet(before, [{ ...eve, count: 16 }], false);
    expect(after.split("\n").filter((line) => / veth vswitch0 /.test(line))).toEqual([
      "eve veth vswitch0 16",
      "etu veth vswitch0 32",
    ]);
    expect(renderUsernet(after, [])).toBe("prof veth lxcbr0 10\n");
  });

  test("keeps what somebody wrote behind our block, and a block whose end was deleted does not swallow it", () => {
    const behind = `${renderUsernet("", [etu])}prof veth lxcbr0 10\n`;
    expect(renderUsernet(behind, [])).toBe("prof veth lxcbr0 10\n");
    expect(renderUsernet(behind.replace("# tarr-steps: end\n", ""), [])).toBe("prof veth lxcbr0 10\n");
  });
});

test("a login that lxc-user-nic would read as something else is none", () => {
  for (const login of ["etu", "e.tu-1_x", "DOMAIN\\etu", "étu"]) expect(isUsernetLogin(login)).toBe(true);
  for (const login of ["", "@class", "#x", "a b", "a\nb", "a:b", "a#b", "x".repeat(99)]) {
    expect(isUsernetLogin(login)).toBe(false);
  }
});

test("what is no such text gives nothing to root", () => {
  const one = { uid: 1000, switch: "vswitch0", count: 32 };
  expect(parseUsernet(JSON.stringify({ users: [one] }))?.users).toHaveLength(1);
  const bad = [{ uid: 0 }, { uid: "1000" }, { uid: 1.5 }, { switch: "a b" }, { switch: "x\ny" }, { count: -1 }];
  for (const change of bad) expect(parseUsernet(JSON.stringify({ users: [{ ...one, ...change }] }))).toBeNull();
  for (const text of ["", "{", "[]", "null"]) expect(parseUsernet(text)).toBeNull();
});
