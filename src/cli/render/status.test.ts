import { describe, expect, test } from "bun:test";
import type { WireNetwork } from "../../api/types.ts";
import { languages, say } from "../../messages/messages.ts";
import { reaches } from "../../model/network.ts";
import { displayWidth } from "../../runtime/text.ts";
import type { Context } from "../command.ts";
import { paintState } from "./colour.ts";
import { dateWords } from "./date.ts";
import { pictureOf } from "./status.ts";

const network: WireNetwork = {
  ...{ name: "lab", switch: "vswitch0", address: "192.168.194.1/24", reach: "nat", wanted: "nat", why: "asked" },
  ...{ pool: null, rivals: [], clash: null, state: "up", domain: "lab.internal", ports: 0, uplink: "eth0" },
  ...{ pending: false, owner: null, uid: null, changes: [] },
  dhcp: { enabled: true, first: "192.168.194.10", last: "192.168.194.254", max: 245 },
};

function drawn(changed: Partial<WireNetwork>, language: "en" | "fr", paint = (_: string, word: string) => word) {
  const context = { language, say: (key, values) => say(language, key, values) } as Pick<Context, "language" | "say">;
  const networks = [{ ...network, ...changed }];
  const status = { version: "1", computer: "", networks, pending: false, problem: null, trial: null, undone: null };
  return [...pictureOf(status, [], { context: context as Context, paint })];
}

describe.each([...languages])("the picture in %s", (language) => {
  test("has network, address and reach on its first line, and DHCP on the second", () => {
    const [first = "", second = ""] = drawn({}, language);
    expect(first).toStartWith("lab · vswitch0 · 192.168.194.1/24 · ");
    expect(first).toEndWith("eth0 (nat)");
    expect(second).toStartWith("│  DHCP ");
  });

  test.each([...reaches])("fits 80 columns with %s, an uplink of a long name and a reason", (reach) => {
    const lines = drawn(
      { reach, uplink: "wlx00c0caabcdef", why: "pool-elsewhere", owner: "etudiant.dupont" },
      language,
    );
    expect(lines.filter((line) => displayWidth(line) > 80)).toEqual([]);
    expect(lines[0]).toStartWith("lab · vswitch0 · 192.168.194.1/24 · ");
  });

  test("counts in the right form", () => {
    const tail = (ports: number) => drawn({ ports }, language).at(-1) ?? "";
    expect(tail(1)).toMatch(/^└─ 1 (?:other machine|autre machine) ?: /);
    expect(tail(2)).toMatch(/^└─ 2 (?:other machines|autres machines) ?: /);
  });
});

test("a state alone has a colour, and takes no place by it", () => {
  const painted = drawn({ state: "down" }, "en", paintState);
  expect(painted[0]).toBe("lab · vswitch0 · 192.168.194.1/24 · \u001b[31mdown\u001b[0m · reaches out by eth0 (nat)");
  expect(painted.join("\n").split("\u001b[").length).toBe(3);
});

test("in French nothing is singular, in English plural", () => {
  const counts = { lab: "tp", machines: "1", networks: "0", checks: "2" };
  expect(say("fr", "lab-good", counts)).toStartWith("tp : 1 machine, 0 réseau propre, 2 contrôles");
  expect(say("en", "lab-good", counts)).toStartWith("tp: 1 machine, 0 networks of its own, 2 checks");
});

test("a date is local and short", () => {
  const moment = new Date(2026, 11, 1, 9, 5).toISOString();
  expect(dateWords(moment, "fr")).toMatch(/^1 déc\. 2026[ ,]+(?:à )?09:05$/);
  expect(dateWords(moment, "en")).toBe("1 Dec 2026, 09:05");
  expect([dateWords("yesterday", "en"), dateWords(null, "en")]).toEqual(["yesterday", ""]);
});
