import { describe, expect, test } from "bun:test";
import { seeded } from "../../test/unit/seeded.ts";
import { codeOf, thrown } from "../../test/unit/thrown.ts";
import { TarrError } from "../error.ts";
import { errorText } from "../messages/messages.ts";
import { formatCidr } from "./address.ts";
import { changedSettings, editDocument, firstAddress, firstDocument, parseDocument } from "./document.ts";
import { firstNetwork } from "./names.ts";
import { changeNetwork, formatRange, parseSetting } from "./network.ts";
import { defaultPolicy } from "./policy.ts";

const typical = `# the class of Monday
networks:
  lab:
    address: 192.168.194.1/24   # not the LAN's
    range: 192.168.194.10-192.168.194.99
    max: 50

  # machines that nobody reaches
  closed:
    address: 192.0.2.1/24
    reach: isolated
    dhcp: off
policy:
  use: ["%etudiants", alice]
  ports: 8
`;

/** The sentence that a user reads. */
function said(text: string): string {
  return errorText(
    thrown(() => parseDocument(text)),
    "en",
  ).message.replace("The document /etc/tarr-steps/tarr-steps.yaml ", "");
}

describe("a document", () => {
  test("says what is wanted", () => {
    const { networks, policy } = parseDocument(typical);
    const summary = networks.map((one) =>
      [one.name, one.switch, formatCidr(one.address), formatRange(one.range)].join(" "),
    );
    expect(summary).toEqual([
      "lab vswitch0 192.168.194.1/24 192.168.194.10-192.168.194.99",
      "closed vswitch1 192.0.2.1/24 192.0.2.10-192.0.2.254",
    ]);
    expect(networks.map(({ max, dhcp, domain, reach }) => ({ max, dhcp, domain: String(domain), reach }))).toEqual([
      { max: 50, dhcp: true, domain: "lab.internal", reach: "nat" },
      { max: 245, dhcp: false, domain: "closed.internal", reach: "isolated" },
    ]);
    expect(policy).toEqual({ ...defaultPolicy, use: ["%etudiants", "alice"], ports: 8 });
  });

  test("of a new installation says in full what an almost empty one means", () => {
    const full = parseDocument(firstDocument(firstAddress));
    expect(full).toEqual(parseDocument(`networks: {${firstNetwork}: {address: ${formatCidr(firstAddress)}}}`));
  });

  test("means the same with the line ends of Windows", () => {
    expect(parseDocument(typical.replaceAll("\n", "\r\n"))).toEqual(parseDocument(typical));
  });

  test("takes on and off, true and false", () => {
    const dhcp = (value: string) =>
      parseDocument(`networks: {lab: {address: 192.0.2.1/24, dhcp: ${value}}}`).networks[0]?.dhcp;
    expect(["on", "true", "yes", "off", "false", "no"].map(dhcp)).toEqual([true, true, true, false, false, false]);
  });
});

