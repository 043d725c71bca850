/** Cables that are pulled and lines that are made worse, by users who are not root, on a real kernel. */
import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import type { WirePort } from "../../src/api/types.ts";
import { until } from "../room/processes.ts";
import { Guest, reaches } from "./guest.ts";
import { link, linkNames, repaired } from "./kernel.ts";
import { Stage } from "./stage.ts";

setDefaultTimeout(90_000);

let stage: Stage | null = null;
async function open(): Promise<Stage> {
  stage = await Stage.open();
  return stage;
}
afterEach(async () => {
  await stage?.destroy();
  stage = null;
});

type As = "etu" | "eve" | "prof";

/** How a command ended, and what it printed. */
async function told(host: Stage, line: string, user: As = "etu"): Promise<string> {
  const { code, stdout, stderr } = await host.cli(line.split(" "), { user });
  return `${code} ${stdout}${stderr}`;
}

async function shown(host: Stage): Promise<WirePort> {
  const { port } = JSON.parse((await host.cli(["port", "show", "web", "--json"], { user: "etu" })).stdout) as {
    port: WirePort;
  };
  return port;
}

/** A container of etu's, with an address: the switch has seen where it is. */
async function container(host: Stage, device = "veth3001_web"): Promise<{ guest: Guest; port: WirePort }> {
  const { port } = await host.as("etu", "CreatePort", { network: "lab", name: "web", kind: "lxc" });
  const guest = await Guest.plug(host, "web", { mac: port.mac, device });
  expect((await guest.dhcp()).address).toBe(port.reserved);
  return { guest, port };
}

const inGuest = async (guest: Guest) => (await guest.sh("cat /sys/class/net/eth0/carrier")).stdout.trim();
const upNow = (host: Stage, name: string) => link(host, name).then((one) => one.flags.includes("UP"));

test("the cable of a machine on a tap is pulled: nothing passes, whatever becomes of service and switch, until it is back", async () => {
  const host = await open();
  const { port } = await host.as("etu", "CreatePort", { network: "lab", name: "web", kind: "qemu" });
  const guest = await Guest.open(host, "web", port);
  await guest.sh(`ip address add ${port.reserved}/24 dev eth0`);
  expect(await reaches(host, {}, port.reserved)).toBe(true);
  expect(await told(host, "port down web")).toBe("0 The cable of web is pulled; put it back: tarr-steps port up web\n");
  expect(await link(host, port.interface)).toMatchObject({ master: "vswitch0" });
  const isPulled = async () => {
    expect(await upNow(host, port.interface)).toBe(false);
    expect(await reaches(host, {}, port.reserved)).toBe(false);
    expect(await shown(host)).toMatchObject({ cable: "out", state: "down" });
    expect(await host.planCode()).toBe(0);
  };
  await isPulled();
  expect(await told(host, "port list", "eve")).toContain("pulled");
  await host.stop({ kill: true });
  await host.start();
  await isPulled();
  // Somebody plugs it in by hand, or takes the whole switch away: what is wanted of the port is done again.
  await host.must(`ip link set ${port.interface} up`);
  await until("the repair", async () => !(await upNow(host, port.interface)) || undefined, 15_000);
  await host.must("ip link delete vswitch0");
  await until("the switch", async () => (await link(host, port.interface)).master, 15_000);
  await until("the plan", async () => (await host.planCode()) === 0 || undefined, 15_000);
  await isPulled();
  expect(await told(host, "port up web")).toBe("0 The cable of web is in.\n");
  // What was typed for the one is typed for the other.
  const pulled = await told(host, "port down web --network lab");
  expect(pulled).toBe("0 The cable of web is pulled; put it back: tarr-steps port up web --network lab\n");
  await told(host, "port up web --network lab");
  await until("an answer", async () => (await reaches(host, {}, port.reserved)) || undefined, 5_000);
  expect(await shown(host)).toMatchObject({ cable: "in", state: "up" });
  expect(await host.planCode()).toBe(0);
});

test("a tap that is made anew while its cable is pulled stays down", async () => {
  const host = await open();
  const { port } = await host.as("etu", "CreatePort", { network: "lab", name: "web", kind: "qemu" });
  await told(host, "port down web");
  await host.must(`ip link delete ${port.interface}`);
  await until("the tap", async () => (await linkNames(host)).includes(port.interface) || undefined, 15_000);
  await until("the plan", async () => (await host.planCode()) === 0 || undefined, 15_000);
  expect(await upNow(host, port.interface)).toBe(false);
});

