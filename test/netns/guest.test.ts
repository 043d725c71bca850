import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { until } from "../room/processes.ts";
import { Guest, lookUp } from "./guest.ts";
import { lan } from "./host-script.ts";
import { addresses, hasCarrier, link } from "./kernel.ts";
import { Stage } from "./stage.ts";

setDefaultTimeout(60_000);

let stage: Stage | null = null;
async function open(before = ""): Promise<Stage> {
  stage = await Stage.open({ before });
  return stage;
}
afterEach(async () => {
  await stage?.destroy();
  stage = null;
});

const unknownMac = "02:00:00:00:00:99";

async function makePort(of: Stage, name: string) {
  return (await of.call("CreatePort", { network: "lab", name, kind: "lxc" })).port;
}

test("a guest gets its reserved address in under a second, with all that it needs", async () => {
  const host = await open();
  const port = await makePort(host, "web");
  const guest = await Guest.plug(host, "web", port.mac);
  const granted = await guest.dhcp();
  expect(granted.address).toBe(port.reserved);
  expect(granted.milliseconds).toBeLessThan(1_000);
  for (const word of ["router=192.168.194.1", "dns=192.168.194.1", "mtu=1500", "search=lab.internal"]) {
    expect(granted.said).toContain(word);
  }
  expect((await guest.sh("ping -c 1 -W 1 192.168.194.1")).code).toBe(0);
});

// dnsmasq gives an address to nobody else while its last machine's lease runs.
test("the machine after a deleted one gets the same address, and its name leads there", async () => {
  const host = await open();
  for (const round of ["first", "second", "third"]) {
    const port = await makePort(host, round);
    const guest = await Guest.plug(host, round, port.mac);
    expect(port.reserved).toBe("192.168.194.10");
    expect((await guest.dhcp()).address).toBe("192.168.194.10");
    expect(await guest.resolve(`${round}.lab.internal`)).toEqual(["192.168.194.10"]);
    await host.must(`ip netns delete ${round}`);
    await host.call("DeletePort", { id: port.id });
  }
});

test("a name answers from the moment that its port exists until it is deleted, on the host and in a guest", async () => {
  const host = await open();
  const port = await makePort(host, "web");
  const guest = await Guest.plug(host, "web", port.mac);
  await guest.dhcp();
  const db = await makePort(host, "db");
  for (const name of ["db.lab.internal", "db"]) expect(await guest.resolve(name)).toEqual([db.reserved]);
  const onHost = await host.sh("busybox nslookup -type=a db.lab.internal 192.168.194.1");
  expect(lookUp(onHost)).toEqual([db.reserved]);
  expect(await guest.resolve("host.lab.internal")).toEqual(["192.168.194.1"]);
  await host.call("DeletePort", { id: db.id });
  const gone = async () => (await guest.resolve("db.lab.internal")).length === 0 || undefined;
  await until("the name to go", gone, 2_000);
});

test("a guest that nobody knows gets an address of the range, and no name", async () => {
  const host = await open();
  await host.cli(["network", "set", "lab", "range=192.168.194.200-192.168.194.205"]);
  const guest = await Guest.plug(host, "stray", unknownMac);
  const { address, milliseconds } = await guest.dhcp();
  expect(address).toMatch(/^192\.168\.194\.20[0-5]$/);
  expect(milliseconds).toBeLessThan(1_000);
  // As the kernel's own name would be, did it send one.
  expect(await guest.resolve("stray.lab.internal")).toEqual([]);
});

test("with dhcp=off nobody is given an address, and names still answer", async () => {
  const host = await open();
  const port = await makePort(host, "web");
  const guest = await Guest.plug(host, "web", port.mac);
  await host.cli(["network", "set", "lab", "dhcp=off"]);
  const silent = await guest.sh("busybox udhcpc -f -n -q -t 1 -T 1 -i eth0 -s /mnt/dhcp");
  expect(silent.stdout).not.toContain("got ");
  await guest.sh("ip address add 192.168.194.77/24 dev eth0");
  expect(await guest.resolve("web.lab.internal")).toEqual([port.reserved]);
});

test("a guest keeps its place when the subnet changes, and gets the same host part", async () => {
  const host = await open();
  const port = await makePort(host, "web");
  const guest = await Guest.plug(host, "web", port.mac);
  await guest.dhcp();
  await host.cli(["network", "set", "lab", "address=10.20.30.1/24"]);
  expect((await guest.dhcp()).address).toBe(port.reserved.replace("192.168.194.", "10.20.30."));
  expect((await link(host, "v-web")).master).toBe("vswitch0");
});

