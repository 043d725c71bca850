import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { macFor } from "../../src/labs/addresses.ts";
import { parseLab } from "../../src/labs/parse.ts";
import { parseMachineName } from "../../src/model/names.ts";
import { wrongLabs } from "../unit/wrong-labs.ts";
import { picture } from "./kernel.ts";
import type { User } from "./stage.ts";
import { Stage } from "./stage.ts";

setDefaultTimeout(120_000);

let stage: Stage | null = null;
async function open(): Promise<Stage> {
  stage = await Stage.open();
  return stage;
}
afterEach(async () => {
  await stage?.destroy();
  stage = null;
});

type Fault = { readonly line: number; readonly value: string; readonly rule: string };
type Told = { readonly error?: { readonly faults?: readonly Fault[] } };

/** How a command about a lab file of a user's ended, and each of the faults that it told. */
async function judged(host: Stage, words: string, text: string) {
  const user: User = "etu";
  await host.must(`mkdir -p /tmp/${user} && cat >/tmp/${user}/tp.yaml`, { stdin: text, user });
  const env = { LANG: "C", HOME: `/tmp/${user}`, XDG_DATA_HOME: `/tmp/${user}/data` };
  const line = `cd /tmp/${user} && tarr-steps ${words} --json`;
  const { code, stdout, stderr } = await host.sh(line, { user, env });
  const { error } = JSON.parse(code === 0 ? stdout : stderr) as Told;
  return { code, faults: (error?.faults ?? []).map(({ line: at, value, rule }) => [at, value, rule]) };
}

/** What the service would refuse, each with its place in the file. */
const refused: readonly (readonly [string, string, readonly (readonly [number, string, string])[]])[] = [
  [
    "subnets that users may not have",
    "networks:\n  a: {subnet: 203.0.113.0/24}\n  b:\n    address: 10.0.0.1/12\nmachines:\n  web: {}\n",
    [
      [2, "203.0.113.1/24", "denied-subnet"],
      [4, "10.0.0.1/12", "denied-subnet"],
    ],
  ],
  [
    "a subnet of another network, one that the host reaches otherwise, and a name that is taken",
    "networks:\n  a: {subnet: 192.168.194.128/25}\n  b: {subnet: 10.50.0.0/25}\n  evenet: {}\nmachines:\n  web: {}\n",
    [
      [2, "192.168.194.129/25", "subnet-of-network"],
      [3, "10.50.0.1", "subnet-taken"],
      [4, "evenet", "lab-network-others"],
    ],
  ],
  [
    "settings that are an administrator's",
    "networks:\n  a:\n    domain: lab.internal\nmachines:\n  web: {}\n",
    [[3, "lab.internal", "denied-setting"]],
  ],
  [
    "more networks than one user may make",
    `networks:\n${[1, 2, 3, 4, 5].map((number) => `  n${number}: {}\n`).join("")}machines:\n  web: {}\n`,
    [[6, "n5", "lab-networks-many"]],
  ],
  [
    "more machines than one user may have",
    `machines:\n${Array.from({ length: 34 }, (_, index) => `  m${index}: {}\n`).join("")}`,
    [[34, "m32", "lab-ports-many"]],
  ],
  [
    "host parts on the first network that others have, or nobody can have",
    [
      "machines:",
      "  taken: {}",
      "  b: {nics: [{network: lab, host: 30}]}",
      "  c: {nics: [{network: lab, host: 300}]}",
      "  d:",
      "    nics:",
      "      - network: lab",
      "        host: 1",
      "",
    ].join("\n"),
    [
      [3, "192.168.194.30", "host-taken"],
      [4, "300", "host-unusable"],
      [8, "1", "host-unusable"],
    ],
  ],
];

