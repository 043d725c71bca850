import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mustRun } from "../../src/host/command.ts";
import { buildTiny } from "../../src/images/tiny/build.ts";
import * as rigs from "./rig.ts";

// Real machines under software emulation, in a network namespace of their own; needs root.
setDefaultTimeout(120_000);

let folder: string;
let image: string;
let rig: rigs.Rig;
let server: Awaited<ReturnType<typeof rigs.serve>>;
let web0: rigs.Guest;
let address: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tiny-"));
  image = process.env["TINY_IMAGE"] ?? join(folder, "image");
  if (process.env["TINY_IMAGE"] === undefined) await buildTiny({ directory: image, report: () => undefined });
  rig = await rigs.makeRig(folder);
  server = await rigs.serve(rig, "192.0.2");
});

afterAll(async () => {
  await rigs.removeRig(rig);
  await rm(folder, { recursive: true, force: true });
});

test("two machines started together have an address within 15 s", async () => {
  const started = performance.now();
  web0 = await rigs.startGuest(rig, image, 0);
  const web1 = await rigs.startGuest(rig, image, 1);
  const found = await Promise.all([web0, web1].map((guest) => rigs.waitForAddress(rig, guest, 15)));
  address = found[0] ?? "";
  console.log(`two machines: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  expect(await rigs.ssh(rig, address, "hostname")).toBe("web0");
  expect(await rigs.ssh(rig, found[1] ?? "", "hostname")).toBe("web1");
});

test("names resolve, the agent goes along, the MTU is the server's", async () => {
  expect(await rigs.ssh(rig, address, "cat /sys/class/net/eth0/mtu")).toBe("1400");
  expect(await rigs.ssh(rig, address, "cat /etc/resolv.conf")).toBe("search lab.test\nnameserver 192.0.2.1");
  expect(await rigs.ssh(rig, address, "ping -c1 -W2 web1 >/dev/null && echo yes")).toBe("yes");
  const agent = join(folder, "agent");
  await mustRun([
    "sh",
    "-c",
    `ssh-agent -a ${agent} >${folder}/agent.env; SSH_AUTH_SOCK=${agent} ssh-add -q ${folder}/key`,
  ]);
  try {
    const hop = ["-A", "-o", `IdentityAgent=${agent}`];
    expect(await rigs.ssh(rig, { address, options: hop }, "ssh web1 hostname 2>/dev/null")).toBe("web1");
  } finally {
    await mustRun(["sh", "-c", `. ${folder}/agent.env >/dev/null; kill $SSH_AGENT_PID`]);
  }
});

test("an echo server in the machine answers", async () => {
  await rigs.ssh(rig, address, "nc -ll -p 7 -e cat >/dev/null 2>&1 </dev/null &");
  await rigs.until(10, "echo", async () => {
    const answer = await rigs.inside(rig, "sh", "-c", `(echo hello; sleep 1) | busybox nc -w 2 ${address} 7`);
    return answer.stdout === "hello\n" ? true : undefined;
  });
});

test("a cable pulled and put back costs the machine nothing", async () => {
  await mustRun(["ip", "-n", rig.netns, "link", "set", "tap0", "down"]);
  await Bun.sleep(8000);
  await mustRun(["ip", "-n", rig.netns, "link", "set", "tap0", "up"]);
  expect(await rigs.ssh(rig, address, "cat /run/lease.eth0")).toStartWith(`${address} 192.0.2.1 `);
});

test("the power button ends the machine with its disk clean, and what was changed is there at the next start", async () => {
  await rigs.ssh(rig, address, "echo mine >/root/mine; echo 127.0.0.1 here >>/etc/hosts");
  const hostKey = await rigs.ssh(rig, address, "md5sum /etc/dropbear/*");
  const pressed = performance.now();
  await rigs.monitorCommand(rig, web0, "system_powerdown");
  await rigs.until(10, "end of the machine", async () => ((await hasEnded()) ? true : undefined));
  console.log(`power off: ${((performance.now() - pressed) / 1000).toFixed(1)} s`);
  expect(await mustRun(["sh", "-c", `dumpe2fs -h ${web0.disk} 2>/dev/null`])).not.toContain("needs_recovery");

  web0 = await rigs.startGuest(rig, image, 0);
  address = await rigs.waitForAddress(rig, web0, 15);
  expect(await rigs.ssh(rig, address, "cat /root/mine")).toBe("mine");
  expect(await rigs.ssh(rig, address, "grep -c here /etc/hosts; grep -c web0 /etc/hosts")).toBe("1\n1");
  expect(await rigs.ssh(rig, address, "md5sum /etc/dropbear/*")).toBe(hostKey);
  expect(await rigs.ssh(rig, address, "grep -c . /root/.ssh/authorized_keys")).toBe("1");
});

test("the machine comes back after `reboot` and after a reset", async () => {
  for (const restart of [
    () => rigs.ssh(rig, address, "(sleep 1; reboot) >/dev/null 2>&1 </dev/null &"),
    () => rigs.monitorCommand(rig, web0, "system_reset"),
  ]) {
    const before = await rigs.ssh(rig, address, "cat /proc/sys/kernel/random/boot_id");
    const started = performance.now();
    await restart();
    await rigs.until(45, "start after a reset", async () => {
      const now = await rigs.ssh(rig, address, "cat /proc/sys/kernel/random/boot_id").catch(() => before);
      return now === before ? undefined : now;
    });
    console.log(`restarted: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
});

test("a gateway that is silent for a while costs the machine nothing", async () => {
  await rigs.end(rig, server);
  await mustRun(["ip", "-n", rig.netns, "link", "set", "br0", "arp", "off"]);
  await Bun.sleep(25_000);
  await mustRun(["ip", "-n", rig.netns, "link", "set", "br0", "arp", "on"]);
  server = await rigs.serve(rig, "192.0.2");
  expect(await rigs.ssh(rig, address, "cat /run/lease.eth0")).toStartWith(`${address} 192.0.2.1 `);
});

test("the machine takes the address that its name is given, although its gateway stays", async () => {
  await rigs.end(rig, server);
  // As the switch's name service does: the name has its new address at once, whatever the lease still says.
  const given77 = ["--dhcp-host=52:54:00:00:00:00,192.0.2.77,web0", "--host-record=web0.lab.test,192.0.2.77"];
  server = await rigs.serve(rig, "192.0.2", given77);
  const given = performance.now();
  address = await rigs.until(30, "the address of the name", async () => {
    const { code } = await rigs.inside(rig, "ping", "-c1", "-W1", "192.0.2.77");
    return code === 0 ? "192.0.2.77" : undefined;
  });
  console.log(`renamed: ${((performance.now() - given) / 1000).toFixed(1)} s`);
});

test("the machine moves when its name server has no way back to its address, although its gateway answers", async () => {
  // As after proxy-arp: the host still holds the gateway's address, and reaches the machine's old one elsewhere.
  await rigs.end(rig, server);
  const ip = (...words: string[]) => mustRun(["ip", "-n", rig.netns, ...words]);
  server = await rigs.serve(rig, "203.0.113");
  await ip("address", "add", "192.0.2.1/32", "dev", "br0");
  await ip("route", "add", "blackhole", "192.0.2.77");
  const gone = performance.now();
  address = await rigs.until(30, "an address that is answered", async () => {
    const found = await rigs.waitForAddress(rig, web0, 1).catch(() => "");
    return found.startsWith("203.0.113.") ? found : undefined;
  });
  console.log(`moved: ${((performance.now() - gone) / 1000).toFixed(1)} s`);
  await ip("route", "delete", "blackhole", "192.0.2.77");
  await rigs.end(rig, server);
  server = await rigs.serve(rig, "192.0.2");
  address = await rigs.until(30, "an address of the old subnet", async () => {
    const found = await rigs.waitForAddress(rig, web0, 1).catch(() => "");
    return found.startsWith("192.0.2.") ? found : undefined;
  });
}, 120_000);

test("the machine follows the switch to another subnet within 30 s", async () => {
  await Bun.sleep(11_000); // netwatch has seen the gateway again: nothing it learnt before may help it
  await rigs.end(rig, server);
  const gone = performance.now();
  server = await rigs.serve(rig, "203.0.113");
  address = await rigs.until(30, "address of the new subnet", async () => {
    const found = await rigs.waitForAddress(rig, web0, 1).catch(() => "");
    return found.startsWith("203.0.113.") ? found : undefined;
  });
  console.log(`renumbered: ${((performance.now() - gone) / 1000).toFixed(1)} s`);
  expect(await rigs.ssh(rig, address, "ip route | grep default")).toContain("203.0.113.1");
  expect(await readFile(join(folder, "web0.log"), "utf8")).not.toContain("panic");
});

async function hasEnded(): Promise<boolean> {
  await Bun.sleep(50);
  return !rig.children.has(web0.process);
}

test("the machine learns the way out within 30 s when its network reaches further", async () => {
  await rigs.end(rig, server);
  server = await rigs.serve(rig, "198.51.100", ["--dhcp-option=option:router"]);
  address = await rigs.until(30, "an address of that subnet", async () => {
    const found = await rigs.waitForAddress(rig, web0, 1).catch(() => "");
    return found.startsWith("198.51.100.") ? found : undefined;
  });
  expect(await rigs.ssh(rig, address, "ip route")).not.toContain("default");
  await rigs.end(rig, server);
  server = await rigs.serve(rig, "198.51.100");
  const opened = performance.now();
  await rigs.until(30, "the way out", async () => {
    const routes = await rigs.ssh(rig, address, "ip route");
    return routes.includes("default via 198.51.100.1") ? routes : undefined;
  });
  console.log(`the way out: ${((performance.now() - opened) / 1000).toFixed(1)} s`);
}, 120_000);
