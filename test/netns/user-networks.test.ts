import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { Guest, lookUp, reaches } from "./guest.ts";
import { addresses, hasCarrier, link, linkNames, picture } from "./kernel.ts";
import type { LineOptions } from "./stage.ts";
import { codeOf, Stage } from "./stage.ts";

setDefaultTimeout(60_000);

let stage: Stage | null = null;
async function open(): Promise<Stage> {
  stage = await Stage.open();
  return stage;
}
afterEach(async () => {
  await stage?.destroy();
  stage = null;
});

const etu: LineOptions = { user: "etu" };
const eve: LineOptions = { user: "eve" };
const create = ["network", "create", "dmz", "--subnet", "10.11.0.0/24", "--reach", "isolated"];
const french = { LC_ALL: "fr_FR.UTF-8" };

/** How a command ended, and what it printed of it. */
async function told(host: Stage, words: readonly string[], how: LineOptions): Promise<string> {
  const { code, stdout, stderr } = await host.cli(words, how);
  return `${code} ${stdout}${stderr}`;
}

test("an ordinary user makes a network of their own, machines on it get address and name, and it is deleted", async () => {
  const host = await open();
  const before = await picture(host);
  expect(await told(host, create, etu)).toBe(
    "0 The network dmz is up: 10.11.0.1/24 on vswitch1, isolated. A machine on it: tarr-steps machine create web --network dmz --start\n",
  );
  const bridge = await link(host, "vswitch1");
  expect([addresses(bridge), hasCarrier(bridge)]).toEqual([["10.11.0.1/24"], true]);
  expect(JSON.parse((await host.cli(["network", "list", "--json"], eve)).stdout)).toMatchObject({
    networks: [
      { name: "lab", owner: null, uid: null },
      { name: "dmz", owner: "etu", uid: 3001, state: "up", reach: "isolated", uplink: null },
    ],
  });
  const { port } = await host.as("etu", "CreatePort", { network: "dmz", name: "web", kind: "lxc" });
  const guest = await Guest.plug(host, "web", { mac: port.mac, device: "veth3001_web", on: "vswitch1" });
  expect((await guest.dhcp()).address).toBe(port.reserved);
  expect(port.reserved).toStartWith("10.11.0.");
  expect(lookUp(await guest.sh("busybox nslookup -type=a web.dmz.internal 10.11.0.1"))).toEqual([port.reserved]);
  expect(await reaches(host, {}, port.reserved)).toBe(true);
  expect(await reaches(host, { at: "peer" }, port.reserved)).toBe(false);
  expect(await told(host, ["network", "delete", "dmz"], etu)).toContain(
    "1 tarr-steps: The network dmz still has machines on it (web)",
  );
  await host.as("etu", "DeletePort", { id: port.id });
  await host.must("ip link delete veth3001_web; ip netns delete web");
  expect(await told(host, ["network", "delete", "dmz"], { ...etu, env: french })).toBe(
    "0 Le réseau dmz est supprimé.\n",
  );
  expect(await picture(host)).toBe(before);
  expect(await host.planCode()).toBe(0);
});

test("others may neither change it nor plug in; administrators may", async () => {
  const host = await open();
  await host.cli(create, etu);
  const before = await picture(host);
  for (const words of [
    ["set", "dmz", "reach=nat"],
    ["stop", "dmz"],
    ["start", "dmz"],
    ["delete", "dmz"],
  ]) {
    expect(await told(host, ["network", ...words], eve)).toContain(
      "77 tarr-steps: The network dmz belongs to another user: eve may",
    );
  }
  expect(await told(host, ["network", "set", "dmz", "reach=nat"], { ...eve, env: french })).toContain(
    "77 tarr-steps: Le réseau dmz est à quelqu'un d'autre : eve ne peut ni le changer",
  );
  const port = host.as("eve", "CreatePort", { network: "dmz", name: "vm", kind: "qemu" });
  expect(await port.then(() => "", codeOf)).toBe("denied-network");
  expect(await picture(host)).toBe(before);
  expect(host.said).toMatch(/uid=3002 user=eve network set reach=nat dmz: refused/);
  expect(await told(host, ["network", "set", "dmz", "reach=nat"], { user: "prof" })).toStartWith("0 ");
  expect(await told(host, ["network", "set", "lab", "reach=isolated"], etu)).toStartWith("77 ");
});