test("what the service would refuse is told beforehand, all of it, with its lines; nothing is changed", async () => {
  const host = await open();
  await host.must("ip route add 10.50.0.0/24 via 198.51.100.1");
  await host.cli(["network", "create", "evenet"], { user: "eve" });
  await host.as("eve", "CreatePort", { network: "lab", name: "taken", kind: "qemu", host: 30 });
  const before = await picture(host);
  for (const words of ["lab check tp.yaml", "lab up tp.yaml --dry-run", "lab up tp.yaml"]) {
    for (const [name, text, faults] of refused) {
      const told = await judged(host, words, text);
      expect({ words, name, ...told }).toEqual({ words, name, code: 65, faults: faults.map((one) => [...one]) });
    }
  }
  // What an administrator is told to type is a command, not the place in the file.
  await judged(host, "lab check tp.yaml", "networks: {a: {domain: lab.internal}}\nmachines: {web: {}}\n");
  const env = { LANG: "C", HOME: "/tmp/etu", XDG_DATA_HOME: "/tmp/etu/data" };
  const { stderr } = await host.sh("tarr-steps lab check /tmp/etu/tp.yaml", { user: "etu", env });
  expect(stderr).toContain("tarr-steps network set a domain=lab.internal");
  expect(await picture(host)).toBe(before);
  const { networks } = await host.call("ListNetworks", {});
  expect(networks).toEqual(["lab", "evenet"]);
  expect((await host.call("ListPorts", {})).ports.map((port) => port.name)).toEqual(["taken"]);
});

test("a file that is good is made as it is foreseen, up to the last network and port", async () => {
  const host = await open();
  const networks = Array.from({ length: 4 }, (_, index) => ({ network: `n${index}`, subnet: null, settings: [] }));
  const ports = Array.from({ length: 32 }, (_, index) => ({
    ...{ network: `n${index % 4}`, name: `m${index}`, kind: "qemu", host: index === 9 ? 10 : null },
  }));
  const request = { deletedNetworks: [], deletedPorts: [], networks, ports };
  expect((await host.as("etu", "Foresee", request)).refusals).toEqual([]);
  for (const one of networks) await host.as("etu", "CreateNetwork", { ...one, shared: false });
  for (const one of ports.toSorted((one, other) => Number(other.host) - Number(one.host))) {
    await host.as("etu", "CreatePort", one);
  }
  // All is there now: the same is refused, unless what is there goes first.
  const { refusals } = await host.as("etu", "Foresee", request);
  expect(new Set(refusals.map(({ code }) => code))).toEqual(
    new Set(["lab-networks-many", "network-exists", "lab-ports-many", "name-taken"]),
  );
  const there = (await host.call("ListPorts", {})).ports.map(({ id }) => id);
  const again = { ...request, deletedNetworks: networks.map(({ network }) => network), deletedPorts: there };
  expect((await host.as("etu", "Foresee", again)).refusals).toEqual([]);
  // A network that others still are on is not deleted.
  const kept = { ...again, deletedPorts: there.slice(1), networks: [], ports: [] };
  expect((await host.as("etu", "Foresee", kept)).refusals).toMatchObject([
    { of: "deletion", index: 1, code: "network-in-use" },
  ]);
});

test("each wrong file is refused by the command line as well, with all that is wrong with it", async () => {
  const host = await open();
  for (const { name, text, faults } of wrongLabs) {
    const told = await judged(host, "lab check tp.yaml", text);
    expect({ name, code: told.code }).toEqual({ name, code: 65 });
    // The service may refuse more of what is sound.
    for (const one of faults) expect(told.faults, name).toContainEqual([...one]);
  }
  const good = "networks:\n  dmz: {subnet: 10.11.0.0/29}\nmachines:\n  a: {nics: [{network: dmz, host: 6}]}\n  b: {}\n";
  expect(await judged(host, "lab check tp.yaml", good)).toEqual({ code: 0, faults: [] });
  expect(await judged(host, "lab up tp.yaml --dry-run", good)).toEqual({ code: 0, faults: [] });
});

test("what the file alone is wrong with is told together with what the service would refuse", async () => {
  const host = await open();
  const text = [
    ...["machines:", "  a: {nics: [{network: lab, host: 300}], memroy: 128}", "  b: {provider: virtualbox}"],
    ...["  c: {after: [d]}", ""],
  ].join("\n");
  for (const words of ["lab check tp.yaml", "lab up tp.yaml --dry-run"]) {
    expect(await judged(host, words, text)).toEqual({
      code: 65,
      faults: [
        [2, "memroy", "lab-key-unknown"],
        [2, "300", "host-unusable"],
        [3, "virtualbox", "provider-missing"],
        [4, "d", "lab-no-machine"],
      ],
    });
  }
});

