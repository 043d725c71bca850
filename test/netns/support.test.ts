/** What a user sends with a report of a bug, and what is nobody else's business. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { Stage } from "./stage.ts";

setDefaultTimeout(90_000);

const folder = `/tmp/tarr-steps-support-${process.pid}`;
let host: Stage;
beforeAll(async () => {
  host = await Stage.open();
  // The stage has this computer's /tmp.
  await host.must(`mkdir -m 1777 ${folder}`);
});
afterAll(async () => {
  await host.must(`rm -r ${folder}`);
  await host.destroy();
});

/** As a word of its own: “eve” is no part of “level”. */
const holds = (text: string, word: string) => new RegExp(`(?<![\\w.])${word}(?![\\w]|\\.\\d)`).test(text);

const place = `${folder}/report.txt`;

test("holds the versions, the document, the state and the plan, and nothing of another user's", async () => {
  const port = { network: "lab", kind: "qemu", mac: null } as const;
  const { port: mine } = await host.as("etu", "CreatePort", { ...port, name: "web" });
  const { port: hers } = await host.as("eve", "CreatePort", { ...port, name: "secretlab" });
  await host.must(`echo '# the root password is hunter2' >>/etc/tarr-steps/tarr-steps.yaml`);
  const { code, stdout } = await host.cli(["support", "--output", place], { user: "etu" });
  expect({ code, stdout }).toEqual({ code: 0, stdout: `Written: ${place}. Read it, then send it with your report.\n` });
  const text = await host.read(place);
  for (const part of [
    "== packages",
    "networks:",
    "== tarr-steps status --json",
    "doctor --json",
    "vswitch0",
    "== ip",
  ]) {
    expect(text).toContain(part);
  }
  expect(text).toContain(mine.mac);
  expect(text).toContain(mine.reserved);
  expect(text).toContain('"ofOthers": 1');
  const secrets = [hers.mac, hers.reserved, hers.name, "eve", "hunter2"];
  expect(secrets.filter((one) => holds(text, one))).toEqual([]);
  expect((await host.must(`stat -c '%a %U' ${place}`)).trim()).toBe("600 etu");
});

test("leaves a file that is there alone", async () => {
  const there = `${folder}/there`;
  await host.must(`echo mine >${there}; chown etu ${there}`);
  const { code, stderr } = await host.cli(["support", "--output", there], { user: "etu" });
  expect([code, stderr]).toEqual([1, expect.stringContaining(there) as string]);
  expect(await host.read(there)).toBe("mine\n");
});

test("root's has the rules, with stand-ins for the machines' addresses", async () => {
  const { stdout } = await host.cli(["port", "list", "--json"]);
  const { ports } = JSON.parse(stdout) as { ports: { mac: string; reserved: string }[] };
  expect((await host.cli(["support", "--output", `${folder}/root.txt`])).code).toBe(0);
  const text = await host.read(`${folder}/root.txt`);
  expect(text).toContain("table bridge tarr_steps");
  expect(text).toContain("mac-1");
  // The first address of the range is told as that.
  const others = ports.flatMap(({ mac, reserved }) => [mac, reserved]).filter((one) => one !== "192.168.194.10");
  expect(others).toHaveLength(3);
  expect(others.filter((one) => holds(text, one))).toEqual([]);
});

test("both names tell their version", async () => {
  const { version } = (await import("../../package.json")) as { version: string };
  expect(await host.must("tarr-steps --version; tarr-stepsd --version")).toBe(
    `tarr-steps ${version}\ntarr-stepsd ${version}\n`,
  );
});

test("without a service it is written all the same", async () => {
  await host.stop();
  const { code } = await host.cli(["support", "--output", `${folder}/stopped.txt`], { user: "etu" });
  expect(code).toBe(0);
  expect(await host.read(`${folder}/stopped.txt`)).toContain("service-unreachable");
});
