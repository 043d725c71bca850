/** What may cut a host off is on trial: undone by itself, whatever becomes of the service meanwhile. */
import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { until } from "../room/processes.ts";
import { lanScript } from "./bridged-lan.ts";
import { reaches } from "./guest.ts";
import { lan } from "./host-script.ts";
import { link, linkNames } from "./kernel.ts";
import { codeOf, Stage } from "./stage.ts";

setDefaultTimeout(120_000);

const state = "/run/tarr-steps/trial.json";
let host: Stage;
beforeEach(async () => {
  host = await Stage.open({ before: lanScript });
});
afterEach(() => host.destroy());

async function bridge(...settings: string[]): Promise<void> {
  const words = ["network", "set", "lab", "reach=bridged", ...settings];
  const { code, stdout, stderr } = await host.cli(words);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/undone in (60|59|58) s.*\n.*tarr-steps confirm/);
}

const isBridged = async () => (await linkNames(host)).includes("uplink0");

/** @returns seconds until it is undone */
async function undone(within: number): Promise<number> {
  const begun = performance.now();
  await until("the undo", async () => (!(await isBridged()) && (await host.planCode()) === 0) || undefined, within);
  return (performance.now() - begun) / 1000;
}

/** Moves the trial's end, while the service is away. */
async function setDeadline(secondsFromNow: number): Promise<void> {
  const saved = JSON.parse(await host.read(state)) as { trial: { until: number } };
  const uptime = Number((await host.must("cat /proc/uptime")).split(" ")[0]);
  saved.trial.until = uptime + secondsFromNow;
  await host.must(`cat >${state}`, { stdin: JSON.stringify(saved) });
}

async function status(): Promise<string> {
  return (await host.cli(["status"])).stdout;
}

test("what nobody confirms within 60 s is undone, and told", async () => {
  const begun = performance.now();
  // --yes answers questions; this is none.
  await bridge("--yes");
  expect(await status()).toMatch(/lab is on trial: reach=bridged by eth0\. It is undone in \d+ s/);
  const { pending } = await host.call("GetStatus", {});
  expect(pending).toBe(false);
  await undone(90_000);
  const took = (performance.now() - begun) / 1000;
  expect(took).toBeGreaterThan(58);
  expect(took).toBeLessThan(64);
  expect(await status()).toContain("Nobody confirmed reach=bridged of lab in time");
  expect((await host.cli(["doctor"])).stdout).toContain("Nobody confirmed reach=bridged of lab in time");
  expect(host.said).toContain("trial of lab undone");
  expect((await host.cli(["confirm"])).code).toBe(1);
});

test("confirmed, it stays, and is forgotten as a trial", async () => {
  await bridge();
  const { code, stdout } = await host.cli(["confirm"], { user: "prof" });
  expect({ code, stdout }).toEqual({ code: 0, stdout: "Confirmed: lab keeps reach=bridged.\n" });
  expect(await status()).not.toContain("trial");
  expect((await host.sh(`cat ${state}`)).code).toBe(1);
  await host.stop({ kill: true });
  await host.start();
  expect(await isBridged()).toBe(true);
  expect(await host.planCode()).toBe(0);
  const again = await host.cli(["confirm"]);
  expect({ code: again.code, stderr: again.stderr }).toEqual({
    code: 1,
    stderr: "tarr-steps: There is nothing to confirm.\n  → What is in force: tarr-steps status\n",
  });
});

test("only administrators confirm", async () => {
  await bridge();
  expect(await host.as("etu", "Confirm", {}).catch(codeOf)).toBe("denied-administer");
});

test("a service that is killed goes on with the trial, and undoes it at the same second", async () => {
  await bridge();
  await host.stop({ kill: true });
  await setDeadline(6);
  await host.start();
  expect(await isBridged()).toBe(true);
  const seconds = await undone(20_000);
  expect(seconds).toBeGreaterThan(2);
  expect(seconds).toBeLessThan(9);
  expect(await status()).toContain("Nobody confirmed");
});

test("a service that comes back too late undoes it at once", async () => {
  await bridge();
  await host.stop({ kill: true });
  await setDeadline(-1);
  await host.start();
  expect(await isBridged()).toBe(false);
  await until("the reason", async () => (await status()).includes("Nobody confirmed") || undefined);
});

test("a service that is stopped undoes it first: nobody else would", async () => {
  await bridge();
  await host.stop();
  expect(await isBridged()).toBe(false);
  await host.start();
  expect(await status()).toContain("The service was stopped before anybody confirmed");
});