test("a lab that another user of this computer has made would have the same MACs: that is told, and a name of its own helps", async () => {
  const host = await open();
  const { lab } = parseLab("tp.yaml", "machines:\n  web: {}\n");
  const card = { lab: lab.name, machine: parseMachineName("web"), index: 0 };
  const { computer } = await host.call("GetStatus", {});
  const mac = macFor(card, { provider: "qemu", prefix: "52:54:00" }, computer);
  await host.as("eve", "CreatePort", { network: "lab", name: "theirs", kind: "qemu", mac });
  const text = "machines:\n  web: {provider: qemu}\n";
  for (const words of ["lab check tp.yaml", "lab up tp.yaml --dry-run"]) {
    expect(await judged(host, words, text)).toEqual({ code: 65, faults: [[2, mac, "lab-mac-taken"]] });
    expect(await judged(host, words, `name: tp-2\n${text}`)).toEqual({ code: 0, faults: [] });
  }
});

test("a MAC that somebody on the LAN has is told beforehand, as the port would be refused", async () => {
  const host = await open();
  const { lab } = parseLab("tp.yaml", "machines:\n  web: {}\n");
  const { computer } = await host.call("GetStatus", {});
  const mac = macFor(
    { lab: lab.name, machine: parseMachineName("web"), index: 0 },
    { provider: "qemu", prefix: "52:54:00" },
    computer,
  );
  await host.must(`ip neigh replace 198.51.100.77 lladdr ${mac} dev eth0`);
  const text = "machines:\n  web: {provider: qemu}\n";
  expect(await judged(host, "lab check tp.yaml", text)).toEqual({ code: 65, faults: [[2, mac, "lab-mac-elsewhere"]] });
  expect(await judged(host, "lab check tp.yaml", `name: tp-2\n${text}`)).toEqual({ code: 0, faults: [] });
});

test("a lab that is made on one computer by two users is told to the second, and the copy that he is told to make is good", async () => {
  const host = await open();
  const file = join(import.meta.dir, "../../labs/router.yaml");
  for (const network of ["front", "back"]) await host.cli(["network", "create", network], { user: "eve" });
  const env = { LANG: "C", HOME: "/tmp/etu", XDG_DATA_HOME: "/tmp/etu/data" };
  await host.must("mkdir -p /tmp/etu && rm -f /tmp/etu/router-*.yaml", { user: "etu" });
  const first = await host.sh(`cd /tmp/etu && tarr-steps lab check ${file}`, { user: "etu", env });
  expect(first.stderr).toContain("eve has a network front on this computer");
  const copy = /names of its own: (sed .*)/.exec(first.stderr)?.[1] ?? "";
  expect(copy).toContain("s/\\bfront\\b/front-2/g; s/\\bback\\b/back-2/g");
  expect(await host.sh(`cd /tmp/etu && ${copy}`, { user: "etu", env })).toMatchObject({ code: 0 });
});

test("each lab that comes with the package is taken, by the service too", async () => {
  const host = await open();
  const folder = join(import.meta.dir, "../../labs");
  const files = (await readdir(folder)).filter((name) => name.endsWith(".yaml"));
  expect(files.length).toBeGreaterThan(3);
  for (const file of files) {
    const { code, stdout, stderr } = await host.sh(`tarr-steps lab check ${join(folder, file)} --json`, {
      user: "etu",
      env: { LANG: "C", HOME: "/tmp/etu", XDG_DATA_HOME: "/tmp/etu/data" },
    });
    // Of one that is for a hypervisor which is not here, that alone.
    const { error } = JSON.parse(code === 0 ? stdout : stderr) as Told;
    const rules = (error?.faults ?? []).map(({ rule }) => rule).filter((rule) => rule !== "provider-missing");
    expect({ file, rules }).toEqual({ file, rules: [] });
    expect(code === 0 || (error?.faults ?? []).length > 0).toBe(true);
  }
});
