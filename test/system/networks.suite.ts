import { describe, expect, test } from "bun:test";
import { until } from "../room/processes.ts";
import type { OnStage } from "./life.ts";
import { student } from "./stage.ts";

type Shown = { readonly nics: readonly { readonly network: string; readonly address: string | null }[] };

/** Networks of users, and a machine between two of them. One network stays, for the removal to take away. */
export function networkTests(on: OnStage): void {
  const must = async (line: string) => {
    const { code, stdout, stderr } = await student(on(), line);
    if (code !== 0) throw new Error(`${line}: ${code} ${stderr}${stdout}`);
    return stdout;
  };
  const show = async (name: string) => JSON.parse(await must(`tarr-steps machine show ${name} --json`)) as Shown;
  const vmware = async () => (await on().host.root("cat /etc/vmware/networking")).stdout;
  const dmzLine = /^add_bridge_mapping vmware1 \d+$/m;

  describe("networks of users", () => {
    test("a student makes one; others may not change it, and VMware is told of its switch", async () => {
      await must("tarr-steps network create dmz --subnet 10.11.0.0/24 --reach isolated");
      expect(await must("tarr-steps network list")).toMatch(/dmz +vswitch1 +10\.11\.0\.1\/24 +up +isolated +0 +etu/);
      const { code } = await on().host.as("eve", "tarr-steps network set dmz reach=nat");
      expect(code).toBe(77);
      await until("VMware's line", async () => dmzLine.test(await vmware()) || undefined, 15_000);
    });

    test("a machine between it and lab has an address on each, names on the host, and routes when told to", async () => {
      await must("tarr-steps machine create r1 --nic network=lab --nic network=dmz --start");
      await until(
        "both addresses",
        async () => (await show("r1")).nics.every((nic) => nic.address !== null) || undefined,
      );
      const [lab, dmz] = (await show("r1")).nics;
      await until("its names", async () => (await student(on(), "getent hosts r1.dmz.internal")).stdout || undefined);
      expect(await must("getent hosts r1.lab.internal")).toContain(lab?.address ?? "?");
      expect(await must("getent hosts r1.dmz.internal")).toContain(dmz?.address ?? "?");
      expect(await must("tarr-steps machine ssh r1 'ip route | grep default'")).toContain("via 192.168.194.1 dev eth0");
    }, 120_000);

    test("it outlives the service and its switch", async () => {
      await on().host.root("systemctl kill -s KILL tarr-stepsd; systemctl start tarr-stepsd; ip link delete vswitch1");
      const isBack = async () =>
        /dmz .*10\.11\.0\.1\/24 +up/.test((await student(on(), "tarr-steps network list")).stdout);
      await until("the switch", async () => (await isBack()) || undefined, 15_000);
      await until(
        "the machine",
        async () => (await student(on(), "ping -c 1 -W 1 r1.dmz.internal")).code === 0 || undefined,
      );
    }, 60_000);

    test("it is deleted when its machines are, and VMware's line with it", async () => {
      expect((await student(on(), "tarr-steps network delete dmz")).stderr).toContain("still has machines on it (r1)");
      await must("tarr-steps machine stop r1 --hard && tarr-steps machine delete r1 && tarr-steps network delete dmz");
      expect(await must("ip -br link")).not.toContain("vswitch1");
      // Told once a minute at most.
      await until("VMware's line to go", async () => !dmzLine.test(await vmware()) || undefined, 90_000);
      await must("tarr-steps network create salle2");
    }, 120_000);
  });
}