describe("a document that is wrong says where and what", () => {
  test.each([
    ["", "is wrong at line 1, : “null” is not what can stand here (keys with their values)."],
    ["- lab\n", "is wrong at line 1, networks: “networks” is missing."],
    ["just words", "is wrong at line 1, : “just words” is not what can stand here (keys with their values)."],
    [
      "networks:\n  lab:\n    address: 192.168.194.0/24\n",
      "is wrong at line 3, networks.lab.address: “192.168.194.0/24” is the address of the subnet itself or of everybody in it, which no switch can hold.",
    ],
    [
      typical.replace("194.99", "195.99"),
      "is wrong at line 5, networks.lab.range: 192.168.195.99, an end of the range 192.168.194.10-192.168.195.99, is no address for a machine of the subnet 192.168.194.0/24.",
    ],
    [
      typical.replace("max: 50", "max: 5000"),
      "is wrong at line 6, networks.lab.max: “5000” is not a number between 1 and 1000.",
    ],
    [
      typical.replace("reach: isolated", "reach: world"),
      "is wrong at line 11, networks.closed.reach: There is no reach “world”.",
    ],
    [
      typical.replace("    dhcp: off", "    dchp: off"),
      "is wrong at line 12, networks.closed.dchp: nothing is called “dchp” here.",
    ],
    [
      typical.replace("max: 50", "max: many"),
      "is wrong at line 6, networks.lab.max: “many” is not what can stand here (a number).",
    ],
    [
      typical.replace("ports: 8", "ports: -8"),
      "is wrong at line 15, policy.ports: “-8” is not what can stand here (≥ 0).",
    ],
    [
      typical.replace("ports: 8", "subnets: [10.0.0.0/8, 10.0.0.1/8]"),
      "is wrong at line 15, policy.subnets.1: “10.0.0.1/8” is not a subnet.",
    ],
    [
      typical.replace("alice]", '"a:b"]'),
      "is wrong at line 14, policy.use.1: “a:b” is neither a user (alice), nor a group ('%students'), nor everybody ('*').",
    ],
    [
      typical.replace("192.0.2.1/24", "192.168.194.129/25"),
      "is wrong at line 10, networks.closed: “192.168.194.129/25” is not what can stand here (other than lab).",
    ],
    [
      typical.replace("reach: isolated", "switch: vswitch0"),
      "is wrong at line 10, networks.closed: “vswitch0” is not what can stand here (other than lab).",
    ],
    [
      typical.replace("reach: isolated", "switch: eth0"),
      "is wrong at line 11, networks.closed.switch: “eth0” is not a name that can be given here.",
    ],
    [
      typical.replace("  lab:", "  Lab:"),
      "is wrong at line 4, networks.Lab: “Lab” is not a name that can be given here.",
    ],
    [`${typical}policy: {}\n`, "cannot be read: line 16: “policy” stands here a second time."],
    [typical.replace("    max", "\tmax"), "cannot be read: line 6: a tab is not allowed"],
    ["networks: {lab: {address: 192.0.2.1/24}\n", "cannot be read: line 1:"],
    ["networks: {}\n---\nnetworks: {}\n", "cannot be read: line 2:"],
  ])("%#", (text, expected) => {
    const sentence = said(text);
    if (sentence !== expected) expect(sentence.slice(0, expected.length)).toBe(expected);
  });

  test("in French too", () => {
    const error = thrown(() => parseDocument(typical.replace("max: 50", "max: 5000")));
    expect(errorText(error, "fr").message).toContain(
      " à la ligne 6, networks.lab.max : « 5000 » n'est pas un nombre entre 1 et 1000.",
    );
  });

  // These names are properties of every object: read as keys they must not vanish.
  test.each(["constructor", "prototype", "__proto__"])("a network named %s is not passed over in silence", (name) => {
    const text = `networks: {${name}: {address: 192.0.2.1/24}}`;
    const outcome = (() => {
      try {
        return String(parseDocument(text).networks.map((one) => one.name));
      } catch (error) {
        return error instanceof TarrError ? error.class : "another error";
      }
    })();
    expect([name, "document"]).toContain(outcome);
  });

  test("nothing in an error can move a terminal's cursor", () => {
    const escape = "\\x1b[2J";
    for (const text of [
      `networks: {"${escape}": {address: 192.0.2.1/24}}`,
      `networks: {lab: {address: "192.0.2.1/${escape}"}}`,
      `networks: {lab: {address: 192.0.2.1/24, reach: "${escape}"}}`,
      `networks: {lab: {address: 192.0.2.1/24, range: "192.0.2.1-192.0.2.${escape}"}}`,
      `policy: {use: ["${escape}"]}\nnetworks: {}`,
    ]) {
      expect(said(text)).not.toMatch(/\p{C}/u);
    }
  });
});

describe("YAML's own traps", () => {
  const bomb = ["a: &a [x,x,x,x,x,x,x,x,x,x]"]
    .concat(
      ["b", "c", "d", "e", "f", "g", "h"].map(
        (name, index) => `${name}: &${name} [${`*${"abcdefg".charAt(index)},`.repeat(10)}]`,
      ),
    )
    .join("\n");

  test.each([
    ["a billion laughs", `${bomb}\nnetworks: *h\n`],
    ["an alias of nothing", "networks: *nothing\n"],
    ["an alias of itself", "networks: &n {lab: *n}\n"],
    ["a tag for a program's own type", "networks: !!js/function 'function () {}'\n"],
    ["a deep nest", `networks: ${"[".repeat(5000)}\n`],
    ["a number that is none", "networks: {lab: {address: 192.0.2.1/24, max: .nan}}"],
    ["a date", "networks: {lab: {address: 2001-01-01}}"],
  ])("%s is a wrong document, and quickly", (_, text) => {
    const start = performance.now();
    expect(thrown(() => parseDocument(text)).class).toBe("document");
    expect(performance.now() - start).toBeLessThan(500);
  });

  test("an alias that is what it seems is taken", () => {
    const text = "policy: {use: &who ['%labo'], administer: *who}\nnetworks: {}\n";
    expect(parseDocument(text).policy).toMatchObject({ use: ["%labo"], administer: ["%labo"] });
  });
});

