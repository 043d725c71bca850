/** A machine that the student made in the hypervisor's own tool: every command works on it, or says what does. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { until } from "../room/processes.ts";
import { Stage } from "./stage.ts";
import { furnishHome, home, type } from "./student.ts";

setDefaultTimeout(60_000);

let host: Stage;
const qemu =
  "setsid qemu-system-x86_64 -name v1 -M pc -accel tcg -m 16 -display none -nic none -qmp unix:qmp.sock,server=on,wait=off </dev/null >/dev/null 2>&1 &";
beforeAll(async () => {
  host = await Stage.open();
  await furnishHome(host);
  await type(host, qemu);
  await until("QEMU", async () => (await host.sh(`test -S ${home}/qmp.sock`)).code === 0 || undefined);
  expect(await said("tarr-steps machine ssh v1 true")).toEqual([
    1,
    expect.stringContaining("tarr-steps plug qemu:v1") as string,
  ]);
  expect(await type(host, "tarr-steps plug qemu:v1")).toMatchObject({ code: 0 });
  expect(await type(host, "tarr-steps machine create web --image blank --provider qemu")).toMatchObject({ code: 0 });
});
afterAll(async () => {
  await type(host, "tarr-steps machine stop v1 web --hard");
  await host.destroy();
});

async function said(line: string): Promise<readonly [number, string]> {
  const { code, stdout, stderr } = await type(host, line);
  return [code, stdout + stderr];
}

test("it is shown as it is listed, by its name and with its hypervisor's", async () => {
  for (const name of ["v1", "qemu:v1"]) {
    const [code, shown] = await said(`tarr-steps machine show ${name} --json`);
    const view = JSON.parse(shown) as { name: string; state: string; image: null; nics: { port: string }[] };
    expect([code, view]).toMatchObject([0, { name: "v1", state: "running", image: null, nics: [{ network: "lab" }] }]);
    const [, text] = await said(`tarr-steps machine show ${name}`);
    expect(text).toContain(`${view.nics[0]?.port ?? "?"} (ts`);
  }
});

test("starting it once more is no error, and says where it is", async () => {
  expect(await said("tarr-steps machine start v1")).toEqual([
    0,
    expect.stringMatching(/^v1 is running already, at 192\.168\.194\.\d+\.\n$/) as string,
  ]);
});

test.each(["delete", "snapshot", "snapshots", "restore", "logs", "console"])(
  "machine %s is for others, and it is said where to do that",
  async (command) => {
    const [code, text] = await said(`tarr-steps machine ${command} v1`);
    expect([code, text]).toEqual([1, expect.stringContaining(`“machine ${command}” is for machines`) as string]);
    expect(text).toContain("→ Do it where you made the machine. To take it off its port: tarr-steps unplug qemu:v1");
  },
);

test("ssh to one whose cable is pulled names the cable", async () => {
  await said("tarr-steps port down v1");
  expect(await said("tarr-steps machine ssh v1 true")).toEqual([1, expect.stringContaining("port up v1") as string]);
  await said("tarr-steps port up v1");
});

test("its port may be lost, and plugging it in again gives it another", async () => {
  const [, before] = await said("tarr-steps machine show v1 --json");
  const { nics } = JSON.parse(before) as { nics: { port: string }[] };
  await host.call("DeletePort", { id: nics[0]?.port ?? "" });
  expect((await said("tarr-steps status"))[1]).toContain("port gone; new one: tarr-steps plug qemu:v1");
  expect(await said("tarr-steps plug qemu:v1")).toEqual([0, expect.stringContaining("is on port") as string]);
  expect((await said("tarr-steps status"))[1]).not.toContain("port gone");
});

test("it is powered off, and only its owner knows how it is started", async () => {
  expect(await said("tarr-steps machine stop v1 --hard")).toEqual([0, "v1 powers off…\n"]);
  expect(await said("tarr-steps machine stop v1")).toEqual([0, "v1 is not running.\n"]);
  expect(await said("tarr-steps machine ssh v1 true")).toEqual([
    1,
    expect.stringContaining("v1 is not running") as string,
  ]);
  expect(await said("tarr-steps machine start v1")).toEqual([
    1,
    expect.stringContaining("the arguments of its network card: tarr-steps plug qemu:v1") as string,
  ]);
  expect(await said("tarr-steps plug qemu:v1")).toEqual([0, expect.stringContaining("-netdev tap") as string]);
});

test("a machine that tarr-steps made is neither plugged nor unplugged, and both say the same", async () => {
  const [, shown] = await said("tarr-steps machine show web --json");
  const { port = "?" } = (JSON.parse(shown) as { nics: { port: string }[] }).nics[0] ?? {};
  for (const command of ["plug", "unplug"]) {
    const [code, text] = await said(`tarr-steps ${command} qemu:web`);
    expect([code, text]).toEqual([1, expect.stringContaining("web is a machine that tarr-steps made") as string]);
    expect(text).toContain(`(${port})`);
  }
});

test("a name that is nowhere is still unknown, and one that cannot be is refused as before", async () => {
  expect(await said("tarr-steps machine start nothing")).toEqual([
    1,
    expect.stringContaining("You have no machine “nothing”") as string,
  ]);
  expect((await said("tarr-steps machine ssh ../x"))[0]).toBe(64);
});

test("several are started and stopped at once; one that is not there keeps all from it", async () => {
  await said("tarr-steps machine create db --image blank --provider qemu");
  expect((await said("tarr-steps machine start web nothing"))[0]).toBe(1);
  expect((await said("tarr-steps machine show web --json"))[1]).toContain('"stopped"');
  expect((await said("tarr-steps machine start web db"))[0]).toBe(0);
  const [, text] = await said("tarr-steps machine stop web db --hard --json");
  expect((JSON.parse(text) as { machines: { state: string }[] }).machines.map(({ state }) => state)).toEqual([
    "stopped",
    "stopped",
  ]);
  expect(await said("tarr-steps machine start web")).toMatchObject([0, expect.any(String)]);
  expect(await said("tarr-steps machine start web")).toEqual([
    0,
    expect.stringContaining("web is running already") as string,
  ]);
});

test("several are deleted, or all that do not run", async () => {
  expect((await said("tarr-steps machine delete --all db"))[0]).toBe(64);
  expect((await said("tarr-steps machine delete"))[0]).toBe(64);
  const [code, text] = await said("tarr-steps machine delete --all");
  expect([code, text]).toEqual([1, expect.stringContaining("db is deleted.") as string]);
  expect(text).toContain("The machine web is running.");
  expect(text).toContain("Of 2 machines 1 failed: web.");
  await said("tarr-steps machine stop web --hard");
  await said("tarr-steps machine create db --image blank --provider qemu");
  expect(await said("tarr-steps machine delete web db --json")).toEqual([0, '{"deleted":["web","db"]}\n']);
});
