import { describe, expect, test } from "bun:test";
import { until } from "../room/room.ts";
import { people, student } from "./stage.ts";
import type { Stage } from "./stage.ts";
import type { OnStage } from "./life.ts";

/** The longest time without an answer in a `ping -D -i 0.05`, in seconds. */
function longestGap(output: string): number {
  const times = [...output.matchAll(/^\[(\d+\.\d+)\].*bytes from/gm)].map((match) => Number(match[1]));
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time));
  return times.length < 10 ? Number.POSITIVE_INFINITY : Math.max(...gaps);
}

/** Pings the machine web from the host while `work` is done. @returns the longest gap, in seconds */
async function gapDuring(stage: Stage, work: () => Promise<void>): Promise<number> {
  const ping = await stage.host.background("ping -D -n -i 0.05 192.168.194.10");
  await until("the first answer", () => (ping.output().includes("bytes from") ? true : undefined));
  await work();
  const during = ping.output();
  await ping.stop();
  return longestGap(during);
}

export function crashTests(on: OnStage): void {
  const installer = (line: string) => on().host.as(people.installer, line);

  describe("crashes, upgrades and reboots", () => {
    test("killed at any moment of a reload: no guest notices, the next start converges", async () => {
      const stage = on();
      const gap = await gapDuring(stage, async () => {
        for (let delay = 0; delay <= 240; delay += 12) {
          const [reach, max] = (delay / 12) % 2 === 0 ? ["routed", 80] : ["nat", 90];
          // Written by hand, so that nothing but the reload is under way when the service dies.
          await stage.host.root(`
            sed -i 's/reach: [a-z]*$/reach: ${reach}/; s/max: .*/max: ${max}/' /etc/tarr-steps/tarr-steps.yaml
            pid=$(systemctl show -p MainPID --value tarr-stepsd)
            tarr-steps -r >/dev/null 2>&1 &
            sleep 0.${String(delay).padStart(3, "0")}
            kill -9 $pid
            wait`);
          const reload = await until(
            `a reload after a kill at ${delay} ms`,
            async () => ((await installer("tarr-steps -r")).code === 0 ? true : undefined),
            20_000,
          );
          expect(reload).toBe(true);
          expect(await installer("tarr-steps plan --check")).toMatchObject({ code: 0 });
          expect((await installer("tarr-steps -r")).stdout).toContain("Nothing to do");
        }
      });
      expect(gap).toBeLessThan(1);
    }, 240_000);

    test("what others break is repaired: the switch deleted, the rules flushed, dnsmasq killed", async () => {
      const { host } = on();
      const repaired = async () => ((await installer("tarr-steps doctor")).code === 0 ? true : undefined);
      await host.root("ip link del vswitch0");
      await until("the switch again", repaired, 20_000);
      await until("web again", async () =>
        (await student(on(), "ping -c1 -W1 192.168.194.10")).code === 0 ? true : undefined,
      );
      await host.root("nft flush ruleset");
      await until("the rules again", repaired, 20_000);
      await host.root("pkill -9 dnsmasq");
      await until("dnsmasq again", repaired, 20_000);
      expect((await installer("tarr-steps plan --check")).code).toBe(0);
    }, 90_000);

    test("an upgrade while a machine runs: no packet lost for a second", async () => {
      const stage = on();
      const old = (await stage.host.root("systemctl show -p MainPID --value tarr-stepsd")).stdout;
      const newer = await stage.host.root(
        `set -e; cd /root; rm -rf up; dpkg-deb -R tarr-steps_*.deb up
         sed -i 's/^Version: .*/Version: 99/' up/DEBIAN/control; dpkg-deb -Zgzip -z1 -b up newer.deb >/dev/null`,
        { timeout: 120_000 },
      );
      expect(newer).toMatchObject({ code: 0 });
      const gap = await gapDuring(stage, async () => {
        const upgrade = await stage.host.root("apt-get install -y /root/newer.deb", { timeout: 180_000 });
        expect(upgrade).toMatchObject({ code: 0 });
      });
      expect(gap).toBeLessThan(1);
      expect((await stage.host.root("systemctl show -p MainPID --value tarr-stepsd")).stdout).not.toBe(old);
      expect(await installer("tarr-steps doctor")).toMatchObject({ code: 0 });
    }, 240_000);

    test("after a reboot the switch is up and a machine starts with its address", async () => {
      const { host } = on();
      await host.reboot();
      await until("the switch", async () => {
        const shown = await host.root("ip -br a show vswitch0");
        return /UP +192\.168\.194\.1\/24/.test(shown.stdout) ? true : undefined;
      });
      expect((await host.root("ip -br link show master vswitch0")).stdout).toMatch(/^tap0 /m);
      expect(await student(on(), "tarr-steps machine start web")).toMatchObject({ code: 0 });
      expect((await student(on(), "tarr-steps machine ssh web hostname")).stdout).toBe("web\n");
      expect(await installer("tarr-steps doctor")).toMatchObject({ code: 0 });
    }, 120_000);
  });
}
