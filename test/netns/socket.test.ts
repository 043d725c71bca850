import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { Stage } from "./stage.ts";
import { dial, type Line } from "./wire.ts";

setDefaultTimeout(60_000);

let host: Stage;
let lines: Line[] = [];
beforeEach(async () => {
  host = await Stage.open();
});
afterEach(async () => {
  for (const { socket } of lines) socket.destroy();
  lines = [];
  await host.destroy();
});

async function open(): Promise<Line> {
  const line = await dial(host.socket);
  lines.push(line);
  // A hang-up while we write is what some tests are about.
  line.socket.on("error", () => undefined);
  return line;
}

/** Somebody else is served, and soon. */
async function expectServed(): Promise<void> {
  const before = performance.now();
  const { code, stdout } = await host.cli(["status", "--json"], { user: "etu" });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ networks: [{ name: "lab", state: "up" }] });
  expect(performance.now() - before).toBeLessThan(2_000);
  expect(await host.planCode()).toBe(0);
}

const getInfo = '{"method":"org.varlink.service.GetInfo"}\0';

test.each([
  ["no JSON", "hello\0"],
  ["an empty message", "\0"],
  ["bytes that are no UTF-8", Buffer.from([0xff, 0xfe, 0x80, 0])],
  ["JSON that is no call", "[1,2,3]\0"],
  ["a method that is a number", '{"method":7}\0'],
  ["parameters that are a word", '{"method":"io.tarrsteps.GetStatus","parameters":"all"}\0'],
  ["a prototype for parameters", '{"method":"io.tarrsteps.DeletePort","parameters":{"__proto__":{"id":"x"}}}\0'],
  ["a method of Object", '{"method":"io.tarrsteps.constructor"}\0'],
  ["no method at all", '{"parameters":{}}\0'],
])("%s is answered with an error, and the connection goes on", async (_, bytes) => {
  const line = await open();
  line.socket.write(bytes);
  expect((await line.reply()).error).toMatch(/^(org\.varlink\.service|io\.tarrsteps)\./);
  line.socket.write(getInfo);
  expect(await line.reply()).toMatchObject({ parameters: { product: "tarr-stepsd" } });
  await expectServed();
});

test.each([
  ["a path for a name", "../../etc/passwd"],
  ["a line of dnsmasq's", "web\ndhcp-script=/bin/sh"],
  ["an option of ip's", "-batch"],
  ["a name of 300 letters", "a".repeat(300)],
  ["a zero byte", "web\0"],
])("%s makes no port", async (_, name) => {
  const line = await open();
  const call = { method: "io.tarrsteps.CreatePort", parameters: { network: "lab", name, kind: "qemu" } };
  line.socket.write(`${JSON.stringify(call)}\0`);
  expect((await line.reply()).error).toBeDefined();
  expect(await host.call("ListPorts", {})).toEqual({ ports: [] });
  expect(await host.must("ls /run/tarr-steps /var/lib/tarr-steps")).not.toContain("passwd");
});

test("deep nesting ends in an error", async () => {
  const line = await open();
  const deep = "[".repeat(100_000) + "]".repeat(100_000);
  line.socket.write(`{"method":"io.tarrsteps.GetStatus","parameters":{"a":${deep}}}\0`);
  expect((await line.reply()).error).toBeDefined();
  await expectServed();
});

test("a message of a megabyte is hung up on", async () => {
  const line = await open();
  line.socket.write("x".repeat(1024 * 1024));
  await line.closed;
  await expectServed();
});

test("no zero byte for long, in many small pieces, holds nobody up", async () => {
  const line = await open();
  line.socket.setNoDelay(true);
  const drip = (async () => {
    for (let sent = 0; sent < 4_000; sent += 1) {
      if (line.socket.destroyed) return;
      line.socket.write("x".repeat(50));
      if (sent % 20 === 0) await Bun.sleep(1);
    }
  })();
  await expectServed();
  await drip;
  await expectServed();
});

test("half a message held open keeps nobody waiting, and its other half is still taken", async () => {
  const line = await open();
  line.socket.write(getInfo.slice(0, 20));
  await expectServed();
  line.socket.write(getInfo.slice(20));
  expect(await line.reply()).toMatchObject({ parameters: { product: "tarr-stepsd" } });
});

test("with 32 connections of one user held open, the next command says so, others are served, and all is well when they end", async () => {
  const held = await Promise.all(Array.from({ length: 32 }, () => open()));
  for (const language of ["C", "fr_FR.UTF-8"]) {
    const refused = await host.cli(["status"], { env: { LC_ALL: language } });
    expect(refused).toMatchObject({ code: 75, stdout: "" });
    expect(refused.stderr).toContain(language === "C" ? "You have 32 connections" : "Vous avez 32 connexions");
    expect(refused.stderr).toContain("pgrep -a -u $USER tarr-steps");
  }
  // What is longer than one piece is read to its end before it is answered.
  const line = await open();
  line.socket.write(`{"method":"io.tarrsteps.GetStatus","parameters":{"a":"${"x".repeat(200_000)}"}}\0`);
  expect(await line.reply()).toMatchObject({ error: "io.tarrsteps.Busy", parameters: { code: "connections-many" } });
  const { code } = await host.cli(["status"], { user: "etu" });
  expect(code).toBe(0);
  for (const { socket } of held) socket.destroy();
  await Bun.sleep(200);
  expect((await host.cli(["status"])).code).toBe(0);
  await expectServed();
});

test("connections beyond the limit that say nothing, and those far beyond it, are hung up on", async () => {
  // One that is hung up on may learn it while it still connects.
  const held = await Promise.all(Array.from({ length: 80 }, () => open().catch(() => null)));
  await Bun.sleep(2_000);
  const dead = held.filter((line) => line === null || line.socket.destroyed || line.socket.readableEnded);
  expect(dead.length).toBeGreaterThanOrEqual(48);
  expect(dead.length).toBeLessThan(80);
  for (const line of held) line?.socket.destroy();
  await Bun.sleep(200);
  await expectServed();
});

test("answers that nobody reads do not fill the service's memory", async () => {
  const line = await open();
  line.socket.pause();
  const question =
    '{"method":"org.varlink.service.GetInterfaceDescription","parameters":{"interface":"io.tarrsteps"}}\0';
  const burst = question.repeat(1_000);
  const before = await residentMegabytes();
  // 300 000 questions are 30 MB; their answers would be 800.
  for (let sent = 0; sent < 300; sent += 1) {
    if (line.socket.destroyed) break;
    if (!line.socket.write(burst)) await Bun.sleep(2);
  }
  await Bun.sleep(1_000);
  expect((await residentMegabytes()) - before).toBeLessThan(150);
  await expectServed();
});

async function residentMegabytes(): Promise<number> {
  const status = await readFile(`/proc/${host.servicePid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}
