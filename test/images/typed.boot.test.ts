import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildTiny } from "../../src/images/tiny/build.ts";
import * as rigs from "./rig.ts";

// What a class of system administration types in a real machine of `tiny`, under software emulation; needs root.
setDefaultTimeout(120_000);

let folder: string;
let rig: rigs.Rig;
let address: string;

const type = (line: string) => rigs.ssh(rig, address, line);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tiny-"));
  const image = process.env["TINY_IMAGE"] ?? join(folder, "image");
  if (process.env["TINY_IMAGE"] === undefined) await buildTiny({ directory: image, report: () => undefined });
  rig = await rigs.makeRig(folder);
  await rigs.serve(rig, "192.0.2");
  const guest = await rigs.startGuest(rig, image, 0);
  address = await rigs.waitForAddress(rig, guest, 60);
});

afterAll(async () => {
  await rigs.removeRig(rig);
  await rm(folder, { recursive: true, force: true });
});

test("ip is that of iproute2: -br, -c, -j", async () => {
  expect(await type("ip -br address show dev eth0")).toMatch(new RegExp(`^eth0 +UP +${address}/24 `));
  expect(await type("ip -c -br link show dev eth0")).toContain("\u001b[36meth0");
  expect(JSON.parse(await type("ip -j route show default"))).toMatchObject([{ gateway: "192.0.2.1", dev: "eth0" }]);
  expect(await type("ip link add link eth0 name eth0.10 type vlan id 10 && ip -br link show type vlan")).toContain(
    "eth0.10@eth0",
  );
  expect(await type("ss -tln")).toMatch(/LISTEN .* 0\.0\.0\.0:22 /);
});

test("a program that was used once is no longer packed, and two uses at once do not disturb each other", async () => {
  expect(await type("[ -L /usr/bin/nano ] && echo packed")).toBe("packed");
  expect(await type("for i in 1 2; do nano --version | grep -c GNU & done; wait")).toBe("1\n1");
  expect(await type("[ -L /usr/bin/nano ] || ls /usr/lib/tiny/packed/usr/bin")).toBe("");
});

test("a user who is not root is told what to do until root has unpacked a program", async () => {
  const asUser = (line: string) => type(`su nobody -s /bin/sh -c '${line}' 2>&1`);
  expect(await asUser("/usr/sbin/bridge link")).toContain("bridge: not unpacked yet");
  await type("bridge link");
  expect(await asUser("/usr/sbin/bridge link; echo $?")).toBe("0");
});

test.each(["linux", "xterm-256color", "screen"])("nano writes a file, accents too, on a terminal %s", async (term) => {
  // As someone types: the text, Ctrl-X, y, Enter.
  const keys = [String.raw`d\303\251j\303\240 vu`, String.raw`\030`, "y", String.raw`\r`];
  const typing = keys.map((key) => `printf '${key}'; sleep 1.5`).join("; ");
  const door = `-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -i ${folder}/key`;
  const line = `TERM=${term} LC_CTYPE=C.UTF-8 nano /root/${term}`;
  const screen = await rigs.inside(
    rig,
    ...["sh", "-c", `(sleep 3; ${typing}; sleep 1) | ssh -tt ${door} root@${address} '${line}'`],
  );
  expect(screen.stdout).toContain("GNU nano");
  expect(screen.stdout).toContain("déjà vu");
  expect(await type(`cat /root/${term}`)).toBe("déjà vu");
});

test("tcpdump catches a ping, and writes a file where root may", async () => {
  await type("tcpdump --version");
  const ping = "(sleep 1; ping -c 8 192.0.2.1 >/dev/null) &";
  expect(await type(`${ping} timeout 15 tcpdump -c 1 -n -i eth0 icmp 2>/dev/null`)).toContain(
    `IP ${address} > 192.0.2.1: ICMP echo request`,
  );
  await type(`${ping} timeout 15 tcpdump -c 1 -w /root/some.pcap -i eth0 icmp`);
  expect(await type("tcpdump -n -r /root/some.pcap 2>/dev/null")).toContain("ICMP echo");
});

const rules = `
table inet filter {
  chain input {
    type filter hook input priority 0; policy accept;
    ct state established,related accept
    tcp dport 98 counter log prefix "told " limit rate 5/second reject
  }
}
table ip nat {
  chain postrouting { type nat hook postrouting priority 100; oifname "eth0" masquerade; }
}`;

test("nft takes a firewall's rules, and they count, log and reject", async () => {
  expect(await type(`nft -f - <<'END'\n${rules}\nEND`)).toBe("");
  expect(await type("nc -w 2 127.0.0.1 98")).toContain("Connection refused");
  expect(await type("nft list ruleset")).toMatch(/tcp dport 98 counter packets [1-9]/);
  expect(await type("dmesg | grep -c told")).toMatch(/^[1-9]/);
});

test("a machine is a router that masquerades, for what is behind it", async () => {
  // The computer knows no way to 10.9.9.0/24: an answer comes back only to the router's own address.
  await type(`ip netns add lan; ip link add lan0 type veth peer name eth0 netns lan
    ip address add 10.9.9.1/24 dev lan0; ip link set lan0 up
    ip -n lan address add 10.9.9.2/24 dev eth0; ip -n lan link set eth0 up; ip -n lan route add default via 10.9.9.1
    sysctl -w net.ipv4.ip_forward=1; nft flush ruleset; nft -f - <<'END'\n${rules}\nEND`);
  const ping = "ip netns exec lan ping -c 1 -W 2 192.0.2.1 >/dev/null && echo answered || echo silence";
  expect(await type(ping)).toBe("answered");
  await type("nft delete table ip nat; nft add table ip nat");
  expect(
    await type("sleep 1; ip netns exec lan ping -c 1 -W 2 192.0.2.1 >/dev/null && echo answered || echo silence"),
  ).toBe("silence");
});
