import { describe, expect, test } from "bun:test";
import type { Caller, Policy } from "./policy.ts";
import { defaultPolicy, mayAdminister, mayUse } from "./policy.ts";

const student: Caller = { uid: 1001, name: "etu1", groups: ["etu1", "etudiants"] };
const teacher: Caller = { uid: 1000, name: "prof", groups: ["prof", "tarr-steps-admin"] };
const root: Caller = { uid: 0, name: "root", groups: ["root"] };
const webServer: Caller = { uid: 33, name: "www-data", groups: ["www-data", "tarr-steps-admin", "etudiants"] };
/** The kernel says this uid for whoever is in a user namespace that is not ours: it may be anybody. */
const unknowable: Caller = { uid: 65534, name: "nobody", groups: ["nogroup", "tarr-steps-admin", "etudiants"] };

function may(caller: Caller, policy: Policy) {
  return { use: mayUse(caller, policy), administer: mayAdminister(caller, policy) };
}

describe("as it is installed", () => {
  test.each([
    ["a student", student, { use: true, administer: false }],
    ["a member of tarr-steps-admin", teacher, { use: true, administer: true }],
    ["root", root, { use: true, administer: true }],
    ["a system account, whatever its groups", webServer, { use: false, administer: false }],
    ["a caller of another user namespace", unknowable, { use: false, administer: false }],
    ["the last uid before people's", { ...student, uid: 999 }, { use: false, administer: false }],
    ["a uid of a directory server", { ...student, uid: 70_001 }, { use: true, administer: false }],
  ] as const)("%s", (_, caller, expected) => {
    expect(may(caller, defaultPolicy)).toEqual(expected);
  });
});

describe("narrowed", () => {
  const policy: Policy = { ...defaultPolicy, use: ["%etudiants", "alice"], administer: ["prof"] };

  test.each([
    ["a member of the group", student, { use: true, administer: false }],
    ["a user by name", { uid: 1005, name: "alice", groups: ["alice"] }, { use: true, administer: false }],
    [
      "a user whose name is the group's",
      { uid: 1006, name: "etudiants", groups: [] },
      { use: false, administer: false },
    ],
    [
      "a group whose name is the user's",
      { uid: 1007, name: "bob", groups: ["alice"] },
      { use: false, administer: false },
    ],
    ["whoever administers also uses", teacher, { use: true, administer: true }],
    ["root, named nowhere", root, { use: true, administer: true }],
    ["the overflow uid, in the group", unknowable, { use: false, administer: false }],
  ] as const)("%s", (_, caller, expected) => {
    expect(may(caller, policy)).toEqual(expected);
  });

  test("nobody named is nobody allowed, but for root", () => {
    const closed: Policy = { ...defaultPolicy, use: [], administer: [] };
    expect(may(teacher, closed)).toEqual({ use: false, administer: false });
    expect(may(root, closed)).toEqual({ use: true, administer: true });
  });
});
