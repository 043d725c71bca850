import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { until } from "../room/processes.ts";
import { hasCarrier, link, linkNames } from "./kernel.ts";
import { codeOf, Stage } from "./stage.ts";
import { dial } from "./wire.ts";

setDefaultTimeout(240_000);

let stage: Stage | null = null;
async function open(): Promise<Stage> {
  stage = await Stage.open();
  return stage;
}
afterEach(async () => {
  await stage?.destroy();
  stage = null;
});

const bare = ["carrier0", "carrier0-peer", "eth0", "lo", "tap0", "vswitch0"];

test("a port's tap can be opened by its owner and by nobody else", async () => {
  const host = await open();
  const { port } = await host.as("etu", "CreatePort", { network: "lab", name: "vm", kind: "qemu" });
  const tap = await link(host, port.interface);
  expect([tap.master, tap.mtu, tap.flags.includes("UP")]).toEqual(["vswitch0", 1500, true]);
  // TUNSETIFF, with IFF_TAP | IFF_NO_PI: what every hypervisor does.
  const attach = `perl -e 'sysopen T, "/dev/net/tun", 2; $r = pack "a16 s x22", "${port.interface}", 0x1002; ioctl T, 0x400454ca, $r or die $!'`;
  expect((await host.sh(attach, { user: "eve" })).stderr).toContain("Operation not permitted");
  expect(await host.sh(attach, { user: "etu" })).toMatchObject({ code: 0 });
  expect(await host.planCode()).toBe(0);
});

test("only its owner and administrators may delete a port", async () => {
  const host = await open();
  const { port } = await host.as("etu", "CreatePort", { network: "lab", name: "vm", kind: "qemu" });
  expect(await host.as("eve", "DeletePort", { id: port.id }).then(() => "", codeOf)).toBe("denied-owner");
  expect(await linkNames(host)).toContain(port.interface);
  await host.as("etu", "DeletePort", { id: port.id });
  expect(await linkNames(host)).toEqual(bare);
});

test("the bridge keeps its MAC and its carrier as ports come and go", async () => {
  const host = await open();
  const { address } = await link(host, "vswitch0");
  // The lowest of all MACs, which a bridge without one of its own would take.
  await host.must(
    "ip link add low type veth peer name far address 00:00:00:00:00:02; ip link set low address 00:00:00:00:00:01",
  );
  const seen = async () => {
    const bridge = await link(host, "vswitch0");
    return [bridge.address, hasCarrier(bridge)];
  };
  for (const line of [
    "ip link set low master vswitch0 up; ip link set far up",
    "ip link set far down",
    "ip link delete low",
  ]) {
    await host.must(line);
    expect(await seen()).toEqual([address, true]);
  }
  const { port } = await host.call("CreatePort", { network: "lab", name: "vm", kind: "qemu" });
  expect(await seen()).toEqual([address, true]);
  await host.call("DeletePort", { id: port.id });
  expect(await seen()).toEqual([address, true]);
});

test("a student gets no more ports than the document grants, and the rest of the class still gets some", async () => {
  const host = await open();
  await host.must("sed -i 's/ports: 32/ports: 2/' /etc/tarr-steps/tarr-steps.yaml");
  for (const name of ["a", "b"]) await host.as("etu", "CreatePort", { network: "lab", name, kind: "lxc" });
  const third = host.as("etu", "CreatePort", { network: "lab", name: "c", kind: "lxc" });
  expect(await third.then(() => "", codeOf)).toBe("quota-ports");
  await host.as("eve", "CreatePort", { network: "lab", name: "c", kind: "lxc" });
});

test("a tap's name taken by somebody else's interface is left to them, and had back when they go", async () => {
  const host = await open();
  const { port } = await host.call("CreatePort", { network: "lab", name: "vm", kind: "qemu" });
  // On a busy computer the repair may be there between the two: again, then.
  const steal = `ip link delete ${port.interface}; ip link add ${port.interface} type veth peer name thief`;
  await host.must(`for i in $(seq 20); do ${steal} && exit 0; done; exit 1`);
  // Foreign: the service neither takes it nor plugs it in.
  await Bun.sleep(600);
  expect(await link(host, port.interface)).toMatchObject({ group: "default" });
  expect((await link(host, port.interface)).master).toBeUndefined();
  await host.must("ip link delete thief");
  await until("the tap", async () => (await link(host, port.interface).catch(() => null))?.master, 5_000);
  expect(await host.planCode()).toBe(0);
});

test("100 clients at once, each making a port and deleting it, leave nothing behind", async () => {
  const host = await open();
  // 25 of each of four people: one user has 32 connections, and 32 ports.
  const people = ["root", "etu", "eve", "prof"] as const;
  const results = await Promise.all(people.map((user) => host.sh(clients(user, 25), { user, timeout: 200_000 })));
  const lines = results.flatMap(({ stdout }) => stdout.trim().split("\n"));
  expect(lines.filter((line) => line !== '{"parameters":{}}')).toEqual([]);
  expect(lines).toHaveLength(100);
  expect(await linkNames(host)).toEqual(bare);
  expect(await host.call("ListPorts", {})).toEqual({ ports: [] });
  expect(await host.read("/run/tarr-steps/dnsmasq/lab.reservations")).toBe("");
  expect(await host.planCode()).toBe(0);
});

test("a client that is killed while its port is made, or while it waits for that, leaves no port behind", async () => {
  const host = await open();
  const question = (name: string) =>
    `{"method":"io.tarrsteps.CreatePort","parameters":{"network":"lab","name":"${name}","kind":"qemu"}}\0`;
  // The first is under way, the others wait.
  for (const name of ["one", "two", "three"]) {
    const { socket } = await dial(host.socket);
    await new Promise<void>((resolve) => void socket.write(question(name), () => resolve()));
    await Bun.sleep(5);
    socket.destroy();
  }
  const list = async () => (await host.call("ListPorts", {})).ports.map(({ name }) => name);
  await host.settled();
  await until("the ports to be gone", async () => (await list()).length === 0 || undefined);
  expect(host.said).toContain("caller-gone");
  // Who has only said all is answered, and who wants no answer may go.
  const { port } = await host.as("root", "CreatePort", { network: "lab", name: "half", kind: "qemu" });
  expect(await list()).toEqual(["half"]);
  const { socket } = await dial(host.socket);
  const oneway = question("silent").replace("{", '{"oneway":true,');
  await new Promise<void>((resolve) => void socket.write(oneway, () => resolve()));
  socket.destroy();
  await until("the port", async () => (await list()).includes("silent") || undefined);
  await host.call("DeletePort", { id: port.id });
});

/** Shell that runs `count` clients at once; each prints what the service answered to the deletion of its port. */
function clients(user: string, count: number): string {
  return `
call() { printf '{"method":"io.tarrsteps.%s","parameters":%s}\\0' "$1" "$2" | socat -t 180 - UNIX-CONNECT:/run/tarr-steps/io.tarrsteps | tr -d '\\0'; }
one() {
  id=$(call CreatePort '{"network":"lab","name":"${user}-'$1'","kind":"qemu"}' | sed -n 's/.*"id":"\\([a-z2-7]*\\)".*/\\1/p')
  echo "$(call DeletePort '{"id":"'$id'"}')"
}
for number in $(seq ${count}); do one $number & done; wait`;
}
