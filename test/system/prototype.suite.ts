import { describe, expect, test } from "bun:test";
import { until } from "../room/room.ts";
import { people, student } from "./stage.ts";
import type { OnStage } from "./life.ts";

const french = { env: { LANG: "fr_FR.UTF-8" } };

export function prototypeTests(on: OnStage): void {
  const installer = (line: string) => on().host.as(people.installer, line);
  const web = async () => {
    const shown = await student(on(), "tarr-steps machine show web --json");
    return JSON.parse(shown.stdout) as { nics: { address: string | null; port: string }[] };
  };

  describe("the prototype's own procedure", () => {
    test("-h helps, in the user's language", async () => {
      expect((await installer("tarr-steps -h")).stdout).toContain("Options of the prototype");
      const help = await on().host.as(people.installer, "tarr-steps -h", french);
      expect(help.stdout).toContain("Options du prototype");
      const wrong = await on().host.as(people.installer, "tarr-steps -ip 300.1.1.1/24", french);
      expect(wrong.stderr).toContain("n'est pas une adresse IPv4");
    });

    test("-ip is kept until -r; then a running machine moves by itself, on the same port", async () => {
      const before = await web();
      expect(await installer("tarr-steps -ip 192.168.195.1/24")).toMatchObject({ code: 0 });
      expect((await installer("tarr-steps -l")).stdout).toMatch(
        /vswitch0 · 192\.168\.194\.1\/24[\s\S]*not in force[\s\S]*192\.168\.195\.1\/24/,
      );
      expect((await on().host.root("ip -br a show vswitch0")).stdout).toContain("192.168.194.1/24");
      const reloaded = performance.now();
      expect(await installer("tarr-steps -r")).toMatchObject({ code: 0 });
      expect((await on().host.root("ip -br a show vswitch0")).stdout).toContain("192.168.195.1/24");
      const address = await until("web's new address", async () => (await web()).nics[0]?.address ?? undefined, 30_000);
      expect(address).toMatch(/^192\.168\.195\./);
      expect((await web()).nics[0]?.port).toBe(before.nics[0]?.port ?? "");
      const reached = async () => ((await student(on(), `ping -c 1 -W 1 ${address}`)).code === 0 ? true : undefined);
      await until("web at its new address", reached, 30_000 - (performance.now() - reloaded));
      expect((await student(on(), "getent hosts web.lab.internal")).stdout).toContain(address);
    }, 90_000);

    test("-p and -n likewise", async () => {
      expect(await installer("tarr-steps -p 192.168.195.10,192.168.195.99 -n 50")).toMatchObject({ code: 0 });
      expect((await installer("tarr-steps -l")).stdout).toContain("192.168.195.10-192.168.195.99");
      expect(await installer("tarr-steps --reload")).toMatchObject({ code: 0 });
      const { networks } = JSON.parse((await installer("tarr-steps network list --json")).stdout) as {
        networks: { dhcp: object; pending: boolean }[];
      };
      expect(networks[0]).toMatchObject({
        pending: false,
        dhcp: { first: "192.168.195.10", last: "192.168.195.99", max: 50 },
      });
    });

    test("-c checks that tap0 is on the switch, and tells when it is not", async () => {
      expect((await installer("tarr-steps -c")).stdout).toMatch(/✓ +tap0 .*vswitch0/);
      expect(await installer("tarr-steps --check")).toMatchObject({ code: 0 });
    });

    test("-sp stops, -st starts, and machines stay plugged in", async () => {
      const ports = () => on().host.root("ls /sys/class/net/vswitch0/brif");
      const before = (await ports()).stdout;
      expect(await installer("tarr-steps -sp")).toMatchObject({ code: 0 });
      expect((await on().host.root("ip -br link show vswitch0")).stdout).toMatch(/DOWN/);
      expect((await installer("tarr-steps -l")).stdout).toContain("down");
      expect(await installer("tarr-steps -st")).toMatchObject({ code: 0 });
      expect((await ports()).stdout).toBe(before);
      const address = (await web()).nics[0]?.address ?? "";
      await until("web again", async () =>
        (await student(on(), `ping -c 1 -W 1 ${address}`)).code === 0 ? true : undefined,
      );
    });

    test("back to where it was", async () => {
      expect(await installer("tarr-steps network set lab address=192.168.194.1/24 max=90")).toMatchObject({ code: 0 });
      const address = await until("web", async () => (await web()).nics[0]?.address ?? undefined, 30_000);
      expect(address).toBe("192.168.194.10");
    }, 60_000);
  });
}
