import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { MachineView } from "../../src/cli/machine-view.ts";
import type { Stage, User } from "./stage.ts";
import { home, openWithTiny } from "./tiny-home.ts";

// Machines with several network cards, by the command line of an ordinary user: real QEMU machines, under software
// emulation where there is no KVM.
setDefaultTimeout(240_000);

let host: Stage;

beforeAll(async () => {
  host = await openWithTiny();
  await as("etu", "network", "create", "dmz", "--subnet", "10.11.0.0/24", "--reach", "isolated");
});
afterAll(() => host.destroy());

/** What a command prints. @throws Error when it fails */
async function as(user: User, ...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await refused(user, ...words);
  if (code !== 0) throw new Error(`${words.join(" ")}: ${code} ${stderr}${stdout}`);
  return stdout;
}

function refused(user: User, ...words: readonly string[]) {
  const env = { LANG: "C", HOME: home, XDG_DATA_HOME: home, XDG_CACHE_HOME: home, USER: user };
  return host.cli(words, { user, env, timeout: 200_000 });
}

const create = (name: string, ...options: readonly string[]) =>
  as("etu", "machine", "create", name, "--provider", "qemu", ...options);
const show = async (name: string) => JSON.parse(await as("etu", "machine", "show", name, "--json")) as MachineView;
const addressesOf = async (name: string) => (await show(name)).nics.map((nic) => nic.address ?? "none");
const ports = async () => (await host.call("ListPorts", {})).ports.map((port) => port.fqdn).sort();

describe("a machine is made", () => {
  test("with a card on each network, and one on a network twice has two names there", async () => {
    await create("r2", "--nic", "network=lab", "--nic", "network=dmz", "--nic", "network=dmz");
    expect(await ports()).toEqual(["r2-2.dmz.internal", "r2.dmz.internal", "r2.lab.internal"]);
    const { nics } = await show("r2");
    expect(nics.map((nic) => `${nic.network} ${nic.name}`)).toEqual([
      "lab r2.lab.internal",
      "dmz r2.dmz.internal",
      "dmz r2-2.dmz.internal",
    ]);
    const list = await as("etu", "machine", "list");
    expect(list.trimEnd().split("\n")).toHaveLength(4);
    expect(await as("etu", "status")).toMatch(/dmz · vswitch1 .*\n│ .*\n├─ r2 .*\n└─ r2 /);
    await as("etu", "machine", "delete", "r2");
    expect(await ports()).toEqual([]);
  });

  test("with --network, which is short for the first card", async () => {
    await create("r2", "--network", "dmz", "--nic", "network=lab");
    expect((await show("r2")).nics.map((nic) => nic.network)).toEqual(["dmz", "lab"]);
    await as("etu", "machine", "delete", "r2");
  });

  test.each([
    [["--nic", "dmz"], 64, "“dmz” does not say on which network a card is."],
    [["--nic", "network=../x"], 64, "“../x” is not a name"],
    [["--nic", "network=lab,mac=1"], 64, "“network=lab,mac=1” does not say on which network"],
    [Array.from({ length: 9 }, () => ["--nic", "network=lab"]).flat(), 64, "9 network cards are too many"],
    // The port that was made first is given back.
    [["--nic", "network=lab", "--nic", "network=nowhere"], 1, "There is no network “nowhere”."],
  ])("not with %j", async (options, code, sentence) => {
    const result = await refused("etu", "machine", "create", "r2", "--provider", "qemu", ...options);
    expect([result.code, result.stderr]).toEqual([code, expect.stringContaining(sentence) as string]);
    expect(await ports()).toEqual([]);
    expect((await refused("etu", "machine", "show", "r2")).code).toBe(1);
  });
});

test("a machine between two networks takes its addresses, and routes once the student says so", async () => {
  const ssh = (name: string, line: string) => as("etu", "machine", "ssh", name, line);
  await create("r1", "--nic", "network=lab", "--nic", "network=dmz", "--start");
  await create("web", "--start");
  await create("db", "--network", "dmz", "--start");
  const { nics } = await show("r1");
  expect(nics.map((nic) => nic.address)).toEqual(nics.map((nic) => nic.reserved));
  const [lab = "", dmz = ""] = await addressesOf("r1");
  const [web = ""] = await addressesOf("web");
  const [db = ""] = await addressesOf("db");
  // Only the first network offers a way out; the isolated one offers none.
  expect(await ssh("r1", "ip route | grep default")).toBe("default via 192.168.194.1 dev eth0 \n");
  expect((await ssh("db", "ip route")).includes("default")).toBe(false);
  expect(await ssh("r1", "cat /etc/resolv.conf")).toBe(
    "search lab.internal dmz.internal\nnameserver 192.168.194.1\nnameserver 10.11.0.1\n",
  );
  expect(await ssh("web", "nslookup -type=a r1.lab.internal")).toContain(lab);
  expect(await ssh("db", "nslookup -type=a r1.dmz.internal")).toContain(dmz);

  await ssh("web", `ip route add 10.11.0.0/24 via ${lab}`);
  await ssh("db", `ip route add 192.168.194.0/24 via ${dmz}`);
  const ping = (from: string, to: string) => ssh(from, `ping -c 1 -W 2 ${to} >/dev/null && echo yes || echo no`);
  expect(await ping("web", db)).toBe("no\n");
  await ssh("r1", "sysctl -w net.ipv4.ip_forward=1");
  expect(await ping("web", db)).toBe("yes\n");
  expect(await ping("db", web)).toBe("yes\n");

  for (const name of ["r1", "web", "db"]) {
    await as("etu", "machine", "stop", name, "--hard");
    await as("etu", "machine", "delete", name);
  }
  expect(await ports()).toEqual([]);
});
