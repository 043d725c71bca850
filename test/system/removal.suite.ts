import { describe, expect, test } from "bun:test";
import { fingerprint, student } from "./stage.ts";
import { expectVmwareUntouched } from "./vmware.suite.ts";
import type { OnStage } from "./life.ts";

export function removalTests(on: OnStage): void {
  describe("removal", () => {
    test("after a purge and a new installation a machine starts, on a new port", async () => {
      const { host } = on();
      expect(await student(on(), "tarr-steps machine create old")).toMatchObject({ code: 0 });
      expect(await host.root("apt-get purge -y tarr-steps", { timeout: 120_000 })).toMatchObject({ code: 0 });
      expect(await host.root("apt-get install -y /root/tarr-steps_*.deb", { timeout: 180_000 })).toMatchObject({
        code: 0,
      });
      expect((await student(on(), "tarr-steps status")).stdout).not.toContain("no machine yet");
      expect((await student(on(), "tarr-steps doctor")).stdout).toContain("The port of old on lab is gone.");
      const started = await student(on(), "tarr-steps machine start old", { timeout: 60_000 });
      expect([started.code, started.stderr]).toEqual([0, expect.stringContaining("now has port") as string]);
      expect((await student(on(), "tarr-steps machine ssh old hostname")).stdout.trim()).toBe("old");
      await student(on(), "tarr-steps machine stop old --hard; tarr-steps machine delete old");
    }, 400_000);

    test("a user of a host without any hypervisor is told what to install on this Debian", async () => {
      const { host } = on();
      const qemu = "qemu-system-x86 qemu-system-common";
      await host.root(`apt-get remove -y ${qemu} lxc`, { timeout: 120_000 });
      const created = await student(on(), "tarr-steps machine create none --start");
      expect([created.code, created.stderr]).toEqual([
        1,
        expect.stringContaining("sudo apt install qemu-system-x86") as string,
      ]);
      const { stdout } = await student(on(), "tarr-steps doctor");
      expect(stdout).toContain("!  Not installed here: qemu, lxc, virtualbox, vmware.");
      expect(stdout).toContain("sudo apt install qemu-system-x86");
      expect((await student(on(), "ls ~/.local/share/tarr-steps/machines; tarr-steps port list")).stdout).not.toContain(
        "none",
      );
    }, 180_000);

    test("remove leaves nothing running, no interface, rule or sysctl, and keeps the document", async () => {
      const { host } = on();
      expect(await host.root("apt-get remove -y tarr-steps", { timeout: 120_000 })).toMatchObject({ code: 0 });
      expect((await host.root("ip -br link | awk '{print $1}'")).stdout.trim().split("\n")).toEqual([
        "lo",
        expect.stringMatching(/^eth0/) as string,
      ]);
      expect((await host.root("nft list ruleset")).stdout).toBe("");
      expect((await host.root("cat /proc/sys/net/ipv4/conf/*/forwarding | sort -u")).stdout).toBe("0\n");
      expect((await host.root("ps -eo comm | grep -E 'tarr|dnsmasq|qemu'")).stdout).toBe("");
      await expectVmwareUntouched(on);
      expect(await host.root("test -s /etc/tarr-steps/tarr-steps.yaml")).toMatchObject({ code: 0 });
    });

    test("installed again it takes up the document; purged it leaves everything as it was", async () => {
      const { host, before } = on();
      expect(await host.root("apt-get install -y /root/tarr-steps_*.deb", { timeout: 180_000 })).toMatchObject({
        code: 0,
      });
      expect((await host.root("tarr-steps network list")).stdout).toMatch(/192\.168\.194\.1\/24 +up/);
      expect(await host.root("apt-get purge -y tarr-steps", { timeout: 120_000 })).toMatchObject({ code: 0 });
      await expectVmwareUntouched(on);
      expect(await fingerprint(host)).toBe(before);
    }, 240_000);
  });
}
