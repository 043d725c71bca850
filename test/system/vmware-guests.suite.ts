import { beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { captureScript, sendScript } from "../room/frames.ts";
import { among, digits, everybody, udp, vmwareAttacks } from "../room/hostile.ts";
import type { Background } from "../room/processes.ts";
import { until } from "../room/processes.ts";
import type { OnStage } from "./life.ts";
import { guest, student } from "./stage.ts";
import { vmwareNetworking } from "./vmware.suite.ts";

const gateway = "192.168.194.1";
const hookScript = join(import.meta.dirname, "../netns/doubles/hook.pl");
const socket = "/run/tarr-steps/io.tarrsteps";
const soon = 4_000;

type Port = { readonly name: string; readonly mac: string; readonly interface: string; readonly reserved: string };

/** Two machines of VMware's, by the double of its module, beside a machine of QEMU's (vm) and a container (box). */
export function vmwareGuestTests(on: OnStage): void {
  const root = async (line: string) => {
    const { code, stdout, stderr } = await on().host.root(line, { timeout: 60_000 });
    if (code !== 0) throw new Error(`${line}: ${code} ${stderr}${stdout}`);
    return stdout;
  };
  const etu = async (line: string) => {
    const { code, stdout, stderr } = await student(on(), `tarr-steps ${line}`);
    if (code !== 0) throw new Error(`${line}: ${code} ${stderr}${stdout}`);
    return stdout;
  };
  /** As `plug` asks for it, which needs Workstation's own programs. */
  const createPort = async (name: string) => {
    const message = `{"method":"io.tarrsteps.CreatePort","parameters":{"network":"lab","name":"${name}","kind":"vmware"}}`;
    const { stdout } = await student(on(), `printf '%s\\0' '${message}' | socat -t2 - UNIX-CONNECT:${socket}`);
    expect(stdout).toContain('"interface":"vmware0"');
  };
  const ports = new Map<string, Port>();
  const port = (name: string): Port => {
    const found = ports.get(name);
    if (found === undefined) throw new Error(`no port ${name}`);
    return found;
  };
  let hook: Background | undefined;

  /** What each of these programs of the host's, or of the LAN's, hears while something happens. */
  async function heard(work: () => Promise<unknown>): Promise<ReadonlyMap<string, readonly string[]>> {
    const { host, peer } = on();
    const listen = (device: string, way = "") => ["perl", "-e", captureScript, device, "60", way] as const;
    const ears = new Map([
      ["container", await host.background(listen(port("box").interface, "out"))],
      ["QEMU machine", await host.background(listen(port("vm").interface, "out"))],
      ["host", await host.background(listen("vswitch0"))],
      ["LAN", await peer.background(listen("eth0"))],
    ]);
    for (const [name, ear] of ears) {
      const listens = until(name, () => ear.output().includes("listening") || undefined);
      await listens.catch((error: unknown) => {
        throw new Error(`${name}: ${ear.output()}`, { cause: error });
      });
    }
    await work();
    await Bun.sleep(500);
    const frames = new Map<string, readonly string[]>();
    for (const [name, ear] of ears) {
      await ear.stop();
      frames.set(
        name,
        ear
          .output()
          .split("\n")
          .filter((line) => /^[0-9a-f]{28,}$/.test(line)),
      );
    }
    return frames;
  }

  const answers = async (line: string) => (await on().host.root(`${line} >/dev/null`)).code === 0;
  const ways = () =>
    Promise.all([
      answers(`ping -c 1 -W 1 ${port("one").reserved}`),
      answers(`ip netns exec two ping -c 1 -W 1 ${port("box").reserved}`),
      answers(`ip netns exec one ping -c 1 -W 1 ${port("vm").reserved}`),
    ]);

  describe("VMware's machines, by the double of its module", () => {
    beforeAll(async () => {
      await root(`mkdir -p /etc/vmware; cat >/etc/vmware/networking <<'END'\n${vmwareNetworking}END`);
      await until("VMware's port", async () => (await answers("ip link show vmware0")) || undefined, 15_000);
      await etu("machine create vm --provider qemu --start");
      await etu("machine create box --provider lxc --start");
      for (const name of ["one", "two"]) await createPort(name);
      await until("the container's interface", async () => {
        const { ports: all } = JSON.parse(await etu("port list --json")) as { ports: readonly Port[] };
        for (const one of all) ports.set(one.name, one);
        // Known once the container has sent something.
        return (await answers(`ip link show ${port("box").interface}`)) || undefined;
      });
      await on().host.copyIn(hookScript, "/root/hook.pl");
      await root("ip netns add one; ip netns add two");
      const guests = ["one", "two"].map((name) => `${name},${port(name).mac}`);
      hook = await on().host.background(["perl", "/root/hook.pl", "vmware0", "vmware0-peer", ...guests]);
      await until("the hook", () => hook?.output().includes("hooked") || undefined);
      for (const name of ["one", "two"]) {
        const { mac, reserved } = port(name);
        await root(`ip -n ${name} link set eth0 address ${mac} up; ip -n ${name} address add ${reserved}/24 dev eth0`);
      }
    }, 60_000);

    test("reach a container, a QEMU machine and the host", async () => {
      await until("everybody", async () => !(await ways()).includes(false) || undefined);
      const sum = async (line: string) => /[0-9a-f]{32}/.exec(await root(line))?.[0];
      await root("head -c 1000000 /dev/urandom >/root/bulk");
      const served = guest(on(), "box").exec("nc -l -p 7008 | md5sum");
      await Bun.sleep(1_000);
      await root(`ip netns exec one socat -u OPEN:/root/bulk TCP:${port("box").reserved}:7008`);
      expect(/[0-9a-f]{32}/.exec((await served).stdout)?.[0]).toBe(await sum("md5sum /root/bulk"));
    }, 60_000);

    test("are heard by nobody when one speaks as another, as the switch, or as a server of addresses", async () => {
      const { one, box, vm } = { one: port("one"), box: port("box"), vm: port("vm") };
      const evil = vmwareAttacks({
        macs: { one: one.mac, box: box.mac, vm: vm.mac },
        addresses: { one: one.reserved, box: box.reserved, vm: vm.reserved },
        gateway,
        switch: (await root("cat /sys/class/net/vswitch0/address")).trim(),
      });
      const good = `${everybody} ${digits(one.mac)} ${udp(one.reserved, "12341234", "600d".repeat(16))}`;
      const frames = [...Object.values(evil), good].map((frame) => frame.replaceAll(/[^0-9a-f]/g, ""));
      await on().host.root("cat >/root/send.pl", { stdin: sendScript });
      const everywhere = await heard(() => root(`ip netns exec one perl /root/send.pl eth0 ${frames.join(" ")}`));
      const told = [...everywhere].map(([ear, all]) => ({
        ear,
        passed: among(evil, all),
        marked: all.filter((frame) => frame.includes("600d600d")).length,
      }));
      expect(frames).toHaveLength(46);
      expect(told).toEqual([
        { ear: "container", passed: [], marked: 1 },
        { ear: "QEMU machine", passed: [], marked: 1 },
        { ear: "host", passed: [], marked: 1 },
        // On the LAN nothing of a switch in nat is heard.
        { ear: "LAN", passed: [], marked: 0 },
      ]);
    }, 60_000);

    test("are not overheard: what is meant for one goes to no other port", async () => {
      const everywhere = await heard(() => root(`ping -c 20 -i 0.02 -W 1 ${port("one").reserved}`));
      for (const ear of ["container", "QEMU machine"]) {
        const meant = everywhere.get(ear)?.filter((frame) => frame.startsWith(digits(port("one").mac)));
        expect([ear, meant]).toEqual([ear, []]);
      }
    }, 60_000);

    const signal = (name: string) => root(`pkill -${name} -f '^perl /root/hook.pl'`);
    test.each([
      ["the switch was deleted", () => root("ip link delete vswitch0")],
      ["the network was stopped and started", () => root("tarr-steps network stop lab; tarr-steps network start lab")],
      ["the service was restarted", () => root("systemctl restart tarr-stepsd.service")],
      ["the service was killed", () => root("systemctl kill -s KILL tarr-stepsd.service")],
      [
        "VMware's networks were restarted",
        async () => [await signal("USR1"), await Bun.sleep(500), await signal("USR2")],
      ],
    ] as const)(
      "reach everybody within four seconds when %s, and nothing was unplugged",
      async (_, happen) => {
        const index = await root("cat /sys/class/net/vmware0/ifindex");
        await happen();
        const before = performance.now();
        await until("traffic", async () => !(await ways()).includes(false) || undefined, 15_000);
        expect(performance.now() - before).toBeLessThan(soon);
        expect(await root("cat /sys/class/net/vmware0/ifindex")).toBe(index);
        for (const name of ["one", "two"]) {
          expect(await root(`ip netns exec ${name} cat /sys/class/net/eth0/carrier`)).toBe("1\n");
        }
      },
      30_000,
    );

    test("are gone when their module is, and their ports can be deleted", async () => {
      await hook?.stop();
      await root("ip netns delete one; ip netns delete two; rm -f /root/hook.pl /root/send.pl /root/bulk");
      for (const name of ["vm", "box"]) await etu(`machine stop ${name} --hard && tarr-steps machine delete ${name}`);
      for (const name of ["one", "two"]) await etu(`port delete ${name}`);
      expect(await etu("port list")).not.toContain("vmware");
    }, 30_000);
  });
}