test("a container sees that its cable is out, and in again, over a crash of the service", async () => {
  const host = await open();
  const { guest, port } = await container(host);
  expect(await inGuest(guest)).toBe("1");
  expect(await told(host, "port down web")).toStartWith("0 ");
  expect(await inGuest(guest)).toBe("0");
  expect(await reaches(host, {}, port.reserved)).toBe(false);
  // The switch forgets at once who was behind an interface that goes down; the interface itself says it.
  await host.stop({ kill: true });
  await host.start();
  expect(await shown(host)).toMatchObject({ cable: "out", interface: "veth3001_web", state: "down" });
  expect(await inGuest(guest)).toBe("0");
  expect(await told(host, "port up web")).toStartWith("0 ");
  expect(await inGuest(guest)).toBe("1");
  await until("an answer", async () => (await reaches(host, {}, port.reserved)) || undefined, 5_000);
  expect(await host.must("ip -d link show veth3001_web")).not.toContain("alias");
  expect(await host.planCode()).toBe(0);
});

test("a container that is started while its cable is pulled says nothing to anybody, and soon sees why", async () => {
  const host = await open();
  const { port } = await container(host);
  await told(host, "port down web");
  await host.must("ip link delete veth3001_web; ip netns delete web");
  const again = await Guest.plug(host, "web2", { mac: port.mac, device: "veth3001_new" });
  await again.sh(`ip address add ${port.reserved}/24 dev eth0`);
  await host.must("ip neigh flush dev vswitch0");
  expect(await reaches(host, { at: "web2" }, "192.168.194.1")).toBe(false);
  expect(await host.must("ip neigh show dev vswitch0")).not.toContain(port.mac);
  await until("no carrier", async () => (await inGuest(again)) === "0" || undefined, 15_000);
  await told(host, "port up web");
  await until("an answer", async () => (await reaches(host, {}, port.reserved)) || undefined, 5_000);
});

test("a port that is deleted while its cable is pulled leaves the machine its cable", async () => {
  const host = await open();
  const { guest, port } = await container(host);
  await told(host, "port down web");
  await host.as("etu", "DeletePort", { id: port.id });
  expect(await inGuest(guest)).toBe("1");
  expect(await host.planCode()).toBe(0);
});

test("nobody reaches another's cable by a MAC that they claim", async () => {
  const host = await open();
  // A container of eve's without a port, and somebody's interface that no name tells of.
  for (const [name, device, mac] of [
    ["hers", "veth3002_hers", "00:16:3e:00:00:01"],
    ["theirs", "veth-theirs", "00:16:3e:00:00:02"],
  ] as const) {
    const guest = await Guest.plug(host, name, { mac, device });
    await guest.dhcp();
    await host.as("etu", "CreatePort", { network: "lab", name, kind: "lxc", mac });
    expect(await told(host, `port down ${name}`)).toStartWith("0 ");
    await host.sh("ping -c 1 -W 1 192.168.194.1", { at: name });
    expect(await upNow(host, device)).toBe(true);
    expect(await told(host, `port capture ${name} --count 1`)).toContain("1 tarr-steps: The switch does not see");
  }
});

/** Seconds that a megabyte and a half takes to a machine, and from it. */
async function times(host: Stage, guest: Guest, address: string): Promise<readonly [number, number]> {
  await guest.sh("setsid socat -u TCP-LISTEN:7001,fork OPEN:/dev/null >/dev/null 2>&1 &");
  await guest.sh("setsid socat -U TCP-LISTEN:7002,fork SYSTEM:'head -c 1500000 /dev/zero' >/dev/null 2>&1 &");
  for (const port of ["7001", "7002"]) await host.listens("tcp", port, { at: guest.name });
  const timed = async (line: string) => {
    const before = performance.now();
    expect((await host.must(line, { timeout: 60_000 })).trim()).toBe("done");
    return (performance.now() - before) / 1000;
  };
  // Over when the other side has taken all: socat waits for its end.
  const there = await timed(`head -c 1500000 /dev/zero | socat -t 20 - TCP:${address}:7001; echo done`);
  const back = await timed(`[ $(socat -u TCP:${address}:7002 - | wc -c) = 1500000 ] && echo done`);
  return [there, back];
}

