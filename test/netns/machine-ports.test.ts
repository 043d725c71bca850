/** What becomes of a machine whose port is gone: deleted by somebody, or with the package when that was purged. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { Stage } from "./stage.ts";
import { furnishHome, type } from "./student.ts";

setDefaultTimeout(60_000);

let host: Stage;
beforeAll(async () => {
  host = await Stage.open();
  await furnishHome(host);
  expect(await type(host, "tarr-steps machine create web --image blank --provider qemu --start")).toMatchObject({
    code: 0,
  });
});
afterAll(async () => {
  await type(host, "tarr-steps machine stop web --hard");
  await host.destroy();
});

type Shown = { state: string; nics: { port: string; mac: string; lost: boolean }[] };
async function web() {
  const { stdout } = await type(host, "tarr-steps machine show web --json");
  const { state, nics } = JSON.parse(stdout) as Shown;
  return { state, nic: nics[0] ?? { port: "", mac: "", lost: true } };
}
const carrier = async (port: string) => (await host.sh(`cat /sys/class/net/ts${port}/carrier`)).stdout.trim();

/** By varlink, as root: the command line deletes no port of somebody else's. */
async function deletePort(): Promise<void> {
  await host.call("DeletePort", { id: (await web()).nic.port });
}

/** What a purge leaves of the service's memory. */
async function forgetAll(): Promise<void> {
  await host.stop();
  await host.must("rm -rf /var/lib/tarr-steps/*; for i in $(ls /sys/class/net | grep '^ts'); do ip link del $i; done");
  await host.start();
}

test.each([
  ["an administrator deleted it", deletePort],
  ["the package was purged and installed again", forgetAll],
])("a stopped machine gets a new port at its next start when %s", async (_, lose) => {
  await type(host, "tarr-steps machine stop web --hard");
  const before = await web();
  await lose();
  const status = (await type(host, "tarr-steps status")).stdout;
  expect(status).toContain("port gone; new one: tarr-steps machine start web");
  expect(status).not.toContain("no machine yet");
  const doctor = (await type(host, "tarr-steps doctor")).stdout;
  expect(doctor).toContain("The port of web on lab is gone.");
  expect(doctor).toContain("Give web a new port: tarr-steps machine start web");
  const started = await type(host, "tarr-steps machine start web");
  const after = await web();
  expect(started).toMatchObject({ code: 0 });
  expect(started.stderr).toContain(`web had lost its port on lab: it now has port ${after.nic.port} (`);
  expect(after).toMatchObject({ state: "running", nic: { mac: before.nic.mac, lost: false } });
  expect(after.nic.port).not.toBe(before.nic.port);
  expect(await carrier(after.nic.port)).toBe("1");
  expect((await type(host, "tarr-steps port list")).stdout).toMatch(/ web\b/);
  expect((await type(host, "tarr-steps doctor")).stdout).not.toContain("port of web");
});

test("one that runs is told so, and gets it when it is restarted", async () => {
  await deletePort();
  expect((await type(host, "tarr-steps status")).stdout).toContain(
    "port gone; new one: tarr-steps machine restart web",
  );
  const ssh = await type(host, "tarr-steps machine ssh web true");
  expect([ssh.code, ssh.stderr]).toEqual([1, expect.stringContaining("machine restart web") as string]);
  expect(await type(host, "tarr-steps machine restart web --hard")).toMatchObject({ code: 0 });
  expect(await carrier((await web()).nic.port)).toBe("1");
});

test("with another MAC address when somebody has its own meanwhile, which is said", async () => {
  await type(host, "tarr-steps machine stop web --hard");
  const { mac } = (await web()).nic;
  await deletePort();
  await host.as("eve", "CreatePort", { network: "lab", name: "web", kind: "qemu", mac });
  const { code, stderr } = await type(host, "tarr-steps machine start web");
  const after = (await web()).nic;
  expect([code, stderr]).toEqual([
    0,
    expect.stringContaining(`${mac} is in use elsewhere; the card now has`) as string,
  ]);
  expect(after.mac).not.toBe(mac);
  expect(await carrier(after.port)).toBe("1");
});

test("a network that is gone is named, with what makes it again", async () => {
  await type(host, "tarr-steps network create salle && tarr-steps network set salle dhcp=off");
  await type(host, "tarr-steps machine create db --image blank --provider qemu --network salle");
  await forgetAll();
  const { code, stderr } = await type(host, "tarr-steps machine start db");
  expect([code, stderr]).toEqual([1, expect.stringContaining("the network salle, which no longer exists") as string]);
  expect((await type(host, "tarr-steps status")).stdout).toContain("→ tarr-steps network create salle");
  await type(host, "tarr-steps network create salle && tarr-steps network set salle dhcp=off");
  expect(await type(host, "tarr-steps machine start db")).toMatchObject({ code: 0 });
  await type(host, "tarr-steps machine stop db --hard");
});
