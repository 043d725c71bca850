import { describe, expect, test } from "bun:test";
import { people, student } from "./stage.ts";
import type { OnStage } from "./life.ts";

const document = "/etc/tarr-steps/tarr-steps.yaml";
/** Of the line that says who was refused what, as docs/en/administration.md tells it. */
const refusal = "3caa74dae4ac4b92b3177e379ed7c4e5";

export function accessTests(on: OnStage): void {
  const installer = (line: string) => on().host.as(people.installer, line);

  describe("who may do what", () => {
    test("a narrowed policy turns others away, with who can grant it", async () => {
      const { host } = on();
      await host.root(`groupadd labo && usermod -aG labo ${people.student} && cp -p ${document} /root/kept.yaml`);
      await host.root(`sed -i 's/use: .*/use: ["%labo"]/' ${document}`);
      const outside = await host.as(people.outsider, "tarr-steps machine create x --start");
      expect(outside.code).toBe(77);
      expect(outside.stderr).toContain("%labo");
      expect(outside.stderr).toContain(`sudo adduser ${people.outsider} labo`);
      // No new login was needed for the group that was just given.
      expect(await student(on(), "tarr-steps machine create inside")).toMatchObject({ code: 0 });
      expect(await student(on(), "tarr-steps machine delete inside")).toMatchObject({ code: 0 });
      await host.root(`cp -p /root/kept.yaml ${document}`);
    });

    test("a student changes no network", async () => {
      const refused = await student(on(), "tarr-steps -ip 192.168.195.1/24");
      expect(refused.code).toBe(77);
      expect(refused.stderr).toContain("tarr-steps-admin");
    });

    test("who was refused what is in the journal, with fields of its own", async () => {
      const { stdout } = await on().host.root(`journalctl -o json MESSAGE_ID=${refusal} | tail -n 1`);
      const entry = JSON.parse(stdout) as { TARR_STEPS_REQUEST: string };
      expect(entry.TARR_STEPS_REQUEST).toContain("192.168.195.1/24");
      expect(entry).toMatchObject({
        TARR_STEPS_USER: people.student,
        ...{ SYSLOG_IDENTIFIER: "tarr-stepsd", _SYSTEMD_UNIT: "tarr-stepsd.service", PRIORITY: "5" },
      });
    });

    const wrong = [
      ["-ip 300.1.1.1/24", 64, "300.1.1.1/24"],
      ["-ip 10.0.0.1", 64, "10.0.0.1/24"],
      ["-ip 198.51.100.1/24", 64, "198.51.100.1"],
      ["-p 10.9.9.1,10.9.9.9", 64, "10.9.9.1"],
      ["-p 192.168.194.50,192.168.194.20", 64, "192.168.194.50"],
      ["-n many", 64, "many"],
      ["-ip", 64, "-ip"],
      ["network set lab colour=blue", 64, "colour"],
    ] as const;
    for (const [line, code, told] of wrong) {
      test(`tarr-steps ${line}: one sentence, nothing changed`, async () => {
        const { host } = on();
        const before = (await host.root(`cat ${document}`)).stdout;
        const result = await installer(`tarr-steps ${line}`);
        expect(result.code).toBe(code);
        expect(result.stderr).toContain(told);
        expect(result.stderr.trim().split("\n").length).toBeLessThanOrEqual(2);
        expect((await host.root(`cat ${document}`)).stdout).toBe(before);
        expect((await installer("tarr-steps plan --check")).code).toBe(0);
      });
    }

    test("a broken document changes nothing and names its line", async () => {
      const { host } = on();
      await host.root(`cp -p ${document} /root/kept.yaml; echo 'networks: [' > ${document}`);
      const reload = await installer("tarr-steps -r");
      const ping = await student(on(), "ping -c 1 -W 2 192.168.194.10");
      await host.root(`cp -p /root/kept.yaml ${document}`);
      expect(reload.code).toBe(65);
      expect(reload.stderr).toMatch(/line \d/);
      expect(ping).toMatchObject({ code: 0 });
      expect((await installer("tarr-steps plan --check")).code).toBe(0);
    });

    test("root sees everybody's machines, and stops one user's", async () => {
      const root = (line: string) => on().host.asSudo(people.installer, line);
      expect(await student(on(), "tarr-steps machine create owned --provider qemu --start")).toMatchObject({ code: 0 });
      const { stdout } = await root("tarr-steps machine list --all");
      expect(stdout).toMatch(/^etu +owned +running +192\.168\.194\.\d+ +qemu +128 MiB +\d+ MiB$/m);
      expect((await installer("tarr-steps machine stop --owner etu owned")).code).toBe(77);
      const stopped = await root("tarr-steps machine stop --owner etu owned");
      expect([stopped.code, stopped.stderr]).toEqual([0, expect.stringContaining("owned powers off") as string]);
      expect((await student(on(), "tarr-steps machine list")).stdout).toMatch(/^owned +stopped/m);
      expect(await student(on(), "tarr-steps machine delete owned")).toMatchObject({ code: 0 });
    }, 60_000);

    test("nobody deletes another user's port", async () => {
      const { host } = on();
      const { ports } = JSON.parse((await student(on(), "tarr-steps port list --json")).stdout) as {
        ports: { id: string; name: string; owner: string }[];
      };
      expect(ports.map((port) => port.owner)).toEqual([people.student, people.student]);
      const id = ports[0]?.id ?? "";
      const socket = "UNIX-CONNECT:/run/tarr-steps/io.tarrsteps";
      const message = `{"method":"io.tarrsteps.DeletePort","parameters":{"id":"${id}"}}`;
      const line = `printf '%s\\0' '${message}' | socat -t2 - ${socket}`;
      const refused = await host.as(people.outsider, line);
      expect(refused.stdout).toContain("io.tarrsteps.NotAllowed");
      expect((await student(on(), "tarr-steps port list --json")).stdout).toContain(id);
    });
  });
}
