import { describe, expect, test } from "bun:test";
import type { WireNetwork } from "../../api/types.ts";
import { languages, say } from "../../messages/messages.ts";
import { reaches } from "../../model/network.ts";
import { displayWidth } from "../../runtime/text.ts";
import type { Context } from "../command.ts";
import type { MachineView } from "../machine-view.ts";
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

test("a machine of a hypervisor's own neither moves the cursor nor makes a line of its own", () => {
  const context = { language: "en", say: (key, values) => say("en", key, values) } as Context;
  const nic = {
    ...{ mac: "52:54:00:12:34:56", address: null, reserved: null, name: "x", port: "abc234", lost: true },
    ...{ cable: "in" as const, line: "" },
  };
  const machine: MachineView = {
    ...{ name: "x\u001b[2J\n! root", provider: "lxc", lab: null, state: "running", cause: null, owner: "etu" },
    ...{ image: null, memory: null, cpus: null },
    nics: [
      { ...nic, network: "lab" },
      { ...nic, network: "gone" },
    ],
  };
  const status = { version: "1", computer: "", networks: [network], pending: false, problem: null };
  const lines = pictureOf({ ...status, trial: null, undone: null }, [machine], { context, paint: paintState });
  expect(lines.join("\n")).toContain("x?[2J?! root");
  expect(lines.filter((line) => /\p{C}/u.test(line.replaceAll(/\u001b\[(?:3\d|0)m/gu, "")))).toEqual([]);
  expect(lines.find((line) => line.startsWith("├─") || line.startsWith("└─"))).toContain("\u001b[32mrunning\u001b[0m");
});

test("in French nothing is singular, in English plural", () => {
  const counts = { lab: "tp", machines: "1", networks: "0", checks: "2" };
  expect(say("fr", "lab-good", counts)).toStartWith("tp : 1 machine, 0 réseau à lui, 2 contrôles");
  expect(say("en", "lab-good", counts)).toStartWith("tp: 1 machine, 0 networks of its own, 2 checks");
});

test("a date is local and short", () => {
  const moment = new Date(2026, 11, 1, 9, 5).toISOString();
  expect(dateWords(moment, "fr")).toMatch(/^1 déc\. 2026[ ,]+(?:à )?09:05$/);
  expect(dateWords(moment, "en")).toBe("1 Dec 2026, 09:05");
  expect([dateWords("yesterday", "en"), dateWords(null, "en")]).toEqual(["yesterday", ""]);
});
