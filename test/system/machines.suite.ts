import { describe, expect, test } from "bun:test";
import { until } from "../room/processes.ts";
import { manners, tryReach } from "../room/reach.ts";
import { guest, outerPlaces, peerAddress, student } from "./stage.ts";
import type { OnStage } from "./life.ts";

type MachineList = {
  machines: { name: string; state: string; nics: { mac: string; address: string | null; name: string }[] }[];
};

export function machineTests(on: OnStage): void {
  const machines = async () =>
    (JSON.parse((await student(on(), "tarr-steps machine list --json")).stdout) as MachineList).machines;
  const machine = async (name: string) => (await machines()).find((one) => one.name === name);

  describe("machines of an ordinary user", () => {
    test("an image in seconds, from what the host has", async () => {
      expect(await student(on(), "tarr-steps image build tiny")).toMatchObject({ code: 0 });
    });

    for (const [name, address] of [
      ["web", "192.168.194.10"],
      ["db", "192.168.194.11"],
    ] as const) {
      test(`${name} has its address within 15 s of the command, in software emulation`, async () => {
        const started = performance.now();
        const created = await student(on(), `tarr-steps machine create ${name} --start`);
        const seconds = (performance.now() - started) / 1000;
        expect(created).toMatchObject({ code: 0 });
        expect(seconds).toBeLessThan(15);
        expect(await machine(name)).toMatchObject({
          name,
          state: "running",
          nics: [{ address, name: `${name}.lab.internal`, mac: expect.stringMatching(/^52:54:00:/) as string }],
        });
      });
    }

    test("everybody reaches everybody: ping, TCP, UDP and ssh", async () => {
      const stage = on();
      const { host, peer } = await outerPlaces(stage, "192.168.194.1");
      const guests = [guest(stage, "web", "192.168.194.10"), guest(stage, "db", "192.168.194.11")];
      const reached = await tryReach([host, ...guests, peer], (from, to) => {
        // Between the host and its LAN we change nothing.
        return ![from, to].every((place) => place === host || place === peer);
      });
      expect(reached.filter((pair) => pair.by.length < manners.length)).toEqual([]);
      expect(reached).toHaveLength(10);
    }, 240_000);

    test("a LAN peer keeps its own address on its way in", async () => {
      const stage = on();
      const web = guest(stage, "web");
      // syslogd and dropbear of the guest say who logged in.
      await stage.peer.run(["socat", "-T2", "-", "TCP:192.168.194.10:22,connect-timeout=3"]);
      const log = await web.exec("cat /var/log/messages 2>/dev/null; logread 2>/dev/null; true");
      expect(log.stdout).toContain(`from ${peerAddress}`);
      expect(log.stdout).not.toMatch(/from 192\.168\.194\.1:.*\n.*no matching/);
    });

    test("by name: ssh runs a command, the host resolves", async () => {
      expect((await student(on(), "tarr-steps machine ssh web hostname")).stdout).toBe("web\n");
      expect((await student(on(), "getent hosts web.lab.internal")).stdout).toMatch(
        /^192\.168\.194\.10\s+web\.lab\.internal/,
      );
      const known = await student(on(), "test ! -e ~/.ssh/known_hosts && echo untouched");
      expect(known.stdout).toBe("untouched\n");
    });

    test("the exit status of a command in a machine is the command's", async () => {
      expect(await student(on(), "tarr-steps machine ssh web false")).toMatchObject({ code: 1 });
    });

    test("ssh to a machine whose cable is out says so at once, and one that is lost ends by itself and says why", async () => {
      await student(on(), "tarr-steps port down web");
      const before = performance.now();
      const out = await student(on(), "tarr-steps machine ssh web hostname");
      expect([out.code, out.stderr]).toEqual([1, expect.stringContaining("tarr-steps port up web") as string]);
      expect(performance.now() - before).toBeLessThan(3_000);
      await student(on(), "tarr-steps port up web");
      // It takes its own card down, and brings it up again when ssh has long given up.
      const line = "(sleep 22; ip link set eth0 up) >/dev/null 2>&1 & ip link set eth0 down; sleep 60";
      const lost = await student(on(), `tarr-steps machine ssh web '${line}'`, { timeout: 60_000 });
      expect([lost.code, lost.stderr]).toEqual([255, expect.stringContaining("lost the connection") as string]);
      const back = async () => (await student(on(), "ping -c 1 -W 1 web.lab.internal")).code === 0 || undefined;
      await until("web", back, 30_000);
    }, 120_000);

    test("the console's log and a picture of the lab", async () => {
      expect((await student(on(), "tarr-steps machine logs web")).stdout).toContain("web");
      const status = (await student(on(), "tarr-steps status")).stdout;
      expect(status).toMatch(/├─ db +192\.168\.194\.11 +running +qemu/);
      expect(status).toMatch(/└─ web +192\.168\.194\.10 +running +qemu/);
    });

    test("a machine keeps MAC, address and files over stop and start", async () => {
      const stage = on();
      const before = await machine("db");
      await guest(stage, "db").exec("echo kept > /root/kept");
      expect(await student(stage, "tarr-steps machine stop db")).toMatchObject({ code: 0 });
      expect(await machine("db")).toMatchObject({ state: "stopped", nics: [{ address: null }] });
      expect(await student(stage, "tarr-steps machine start db")).toMatchObject({ code: 0 });
      expect(await machine("db")).toEqual(before);
      expect((await guest(stage, "db").exec("cat /root/kept")).stdout).toBe("kept\n");
    });

    test("machines survive a restart of the service and the end of a login", async () => {
      const { host } = on();
      const pids = async () => (await host.root("pgrep qemu-system")).stdout;
      const before = await pids();
      expect(before.trim().split("\n")).toHaveLength(2);
      await host.root("systemctl restart tarr-stepsd.service");
      // Without lingering a user's last login takes the user's manager with it, ten seconds later (logind.conf(5)).
      await host.root("loginctl disable-linger etu; sleep 12");
      expect(await pids()).toBe(before);
      await host.root("loginctl enable-linger etu");
      expect(await machine("web")).toMatchObject({ state: "running", nics: [{ address: "192.168.194.10" }] });
    });

    test.each(["INT", "KILL"])(
      "a command that SIG%s ends while it makes a machine never keeps its name",
      async (signal) => {
        // The service may make the port when whoever asked for it is dead, and its name was given back: for that there is a
        // command.
        const clear = `tarr-steps machine delete half${signal === "KILL" ? "; sleep 0.5; tarr-steps port delete half" : ""} || true`;
        const outcomes: string[] = [];
        for (const seconds of [0.05, 0.1, 0.15, 0.2, 0.3, 0.5]) {
          await student(on(), `timeout --signal=${signal} ${seconds} tarr-steps machine create half; ${clear}`);
          const { code, stderr } = await student(
            on(),
            "tarr-steps machine create half && tarr-steps machine delete half",
          );
          outcomes.push(`${seconds} s: ${code === 0 ? "made" : stderr}`);
        }
        expect(outcomes.filter((outcome) => !outcome.endsWith("made"))).toEqual([]);
        expect((await machines()).map((one) => one.name)).toEqual(["db", "web"]);
      },
    );

    test("errors say what to do, and change nothing", async () => {
      const again = await student(on(), "tarr-steps machine create web --start");
      expect(again.code).toBe(1);
      expect(again.stderr).toContain("tarr-steps machine start web");
      const name = await student(on(), "tarr-steps machine create 'x;reboot'");
      expect(name.code).toBe(64);
      expect(name.stderr).toContain("x;reboot");
      expect((await machines()).map((one) => one.name)).toEqual(["db", "web"]);
    });
  });
}