test("what cannot be made is refused with its own sentence and exit code, and changes nothing", async () => {
  const host = await open();
  await host.must("ip route add 10.50.0.0/24 via 198.51.100.1");
  const before = await picture(host);
  const refused: readonly (readonly [readonly string[], string])[] = [
    [
      ["--subnet", "192.168.194.128/25"],
      "64 tarr-steps: 192.168.194.129/25 overlaps the network lab (192.168.194.0/24).",
    ],
    [
      ["--subnet", "10.50.0.0/25"],
      "64 tarr-steps: 10.50.0.1 is in a subnet that this computer already reaches by eth0 (10.50.0.0/24)",
    ],
    [
      ["--subnet", "203.0.113.0/24"],
      "77 tarr-steps: etu may not take 203.0.113.1/24: users' networks are in 10.0.0.0/8",
    ],
    [
      ["--subnet", "10.11.0.9/24"],
      "64 tarr-steps: “10.11.0.9/24” is not a subnet.\n  → Write it like this: --subnet 10.11.0.0/24",
    ],
    [["--subnet", "$(reboot)"], "64 tarr-steps: “$(reboot)” is not a subnet."],
    [
      ["--reach", "proxy-arp"],
      "77 tarr-steps: etu may not set reach=proxy-arp on a network of one's own.\n  → Possible here: isolated, nat, routed. An administrator (%tarr-steps-admin) may: tarr-steps network set dmz reach=proxy-arp",
    ],
    [["--reach", "far"], "64 tarr-steps: There is no reach “far”."],
    [["domain=lab.internal"], "77 tarr-steps: etu may not set domain=lab.internal on a network of one's own."],
    [["--shared"], "77 tarr-steps: etu may not change networks"],
  ];
  for (const [words, sentence] of refused) {
    expect(await told(host, ["network", "create", "dmz", ...words], etu)).toStartWith(sentence);
  }
  expect(await told(host, ["network", "create", "lab"], etu)).toStartWith(
    "1 tarr-steps: There is a network lab already.",
  );
  expect(await picture(host)).toBe(before);
  await host.must("sed -i 's/networks: 4/networks: 1/' /etc/tarr-steps/tarr-steps.yaml");
  expect(await told(host, create, etu)).toStartWith("0 ");
  expect(await told(host, ["network", "create", "two"], etu)).toStartWith(
    "77 tarr-steps: A user may make 1 network here, and etu has dmz.",
  );
  expect(await told(host, ["network", "create", "two"], eve)).toContain("192.168.253.1/24 on vswitch2");
});

test("it outlives the service, killed; and a list that is damaged is named and leaves the switches as they are", async () => {
  const host = await open();
  await host.cli(create, etu);
  await host.as("etu", "CreatePort", { network: "dmz", name: "vm", kind: "qemu" });
  const before = await picture(host);
  await host.stop({ kill: true });
  await host.start();
  expect(await picture(host)).toBe(before);
  await host.stop();
  await host.must("head -c 300 /dev/urandom >/var/lib/tarr-steps/networks.json");
  await host.start();
  for (const words of [
    ["network", "reload"],
    ["network", "set", "dmz", "reach=nat"],
    ["network", "create", "two"],
  ]) {
    expect(await told(host, words, {})).toStartWith(
      "1 tarr-steps: The file /var/lib/tarr-steps/networks.json cannot be read",
    );
  }
  expect(await picture(host)).toBe(before);
  await host.must("rm /var/lib/tarr-steps/networks.json");
  expect((await host.cli(["network", "reload"])).code).toBe(0);
  expect(await told(host, ["network", "set", "dmz", "reach=nat"], etu)).toStartWith("0 ");
  expect(await host.planCode()).toBe(0);
});

test("a document that has its name, subnet or switch later is refused, and nothing is adopted", async () => {
  const host = await open();
  await host.cli(create, etu);
  const before = await picture(host);
  const document = await host.read("/etc/tarr-steps/tarr-steps.yaml");
  const added = [
    "  dmz:\\n    address: 10.99.0.1/24\\n    switch: vswitch7",
    "  two:\\n    address: 10.11.0.129/25\\n    switch: vswitch7",
    "  two:\\n    address: 10.99.0.1/24",
  ];
  for (const lines of added) {
    await host.must(`sed -i 's/^policy:/${lines.replaceAll("/", "\\/")}\\n&/' /etc/tarr-steps/tarr-steps.yaml`);
    const reload = await host.cli(["network", "reload", "--json"]);
    expect([reload.code, JSON.parse(reload.stderr)]).toMatchObject([65, { error: { code: "network-clash" } }]);
    expect((await host.cli(["status"], etu)).stdout).toContain("neither takes it from the other");
    expect((await host.cli(["doctor", "--json"], etu)).stdout).toContain('"id":"networks","status":"fail"');
    expect(await picture(host)).toBe(before);
    await host.exec(["tee", "/etc/tarr-steps/tarr-steps.yaml"], { stdin: document });
  }
  expect(await linkNames(host)).not.toContain("vswitch7");
  expect(await host.planCode()).toBe(0);
});

test("root's network is everybody's, in the document", async () => {
  const host = await open();
  expect(await told(host, ["network", "create", "two", "--address", "192.0.2.1/24"], {})).toStartWith("0 ");
  expect(await host.read("/etc/tarr-steps/tarr-steps.yaml")).toContain(
    "  two:\n    switch: vswitch1\n    address: 192.0.2.1/24\n",
  );
  await host.as("eve", "CreatePort", { network: "two", name: "vm", kind: "qemu" });
  expect(await host.planCode()).toBe(0);
});
