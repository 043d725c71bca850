import { describe, expect, test } from "bun:test";
import { recorded } from "../../../test/unit/recorded.ts";
import { parseDocument } from "../../model/document.ts";
import { subnetOf } from "../../model/address.ts";
import type { Mac } from "../../model/names.ts";
import { isMac } from "../../model/names.ts";
import type { RuleSet } from "../../plan/desired.ts";
import { resolveReach } from "../../plan/uplink.ts";
import { findNeighbours } from "./neighbours.ts";
import { judgeRules } from "./observe.ts";
import { renderNoRules, renderRules } from "./render.ts";
import { parseRuleset } from "./ruleset.ts";

function mac(text: string): Mac {
  if (!isMac(text)) throw new Error(text);
  return text;
}

/** The rules of these networks: what the recorded table was made of. */
function rules(yaml: string): RuleSet {
  const { networks } = parseDocument(yaml);
  return {
    networks: networks.map((network) => ({
      switch: network.switch,
      subnet: subnetOf(network.address),
      reach: resolveReach(network, []).reach,
      gateway: { mac: mac("02:00:00:00:00:01"), address: network.address.address },
      lan: [],
    })),
    owners: [],
    splices: [],
    closed: [],
  };
}

const three = rules(`networks:
  lab: {address: 192.168.194.1/24}
  closed: {address: 192.0.2.1/24, reach: isolated}
  open: {address: 198.51.100.1/25, reach: routed}
`);
const listing = recorded("nft-list-ruleset.json");

describe("the table that nft lists", () => {
  test("is ours as long as it is just what we set", () => {
    expect(judgeRules(parseRuleset(listing), three)).toEqual(three);
  });

  test("is altered by a rule more", () => {
    expect(judgeRules(parseRuleset(recorded("nft-list-ruleset-altered.json")), three)).toBe("altered");
  });

  test("is altered by a rule less", () => {
    const { nftables } = JSON.parse(listing) as { nftables: { rule?: unknown }[] };
    const first = nftables.findIndex((item) => item.rule !== undefined);
    expect(judgeRules(parseRuleset(JSON.stringify({ nftables: nftables.toSpliced(first, 1) })), three)).toBe("altered");
  });

  test("is altered when our file says something else, or is gone", () => {
    expect(judgeRules(parseRuleset(listing), { ...three, networks: three.networks.slice(0, 2) })).toBe("altered");
    expect(judgeRules(parseRuleset(listing), null)).toBe("altered");
  });

  test("is none when there is no table of ours", () => {
    expect(judgeRules(parseRuleset(recorded("nft-neighbours.json")), three)).toBeNull();
  });

  test("that cannot be understood is unknown, not empty", () => {
    expect(() => parseRuleset('{"nftables": 1}')).toThrow();
    expect(() => parseRuleset("")).toThrow();
  });
});

describe("others' chains in our machines' way", () => {
  test("are those that drop and are made by a program; an administrator's own are told apart", () => {
    const found = findNeighbours(parseRuleset(recorded("nft-neighbours.json")));
    expect(found.map((one) => [one.by, one.family, one.table, one.chain, one.hook, one.passes])).toEqual([
      ["Docker", "ip", "filter", "FORWARD", "forward", false],
      ["Docker", "ip", "filter", "INPUT", "input", false],
      [null, "inet", "filter", "forward", "forward", false],
      ["firewalld", "inet", "firewalld", "filter_FORWARD", "forward", false],
    ]);
  });

  test("firewalld's are closed to others where it owns its table, and none once it has read our zone", () => {
    const table = { family: "inet", name: "firewalld", flags: ["owner", "persist"] };
    const chain = { family: "inet", table: "firewalld", name: "filter_FORWARD", type: "filter", hook: "forward" };
    const rule = { family: "inet", table: "firewalld", chain: "filter_FORWARD", handle: 7, expr: [] };
    const zone = { family: "inet", table: "firewalld", name: "filter_IN_tarr-steps" };
    const found = (...objects: readonly object[]) =>
      findNeighbours(parseRuleset(JSON.stringify({ nftables: objects })));
    expect(found({ table }, { chain: { ...chain, policy: "accept" } }, { rule })).toMatchObject([
      { by: "firewalld", passes: false, closed: true },
    ]);
    expect(found({ table }, { chain: { ...chain, policy: "accept" } }, { chain: zone }, { rule })).toEqual([]);
  });

  test("are none in a ruleset that is ours alone", () => {
    expect(findNeighbours(parseRuleset(listing))).toEqual([]);
  });
});

describe("the text for nft", () => {
  const text = (yaml: string) => renderRules(rules(yaml)).text;
  /** Without what binds guests to their addresses, which no reach changes. */
  const routing = (yaml: string) => text(yaml).split("table bridge tarr_steps {")[0] ?? "";

  test("replaces our tables in one transaction, and touches no other", () => {
    expect(renderRules(three).text).toStartWith(renderNoRules());
    expect(renderNoRules()).toBe(
      ["inet", "bridge", "netdev"].map((one) => `table ${one} tarr_steps\ndelete table ${one} tarr_steps\n`).join(""),
    );
    const named = [...renderRules(three).text.matchAll(/table (\w+ \w+)/g)].map(([, name]) => name);
    const [inet, bridge, netdev] = ["inet tarr_steps", "bridge tarr_steps", "netdev tarr_steps"];
    expect(named).toEqual([inet, inet, bridge, bridge, netdev, netdev, inet, bridge]);
  });

  const foreign = '\t\tiifname "vswitch0" oifname != "vswitch0" ip saddr != { 192.168.194.0/24 } drop';

  test("of nat masquerades what leaves the subnet, and drops only what speaks as somebody else", () => {
    const nat = routing("networks: {lab: {address: 192.168.194.1/24}}");
    expect(nat).toContain('ip saddr 192.168.194.0/24 ip daddr != 192.168.194.0/24 oifname != "vswitch0" masquerade');
    expect(nat.match(/.*drop/g)).toEqual([foreign]);
  });

  test("of routed does not masquerade, and drops the same", () => {
    const routed = routing("networks: {lab: {address: 192.168.194.1/24, reach: routed}}");
    expect(routed).not.toContain("masquerade");
    expect(routed.match(/.*drop/g)).toEqual([foreign]);
    expect(routed).toContain("maxseg size set rt mtu");
  });

  test("of isolated drops both ways, and only what would leave the switch", () => {
    expect(routing("networks: {lab: {address: 192.168.194.1/24, reach: isolated}}").match(/.*drop/g)).toEqual([
      '\t\tiifname "vswitch0" oifname != "vswitch0" drop',
      '\t\toifname "vswitch0" iifname != "vswitch0" drop',
    ]);
  });

  test("has a fingerprint that any difference changes", () => {
    const reaches = ["isolated", "nat", "routed"].map((reach) => `reach: ${reach}`);
    const addresses = ["192.168.194.1/24", "192.168.194.1/25", "192.168.195.1/24"];
    const all = reaches.flatMap((reach) =>
      addresses.map((address) => renderRules(rules(`networks: {lab: {address: ${address}, ${reach}}}`)).text),
    );
    expect(new Set(all).size).toBe(9);
    expect(new Set(all.map((one) => /made_\w+/.exec(one)?.[0])).size).toBe(9);
  });
});
