import { describe, expect, test } from "bun:test";
import { codeOf } from "../../test/unit/thrown.ts";
import { parseSwitchAddress } from "./address.ts";
import { firstDocument, parseDocument } from "./document.ts";
import { parseWishes, wishedDocument, wishesOfLxcNet } from "./first-document.ts";

describe("what the prototype had in /etc/default/lxc-net", () => {
  const prototype = `# comment
USE_LXC_BRIDGE="true"
LXC_BRIDGE="vswitch0"
LXC_ADDR="192.168.50.1"
LXC_NETMASK="255.255.255.0"
LXC_NETWORK="192.168.50.0/24"
LXC_DHCP_RANGE="192.168.50.20,192.168.50.60"
LXC_DHCP_MAX="41"
`;
  test("is its address, range and maximum", () => {
    expect(wishesOfLxcNet(prototype)).toEqual({
      address: "192.168.50.1/24",
      range: "192.168.50.20-192.168.50.60",
      max: "41",
    });
  });

  test.each([
    ["", null],
    ['USE_LXC_BRIDGE="true"\n', null],
    ["LXC_ADDR=10.0.3.1\n", null],
    ["LXC_ADDR='10.9.0.1'  # ours\nLXC_NETMASK=255.255.0.0", { address: "10.9.0.1/16" }],
    ["LXC_ADDR=10.9.0.1\nLXC_ADDR=10.8.0.1", { address: "10.8.0.1/24" }],
    ["LXC_ADDR=10.9.0.1\nLXC_NETMASK=255.0.255.0", null],
    // What a shell would have to say is not asked of one.
    ["LXC_ADDR=$(hostname -I)", null],
    ['LXC_ADDR="`id`"', null],
    ["LXC_ADDR=10.9.0.1; touch /tmp/x", null],
    ["if true; then LXC_ADDR=10.9.0.1; fi", null],
  ])("%j", (text, expected) => {
    expect(wishesOfLxcNet(text)).toEqual(expected);
  });
});

describe("the first document", () => {
  const usual = parseSwitchAddress("192.168.194.1/24");

  test("is the usual one when nothing was asked for", () => {
    expect(wishedDocument(usual, {})).toBe(firstDocument(usual));
  });

  test("is as preseeded, with its comments", () => {
    const wishes = parseWishes(
      "address=10.20.0.1/24\nrange=10.20.0.50-10.20.0.99\nreach=routed\nuse=%domain users, alice\nadminister=%profs\n",
    );
    const text = wishedDocument(parseSwitchAddress("10.20.0.1/24"), wishes);
    expect(text).toContain("# What is wanted on this machine");
    const { networks, policy } = parseDocument(text);
    expect(networks).toMatchObject([
      { range: { first: "10.20.0.50", last: "10.20.0.99" }, max: 50, reach: "routed", name: "lab" },
    ]);
    expect(policy).toMatchObject({ use: ["%domain users", "alice"], administer: ["%profs"], ports: 32 });
  });

  test("keeps what fits when the wished subnet is taken", () => {
    const wishes = { address: "192.168.50.1/24", range: "192.168.50.20-192.168.50.60", max: "41" };
    const [network] = parseDocument(wishedDocument(usual, wishes)).networks;
    expect(network).toMatchObject({ address: usual, range: { first: "192.168.194.10" }, max: 41 });
  });

  test.each([
    [{ reach: "moon" }, "reach-invalid"],
    [{ range: "10.0.0.1-10.0.0.2" }, "range-outside"],
    [{ use: "a:b" }, "document-value"],
  ])("%j cannot be", (wishes, code) => {
    expect(codeOf(() => wishedDocument(usual, wishes))).toBe(code);
  });

  test("a key that is none is no wish", () => {
    expect(codeOf(() => parseWishes("adress=10.0.0.1/24"))).toBe("setting-unknown");
    expect(parseWishes("address=\nreach=\n")).toEqual({});
  });
});