test("names of the domain are never asked of others, and others' names are", async () => {
  const upstream = `dnsmasq --conf-file=/dev/null --port=53 --listen-address=${lan.server} --bind-interfaces --no-resolv
    --no-hosts --address=/#/203.0.113.7 --log-queries --log-facility=/mnt/upstream.log --pid-file=/mnt/upstream.pid --user=root`;
  const host = await open(`ip netns exec peer ${upstream.replaceAll("\n", " ")}`);
  const port = await makePort(host, "web");
  const guest = await Guest.plug(host, "web", port.mac);
  await guest.dhcp();
  expect(await guest.resolve("www.example.org")).toEqual(["203.0.113.7"]);
  for (const name of ["web.lab.internal", "nobody.lab.internal", "a.b.lab.internal", "web", "bare"]) {
    await guest.resolve(name);
  }
  const back = port.reserved.split(".").toReversed().join(".");
  await guest.sh(`busybox nslookup -type=ptr ${back}.in-addr.arpa 192.168.194.1`);
  await guest.sh("busybox nslookup -type=mx web.lab.internal 192.168.194.1");
  const asked = await host.must("cat /mnt/upstream.log");
  expect(asked).toContain("www.example.org");
  expect(asked).not.toMatch(/lab\.internal|in-addr|query\[\w+\] (web|bare) /);
});

test("the UDP checksum of every DHCP answer is right or zero, as a guest sees it", async () => {
  const host = await open();
  const port = await makePort(host, "web");
  const guest = await Guest.plug(host, "web", port.mac);
  // ETH_P_IP, from a raw socket: before anything in the guest has looked at it.
  const capture = `perl -e 'socket(S,17,3,0x0008) or die; print "ready\\n"; $|=1; alarm 5;
    while (defined recv S, my $frame, 2000, 0) { print unpack("H*",$frame), "\\n" }'`;
  const frames = host.sh(`ip netns exec web ${capture} >/mnt/frames`);
  await until("the capture", async () => (await host.read("/mnt/frames").catch(() => "")) !== "" || undefined);
  expect((await guest.dhcp()).address).toBe(port.reserved);
  await host.sh("pkill -x perl");
  await frames;
  const answers = (await host.read("/mnt/frames"))
    .split("\n")
    .map((line) => Buffer.from(line, "hex"))
    .filter((frame) => frame.length > 42 && frame[23] === 17 && frame.readUInt16BE(34) === 67);
  expect(answers.length).toBeGreaterThanOrEqual(2);
  for (const frame of answers) expect([0, checksum(frame)]).toContain(frame.readUInt16BE(40));
});

/** RFC 768, over the pseudo header: the checksum that a UDP datagram in an Ethernet frame ought to have. */
function checksum(frame: Buffer): number {
  const udp = Buffer.from(frame.subarray(34, 34 + frame.readUInt16BE(38)));
  udp.writeUInt16BE(0, 6);
  const pseudo = Buffer.concat([frame.subarray(26, 34), Buffer.from([0, 17]), frame.subarray(38, 40)]);
  const words = Buffer.concat([pseudo, udp, Buffer.alloc(udp.length % 2)]);
  let sum = 0;
  for (let at = 0; at < words.length; at += 2) sum += words.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff || 0xffff;
}

test("a tap that an ordinary user opens is a guest's cable: carrier, DHCP, a ping, and the port is listed as up", async () => {
  const host = await open();
  const reply = await host.as("etu", "CreatePort", { network: "lab", name: "vm", kind: "qemu" });
  const port = reply.port;
  expect(hasCarrier(await link(host, port.interface))).toBe(false);
  const guest = await Guest.open(host, "vm", port);
  const granted = await guest.dhcp();
  expect(granted.address).toBe(port.reserved);
  expect((await guest.sh("ping -c 1 -W 1 192.168.194.1")).code).toBe(0);
  expect(hasCarrier(await link(host, port.interface))).toBe(true);
  const { stdout } = await host.cli(["port", "list", "--json"], { user: "etu" });
  expect(JSON.parse(stdout)).toMatchObject({
    ports: [{ id: port.id, state: "up", address: port.reserved, mac: port.mac, owner: "etu" }],
  });
  expect(addresses(await link(host, port.interface))).toEqual([]);
});
