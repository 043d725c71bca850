import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { addresses, dnsmasqs, link, linkNames } from "./kernel.ts";
import { codeOf, Stage } from "./stage.ts";

setDefaultTimeout(120_000);

let stage: Stage | null = null;
async function open(plan: Parameters<typeof Stage.open>[0] = {}): Promise<Stage> {
  stage = await Stage.open(plan);
  return stage;
}
afterEach(async () => {
  await stage?.destroy();
  stage = null;
});

const moments = Array.from({ length: 16 }, (_, index) => index * 10);

/** What must hold after any interruption, whatever it interrupted. */
async function expectWhole(host: Stage, moment: number, taps: readonly string[]): Promise<void> {
  await host.call("Reload", {});
  const { steps } = await host.call("Reload", {});
  expect({ moment, steps }).toEqual({ moment, steps: [] });
  const made = ["carrier0", "carrier0-peer", "eth0", "lo", "tap0", "vswitch0", ...taps].sort();
  expect({ moment, links: await linkNames(host) }).toEqual({ moment, links: made });
  const [network] = (await host.call("GetStatus", {})).networks;
  expect({ moment, addresses: addresses(await link(host, "vswitch0")) }).toEqual({
    moment,
    addresses: [network?.address ?? ""],
  });
  expect({ moment, dnsmasqs: (await dnsmasqs(host)).length }).toEqual({ moment, dnsmasqs: 1 });
  expect(await host.sh("ls /run/tarr-steps/journal.json")).toMatchObject({ code: 2 });
}

test("killed at any moment of a change of network, the service finds its way, and leaves nothing over", async () => {
  const host = await open();
  const { port } = await host.call("CreatePort", { network: "lab", name: "vm", kind: "qemu" });
  const { ifindex } = await link(host, port.interface);
  const settings = [
    [
      { key: "address", value: "10.20.0.1/22" },
      { key: "reach", value: "isolated" },
    ],
    [
      { key: "address", value: "192.168.194.1/24" },
      { key: "reach", value: "nat" },
    ],
  ];
  for (const [round, moment] of moments.entries()) {
    const wanted = { network: "lab", settings: settings[round % 2] ?? [], apply: true, dryRun: false };
    const asked = host.call("SetNetwork", wanted).then(() => "done", codeOf);
    await Bun.sleep(moment);
    await host.stop({ kill: true });
    await asked;
    await host.start();
    await expectWhole(host, moment, [port.interface]);
    // The guest was not unplugged.
    expect((await link(host, port.interface)).ifindex).toBe(ifindex);
  }
});

test("killed at any moment of the making of a port, there is the port or there is not, and nothing between", async () => {
  const host = await open();
  for (const moment of moments) {
    const name = `vm-${moment}`;
    const asked = host.call("CreatePort", { network: "lab", name, kind: "qemu" }).then(() => "done", codeOf);
    await Bun.sleep(moment);
    await host.stop({ kill: true });
    await asked;
    await host.start();
    const { ports } = await host.call("ListPorts", {});
    await expectWhole(
      host,
      moment,
      ports.map((port) => port.interface),
    );
    for (const { id } of ports) await host.call("DeletePort", { id });
  }
});

test("killed at any moment of its very first start, the next one ends it", async () => {
  for (const moment of moments.map((one) => one + 30)) {
    const host = await open({ start: false });
    await host.launch();
    await Bun.sleep(moment);
    await host.stop({ kill: true });
    await host.start();
    await expectWhole(host, moment, []);
    await host.destroy();
  }
});

test("told to end while a change is under way, it is brought to its end first", async () => {
  const host = await open();
  const settings = [{ key: "address", value: "10.20.0.1/22" }];
  const asked = host
    .call("SetNetwork", { network: "lab", settings, apply: true, dryRun: false })
    .then(() => "done", codeOf);
  await Bun.sleep(15);
  await host.stop();
  await asked;
  const bridge = addresses(await link(host, "vswitch0"));
  const said = await host.read("/etc/tarr-steps/tarr-steps.yaml");
  expect(bridge).toEqual([said.includes("10.20.0.1/22") ? "10.20.0.1/22" : "192.168.194.1/24"]);
  expect(await host.sh("ls /run/tarr-steps/journal.json")).toMatchObject({ code: 2 });
});

test("a whole reboot, /run and the kernel's state lost, brings the same switch and ports", async () => {
  const host = await open();
  const { port } = await host.call("CreatePort", { network: "lab", name: "vm", kind: "qemu" });
  const { address } = await link(host, "vswitch0");
  await host.stop({ kill: true });
  await host.must(`kill $(cat /run/tarr-steps/dnsmasq/lab.pid)
    ip link delete vswitch0; ip link delete carrier0; ip link delete tap0; ip link delete ${port.interface}
    nft flush ruleset; echo 1 >/proc/sys/net/ipv4/ip_forward; echo 0 >/proc/sys/net/ipv4/ip_forward
    rm -rf /run/tarr-steps/*`);
  await host.start();
  await expectWhole(host, 0, [port.interface]);
  expect((await link(host, "vswitch0")).address).toBe(address);
  expect((await host.call("ListPorts", {})).ports).toMatchObject([
    { id: port.id, mac: port.mac, reserved: port.reserved },
  ]);
});
