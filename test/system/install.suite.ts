import { describe, expect, test } from "bun:test";
import type { Host } from "../room/room.ts";
import { people, student } from "./stage.ts";
import type { OnStage } from "./life.ts";

export function installTests(on: OnStage): void {
  describe("installation", () => {
    test("one command, nothing to answer, under a minute or all but seconds of it Debian's own packages, and it says what it made", async () => {
      const { result, seconds, started } = on().installed;
      expect(result.code).toBe(0);
      const { up, ours } = await switchUp(on().host, started);
      console.log(
        `installation: the switch up after ${up.toFixed(1)} s, the whole ${seconds.toFixed(1)} s, the package's own share ${String(ours)} s`,
      );
      // On a machine where Debian's packages alone, hundreds, take a minute, what remains to be held is our own share.
      if (ours > 10) expect(seconds).toBeLessThan(60);
      // Behind debconf a maintainer script's output is standard error; a terminal shows both.
      expect(`${result.stdout}${result.stderr}`).toMatch(/lab +vswitch0 +192\.168\.194\.1\/24 +up/);
    });

    test("the switch is up with its address, and tap0 is on it", async () => {
      const { host } = on();
      expect((await host.root("ip -br a show vswitch0")).stdout).toMatch(/^vswitch0 +UP +192\.168\.194\.1\/24/);
      expect((await host.root("ip -br link show master vswitch0")).stdout).toMatch(/^tap0 /m);
    });

    test("nobody has to be put into a group: a student sees the switch, the installer administers it at once", async () => {
      const { host } = on();
      const status = await student(on(), "tarr-steps status");
      expect(status).toMatchObject({ code: 0 });
      expect(status.stdout).toContain("192.168.194.1/24");
      expect(await host.as(people.installer, "tarr-steps -r")).toMatchObject({ code: 0 });
    });

    test("the doctor finds nothing wrong", async () => {
      const doctor = await student(on(), "tarr-steps doctor --json");
      const { ok, checks } = JSON.parse(doctor.stdout) as { ok: boolean; checks: { id: string; status: string }[] };
      expect(checks.filter((check) => check.status === "fail")).toEqual([]);
      expect(ok).toBe(true);
    });

    test("the service is not root and its sandbox is tight", async () => {
      const { host } = on();
      const user = await host.root("ps -o user= -p $(systemctl show -p MainPID --value tarr-stepsd)");
      expect(user.stdout.trim()).toMatch(/^tarr-st/);
      const security = await host.root("systemd-analyze security --no-pager tarr-stepsd.service");
      const exposure = Number(/exposure level for \S+: ([\d.]+)/.exec(security.stdout)?.[1]);
      expect(exposure).toBeLessThanOrEqual(3);
    });

    test("varlink: introspection and calls from systemd's own client", async () => {
      const { host, release } = on();
      // varlinkctl came with systemd 255; Debian 12 has 252.
      if (release === "bookworm") return;
      const socket = "/run/tarr-steps/io.tarrsteps";
      const introspection = await host.root(["varlinkctl", "introspect", socket, "io.tarrsteps"]);
      expect(introspection).toMatchObject({ code: 0 });
      expect(introspection.stdout).toContain("method GetStatus(");
      const status = await student(on(), `varlinkctl call ${socket} io.tarrsteps.GetStatus '{}'`);
      expect(JSON.parse(status.stdout)).toMatchObject({ networks: [{ name: "lab", switch: "vswitch0", state: "up" }] });
      expect((await host.root(["varlinkctl", "info", socket])).stdout).toContain("io.tarrsteps");
    });
  });
}

/**
 * From dpkg's log, to the second: when our package was configured, which ends with a switch that is up, counted from the
 * command; and how long unpacking and configuring it took.
 */
async function switchUp(host: Host, started: number): Promise<{ up: number; ours: number }> {
  const { stdout } = await host.root("cat /var/log/dpkg.log");
  // dpkg writes local time, and the hosts are on UTC.
  const lines = stdout.split("\n").map((line) => ({ at: Date.parse(`${line.slice(0, 19)}Z`), what: line.slice(20) }));
  const at = (what: string) => lines.find((line) => line.what.startsWith(`${what} tarr-steps:`))?.at ?? NaN;
  const unpacking = at("status unpacked") - at("install");
  const configuring = at("status installed") - at("configure");
  const ours = (unpacking + configuring) / 1000;
  const up = (at("status installed") - started) / 1000;
  expect(ours).toBeWithin(0, 300);
  expect(up).toBeWithin(0, 300);
  return { up, ours };
}
