import { describe, expect, test } from "bun:test";
import type { NicFacts } from "../../src/providers/lxc/cause.ts";
import {
  allowedNics,
  firstComplaint,
  forbiddingSetting,
  isNicRefusal,
  nicProblem,
  refusedNicProblem,
} from "../../src/providers/lxc/cause.ts";
import { lxcPathOf, mayRun, parseState } from "../../src/providers/lxc/containers.ts";
import { lxcWords } from "../../src/providers/lxc/words.ts";
import { recorded } from "./recorded.ts";

const releases = ["debian12", "debian13"] as const;

describe("the log of a start", () => {
  const log = (release: string, name: string) => recorded(`lxc/${release}/${name}.log`);

  for (const release of releases) {
    test.each(["nic-no-file", "nic-no-line", "nic-line-full", "nic-no-switch", "nic-not-setuid"])(
      `${release}: %s is a refused network card`,
      (name) => {
        expect(isNicRefusal(log(release, name))).toBe(true);
      },
    );

    test.each([
      ["no-init", 'No such file or directory - Failed to exec "/sbin/nono"'],
      [
        "no-root",
        'No such file or directory - Failed to open "/home/etu/.local/share/tarr-steps/machines/c1/rootfs-none"',
      ],
      ["config-broken", 'Invalid argument - Unsupported config key "lxc.nonsense"'],
      ["started", ""],
    ])(`${release}: %s in its own words`, (name, said) => {
      expect(isNicRefusal(log(release, name))).toBe(false);
      expect(firstComplaint(log(release, name))).toBe(said);
    });

    test(`${release}: ids that are not the user's`, () => {
      expect(firstComplaint(log(release, "ids-not-allowed"))).toStartWith(
        'newuidmap failed to write mapping "newuidmap: uid range [1-65536) -> [500000-565535) not allowed"',
      );
    });
  }
});

describe("“Quota reached” has a true cause", () => {
  const good: NicFacts = {
    switch: "vswitch0",
    switchThere: true,
    helperWorks: true,
    user: "etu",
    groups: ["etu", "labo"],
    allowed: "# tarr-steps\netu veth vswitch0 4\n",
    nics: 3,
  };

  test("nothing is wrong", () => {
    expect(nicProblem(good)).toBeNull();
  });

  test.each<[string, Partial<NicFacts>]>([
    ["nic-helper", { helperWorks: false, switchThere: false, allowed: "" }],
    ["switch-missing", { switchThere: false, allowed: "" }],
    ["nic-line-missing", { allowed: "" }],
    ["nic-line-missing", { allowed: "eve veth vswitch0 4\n" }],
    ["nic-line-missing", { allowed: "etu veth lxcbr0 4\n" }],
    ["nic-line-full", { nics: 4 }],
    ["nic-line-full", { allowed: "etu veth vswitch0 0\n", nics: 0 }],
  ])("%s", (problem, facts) => {
    expect(nicProblem({ ...good, ...facts })).toBe(problem as never);
    expect(refusedNicProblem({ ...good, ...facts })).toBe(problem as never);
  });

  test("what cannot be seen is told once LXC has refused", () => {
    const unseen = { ...good, allowed: null };
    expect(nicProblem(unseen)).toBeNull();
    expect(refusedNicProblem(unseen)).toBe("nic-line-missing");
    const uncounted = { ...good, nics: null };
    expect(nicProblem(uncounted)).toBeNull();
    expect(refusedNicProblem(uncounted)).toBe("nic-line-full");
  });

  test("lines add up, and a group's line counts", () => {
    const text = "etu veth vswitch0 4\n@labo\tveth  vswitch0 2\n@other veth vswitch0 9\netu veth vswitch0\nx\n";
    expect(allowedNics(text, good)).toBe(6);
    expect(allowedNics("", good)).toBeNull();
  });

  test("every problem has its sentences, with the same holes in both languages", () => {
    const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, hole]) => hole).sort();
    const problems = ["nic-helper", "switch-missing", "nic-line-missing", "nic-line-full", "namespaces-off"];
    for (const problem of problems) expect(Object.keys(lxcWords)).toContain(problem);
    for (const { en, fr } of Object.values(lxcWords)) {
      expect(holes(fr.message)).toEqual(holes(en.message));
      expect(holes(fr.hint)).toEqual(holes(en.hint));
    }
  });
});

describe("what else LXC and the kernel say", () => {
  test.each(releases)("%s: a container runs when it has a socket", (release) => {
    const sockets = recorded(`lxc/${release}/proc-net-unix`);
    const path = "/home/etu/.local/share/tarr-steps/machines";
    expect(mayRun(sockets, { path, name: "c1" })).toBe(true);
    expect(mayRun(sockets, { path, name: "c" })).toBe(false);
    expect(mayRun(sockets, { path: "/home/eve/.local/share/lxc", name: "c1" })).toBe(false);
    // Of a name that is too long only a hash is there.
    const hashed = sockets.replace(`${path}/c1/command`, "lxc/ad055575fe28ddd5/command");
    expect(mayRun(hashed, { path, name: "c1" })).toBe(true);
  });

  test.each(releases)("%s: states", (release) => {
    expect(parseState(recorded(`lxc/${release}/state-running`))).toBe("running");
    expect(parseState(recorded(`lxc/${release}/state-stopped`))).toBe("stopped");
    expect(parseState("FROZEN\n")).toBe("paused");
    expect(parseState("")).toBe("unknown");
  });

  test("where the user's own containers are", () => {
    expect(lxcPathOf("# lxc.lxcpath = /no\nlxc.lxcpath = /a\n lxc.lxcpath=/srv/my containers \n")).toBe(
      "/srv/my containers",
    );
    expect(lxcPathOf("lxc.lxcpath =\n")).toBeNull();
    expect(lxcPathOf("")).toBeNull();
  });

  test("which setting forbids namespaces", () => {
    expect(forbiddingSetting({ clone: "1\n", most: "96365\n" })).toBeNull();
    expect(forbiddingSetting({ clone: "", most: "96365\n" })).toBeNull();
    expect(forbiddingSetting({ clone: "0\n", most: "96365\n" })).toBe("kernel.unprivileged_userns_clone");
    expect(forbiddingSetting({ clone: "", most: "0\n" })).toBe("user.max_user_namespaces");
  });
});