test("a rate holds each way, is had again after a change by hand, and is gone with one word", async () => {
  const host = await open();
  const { guest, port } = await container(host);
  const usual = await times(host, guest, port.reserved);
  expect(Math.max(...usual)).toBeLessThan(1);
  expect(await told(host, "port set web rate=2mbit")).toBe(
    "0 The line of web: rate=2mbit; as usual again: tarr-steps port set web normal\n",
  );
  // 12 000 000 bits at 2 Mbit/s are 6 s. What comes from the machine may be a second's more, and is dropped, not queued.
  const [there, back] = await times(host, guest, port.reserved);
  console.log(`1.5 MB at 2 Mbit/s: ${there.toFixed(2)} s there, ${back.toFixed(2)} s back`);
  expect(there).toBeGreaterThan(5.4);
  expect(there).toBeLessThan(7.5);
  expect(back).toBeGreaterThan(4.5);
  expect(back).toBeLessThan(9);
  await repaired(host, "tc qdisc delete dev veth3001_web root", 20_000);
  expect(await host.must("tc qdisc show dev veth3001_web")).toContain("tbf");
  await repaired(host, "tc qdisc change dev veth3001_web root tbf rate 1gbit burst 100k latency 1ms", 20_000);
  expect(await host.must("tc qdisc show dev veth3001_web")).not.toContain("1Gbit");
  await host.stop({ kill: true });
  await host.start();
  expect(await shown(host)).toMatchObject({ line: [{ key: "rate", value: "2mbit" }], cable: "in" });
  expect(await told(host, "port set web rate=5mbit")).toContain("rate=5mbit");
  expect(await host.must("tc qdisc show dev veth3001_web")).toContain("rate 5Mbit");
  expect(await told(host, "port set web normal")).toBe("0 The line of web is as usual.\n");
  expect(await host.must("tc qdisc show dev veth3001_web")).not.toContain("tbf");
  expect(Math.max(...(await times(host, guest, port.reserved)))).toBeLessThan(1);
  expect(await host.planCode()).toBe(0);
});

test("somebody else's discipline at a tap is left alone", async () => {
  const host = await open();
  const { port } = await host.as("etu", "CreatePort", { network: "lab", name: "web", kind: "qemu" });
  await host.must(`tc qdisc add dev ${port.interface} root handle 1: tbf rate 1gbit burst 100k latency 1ms`);
  expect(await host.planCode()).toBe(0);
});

test("where the kernel has no netem, a delay is refused in one sentence and nothing is changed; else it is made", async () => {
  const host = await open();
  const { port } = await host.as("etu", "CreatePort", { network: "lab", name: "web", kind: "qemu" });
  const before = await host.read("/var/lib/tarr-steps/ports.json");
  const has = (await host.sh("tc qdisc add dev lo root netem delay 1ms && tc qdisc delete dev lo root")).code === 0;
  const answer = await told(host, "port set web delay=50ms loss=2%");
  if (has) {
    expect(answer).toStartWith("0 The line of web: delay=50ms loss=2%");
    expect(await host.must(`tc qdisc show dev ${port.interface}`)).toContain("netem");
  } else {
    expect(answer).toStartWith("1 tarr-steps: The kernel of this host has no sch_netem");
    expect(await host.read("/var/lib/tarr-steps/ports.json")).toBe(before);
    expect(await host.must("tc qdisc show")).not.toMatch(/tbf|netem/);
  }
  expect(await host.planCode()).toBe(0);
});

test("only a port's owner and administrators may; what is no line is refused before anything is done", async () => {
  const host = await open();
  const { port } = await host.as("etu", "CreatePort", { network: "lab", name: "web", kind: "qemu" });
  const vmware = await host.as("etu", "CreatePort", { network: "lab", name: "box", kind: "vmware" });
  for (const line of ["port down web", "port set web rate=1mbit", "port capture web"]) {
    expect(await told(host, line, "eve")).toBe(
      "77 tarr-steps: The port of web belongs to another user.\n  → Ask its owner or an administrator; see whose it is: tarr-steps port list\n",
    );
  }
  expect(host.said).toContain("user=eve port set");
  expect(await told(host, `port set ${vmware.port.id} delay=5ms`)).toStartWith("1 tarr-steps: box cannot have a delay");
  expect(await told(host, `port capture ${vmware.port.id}`)).toStartWith("1 tarr-steps: The frames of box cannot be");
  const wrong = {
    "delay=50": "“50”",
    "loss=2": "“2”",
    "rate=fast": "“fast”",
    "speed=1": "“speed”",
    "1mbit": "“1mbit”",
  };
  for (const [word, value] of Object.entries(wrong)) {
    expect(await told(host, `port set web ${word}`)).toMatch(new RegExp(`^64 tarr-steps: .*${value}`));
  }
  expect(await told(host, "port set web delay=5ms jitter=9ms")).toStartWith("64 tarr-steps: A jitter of 9ms");
  expect(await told(host, "port down nobody")).toStartWith("1 tarr-steps: There is no port “nobody”");
  expect(await upNow(host, port.interface)).toBe(true);
  expect(await told(host, "port down web", "prof")).toStartWith("0 ");
  expect(host.said).toContain("user=prof port set");
  expect(await upNow(host, port.interface)).toBe(false);
});
