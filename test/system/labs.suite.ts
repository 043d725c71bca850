import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Release } from "../room/debian-root.ts";
import type { Stage } from "./stage.ts";
import { openStage, student } from "./stage.ts";

const folder = "/usr/share/tarr-steps/labs";

/** The ready labs on a fresh host, in software emulation. Those that need an image of Debian's are not among them. */
export function labsSuite(release: Release): void {
  describe(`labs on ${release}`, () => {
    let stage: Stage | null = null;
    const typed = (line: string) => {
      if (stage === null) throw new Error("the stage was not built: see the failure above");
      return student(stage, line, { timeout: 300_000 });
    };
    beforeAll(async () => {
      stage = await openStage(release);
      await typed("tarr-steps image build tiny");
    }, 600_000);
    afterAll(async () => {
      await stage?.destroy();
    });

    for (const [name, victim] of Object.entries({ router: "web", dhcp: "server" })) {
      const file = `${folder}/${name}.yaml`;
      describe(name, () => {
        test("comes up, and is as its own check says", async () => {
          expect(await typed(`tarr-steps lab up ${file}`)).toMatchObject({ code: 0 });
          expect(await typed(`tarr-steps lab status ${file}`)).toMatchObject({ code: 0 });
        });

        test("a second time nothing is done", async () => {
          const again = await typed(`tarr-steps lab up --json ${file}`);
          expect(JSON.parse(again.stdout)).toEqual({ lab: name, actions: [] });
        });

        test("a machine without /etc is as new after reset", async () => {
          await typed(`tarr-steps machine ssh ${victim} rm -rf /etc`);
          expect(await typed(`tarr-steps lab reset ${file} ${victim}`)).toMatchObject({ code: 0 });
          expect(await typed(`tarr-steps lab status ${file}`)).toMatchObject({ code: 0 });
        });

        test("down leaves nothing", async () => {
          expect(await typed(`tarr-steps lab down ${file}`)).toMatchObject({ code: 0 });
          const { stdout } = await typed("tarr-steps machine list --json; tarr-steps network list --json");
          const [machines = "", networks = ""] = stdout.trim().split("\n");
          expect(JSON.parse(machines)).toEqual({ machines: [] });
          expect((JSON.parse(networks) as { networks: { name: string }[] }).networks.map((one) => one.name)).toEqual([
            "lab",
          ]);
        });
      });
    }

    test("ten machines are up within a minute", async () => {
      const names = Array.from({ length: 10 }, (_, index) => `m${index}: {image: tiny}`);
      await typed(`printf 'machines: {${names.join(", ")}}\\n' >ten.yaml`);
      const started = performance.now();
      expect(await typed("tarr-steps lab up ten.yaml")).toMatchObject({ code: 0 });
      const seconds = (performance.now() - started) / 1000;
      console.log(`ten machines: ${seconds.toFixed(1)} s`);
      expect(seconds).toBeLessThan(60);
      expect(await typed("tarr-steps lab down ten.yaml")).toMatchObject({ code: 0 });
    });

    test("a machine of the user's own is not adopted", async () => {
      await typed("tarr-steps machine create web --provider qemu");
      await typed("printf 'machines: {web: {provider: qemu}}\\n' >tp.yaml");
      const beside = await typed("tarr-steps lab up tp.yaml");
      expect(beside).toMatchObject({ code: 0 });
      expect(beside.stderr).toContain("tp/web in commands, and web-tp in its hypervisor");
      // Each calls itself as its file does; the one on the shared network answers as another.
      expect((await typed("tarr-steps machine ssh tp/web hostname")).stdout.trim()).toBe("web");
      const { stdout } = await typed("tarr-steps machine show web --json");
      expect(JSON.parse(stdout)).toMatchObject({ name: "web", state: "stopped", lab: null });
      expect(await typed("tarr-steps lab down tp.yaml")).toMatchObject({ code: 0 });
      expect(await typed("tarr-steps machine delete web")).toMatchObject({ code: 0 });
    });
  });
}