test("a gateway that no longer answers ends the trial within 10 s", async () => {
  const begun = performance.now();
  await bridge();
  await host.must("ip -n peer link set br0 arp off");
  await undone(20_000);
  expect((performance.now() - begun) / 1000).toBeLessThan(10);
  expect(await status()).toContain(`the gateway ${lan.peer} no longer answered on eth0`);
  expect(host.said).toMatch(/trial of lab undone: .*198\.51\.100\.1/);
});

test("without a gateway on the NIC nobody is asked, and a gateway that answers keeps it", async () => {
  await bridge();
  await Bun.sleep(8_000);
  expect(await isBridged()).toBe(true);
  await host.must("ip route delete default; ip -n peer link set br0 arp off");
  await Bun.sleep(8_000);
  expect(await isBridged()).toBe(true);
});

test("while it lasts no other network is changed; a reload ends it", async () => {
  await bridge();
  const { code, stderr } = await host.cli(["network", "set", "lab", "domain=x.internal"]);
  expect(code).toBe(75);
  expect(stderr).toMatch(/lab is on trial for \d+ s more/);
  expect((await host.cli(["network", "stop"])).code).toBe(75);
  await host.call("CreatePort", { network: "lab", name: "web", kind: "qemu" });
  expect((await host.cli(["network", "reload"])).code).toBe(0);
  expect(await isBridged()).toBe(false);
  expect(await status()).not.toContain("trial");
  expect(await host.planCode()).toBe(0);
});

test("what the administrator wrote into the document is tried too when it is put into force", async () => {
  await host.must("sed -i 's/reach: nat/reach: bridged/' /etc/tarr-steps/tarr-steps.yaml");
  expect((await host.cli(["network", "reload"])).stdout).toContain("tarr-steps confirm");
  expect((await host.cli(["network", "reload"])).code).toBe(0);
  expect(await isBridged()).toBe(false);
  expect(await status()).toContain("reach: bridged");
});

test.each([
  ["bridge-unknown-uplink", "true", "uplink=eth7"],
  ["bridge-not-ethernet", "true", "uplink=lo"],
  ["bridge-kind", "ip link add br7 type bridge; ip link set br7 up", "uplink=br7"],
  [
    "bridge-member",
    "ip link add br7 type bridge; ip link add e7 type veth peer name e8; ip link set e7 master br7",
    "uplink=e7",
  ],
  ["bridge-no-uplink", "ip address flush dev eth0", "uplink=auto"],
  [
    "bridge-many-uplinks",
    "ip link add e7 type veth peer name e8; ip link set e8 up; ip link set e7 up; ip address add 203.0.113.9/24 dev e7; ip route add default via 203.0.113.1 metric 9",
    "uplink=auto",
  ],
])("%s: refused with its own sentence, and nothing is changed", async (code, line, uplink) => {
  await host.must(line);
  await until("the plan", async () => (await host.planCode()) === 0 || undefined);
  const before = await host.must("ip link; nft list ruleset");
  const settings = [
    { key: "reach", value: "bridged" },
    { key: "uplink", value: uplink.slice("uplink=".length) },
  ];
  const asked = host.call("SetNetwork", { network: "lab", settings, apply: true, dryRun: false });
  expect(
    await asked.then(
      () => "done",
      (error: unknown) => codeOf(error),
    ),
  ).toBe(code);
  expect(await host.must("ip link; nft list ruleset")).toBe(before);
  expect((await host.sh(`cat ${state}`)).code).toBe(1);
});

test("a NIC that logs in to the LAN is refused: another MAC would be turned away there", async () => {
  // As wpa_supplicant has it, whoever started it: a packet socket for EAP over LAN on the NIC.
  const program =
    "use Socket; socket S, 17, 3, unpack('S', pack('n', 0x888e)); bind S, pack('S n i S C C a8', 17, 0x888e, $ARGV[0], 0, 0, 0, ''); sleep 60";
  const waiting = host.sh(`perl -e "${program.replaceAll("$", "\\$")}" ${(await link(host, "eth0")).ifindex}`, {
    timeout: 60_000,
  });
  await until("the socket", async () => (await host.must("cat /proc/net/packet")).includes("888e") || undefined);
  const { code, stderr } = await host.cli(["network", "set", "lab", "reach=bridged"]);
  expect(code).toBe(1);
  expect(stderr).toContain("eth0 logs in to the LAN (802.1X)");
  expect(await reaches(host, { at: "mate" }, lan.host)).toBe(true);
  await host.must("kill $(pidof perl)");
  await waiting;
});