describe("who may what", () => {
  const policy = (grantee: string) =>
    parseDocument(`networks: {}\npolicy: {use: [${JSON.stringify(grantee)}]}\n`).policy;

  test.each([
    "*",
    "alice",
    "%labo",
    "%domain users",
    "%Étudiants L3",
    "DOM\\jmartin",
    "%DOM\\domain users",
    "j.martin@univ.fr",
    "21900123",
  ])("%j may be named", (grantee) => {
    expect(policy(grantee).use).toEqual([grantee]);
  });

  test.each(["", "%", "%%a", "-x", " a", "a ", "% a", "a:b", "a,b", "a\nb", "a\0b", "**", `a${"b".repeat(300)}`])(
    "%j may not",
    (grantee) => {
      expect(thrown(() => policy(grantee)).class).toBe("document");
    },
  );
});

describe("editDocument", () => {
  const lab = parseDocument(typical).networks[0];
  if (lab === undefined) throw new Error("no network");

  test("changes the one line, and no comment, order or quote", () => {
    expect(editDocument(typical, lab.name, { address: "192.168.195.1/24" })).toBe(
      typical.replace("192.168.194.1/24   #", "192.168.195.1/24 #"),
    );
  });

  test("adds what was not said, behind what is", () => {
    expect(editDocument(typical, lab.name, { reach: "routed", dhcp: "off" })).toContain(
      "    max: 50\n    reach: routed\n    dhcp: false\n",
    );
  });

  test("the edited document means what was asked for", () => {
    for (const setting of [
      "address=10.0.0.1/8",
      "max=7",
      "dhcp=off",
      "domain=tp.internal",
      "range=192.168.194.2-192.168.194.3",
    ]) {
      const wanted = changeNetwork(lab, [parseSetting(setting)]);
      const edited = editDocument(typical, lab.name, changedSettings(lab, wanted));
      expect(parseDocument(edited).networks[0]).toEqual(wanted);
    }
  });

  test("writes no more than what differs", () => {
    const wanted = changeNetwork(lab, [parseSetting("reach=isolated")]);
    expect(changedSettings(lab, wanted)).toEqual({ reach: "isolated" });
    expect(changedSettings(lab, lab)).toEqual({});
  });

  test("a broken document is not edited", () => {
    expect(codeOf(() => editDocument("networks: [", lab.name, { max: "7" }))).toBe("document-syntax");
  });
});

test.each([
  ["networks: [", "yaml-closing", "1"],
  ["networks:\n\tlab: {}\n", "yaml-tab", "2"],
  ["networks: {}\nnetworks: {}\n", "key-twice", "2"],
  ["networks: *lab\n", "yaml-alias-unknown", "1"],
  ['networks: "lab\n', "yaml-quote", "1"],
])("what YAML has against %j is told by a sentence of ours", (text, reason, line) => {
  expect(thrown(() => parseDocument(text)).values).toMatchObject({ reason, line });
});

test("2000 mutilated documents: each is read or refused as a document, and none takes long", () => {
  const pieces = [
    "",
    "\n",
    "\t",
    "  ",
    ":",
    "-",
    "[",
    "]",
    "{",
    "}",
    "&a",
    "*a",
    "!!map",
    "? ",
    "|",
    ">",
    "#",
    '"',
    "'",
    "%",
    "\0",
    "é",
    "\u2028",
    "---\n",
    "/33",
    "-1",
    "null",
    "1e999",
    "0x1f",
    "<<: ",
  ] as const;
  let read = 0;
  for (let seed = 0; seed < 2000; seed += 1) {
    const random = seeded(seed);
    let text = typical;
    for (let times = random.below(4); times >= 0; times -= 1) {
      const at = random.below(text.length);
      const behind = at + (random.chance(0.5) ? 0 : random.below(12));
      text = text.slice(0, at) + random.pick(pieces) + text.slice(behind);
    }
    // The processor's time, not the clock's: what else this computer does is no matter of the parser's.
    const start = process.cpuUsage();
    const outcome = classOf(text);
    const { user, system } = process.cpuUsage(start);
    if (outcome !== "read" && outcome !== "document") throw new Error(`seed ${seed}: ${outcome}`);
    expect((user + system) / 1000).toBeLessThan(100);
    if (outcome === "read") read += 1;
  }
  // Were all of them refused, or none, this test would test nothing.
  expect(read).toBeGreaterThan(50);
  expect(read).toBeLessThan(1950);
}, 60_000);

function classOf(text: string): string {
  try {
    parseDocument(text);
    return "read";
  } catch (error) {
    return error instanceof TarrError ? error.class : String(error);
  }
}
