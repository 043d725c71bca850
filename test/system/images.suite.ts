import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Release } from "../room/debian-root.ts";
import { debianLabTests } from "./debian-labs.ts";
import { openProxy } from "./mirror.ts";
import type { Stage } from "./stage.ts";
import { openStage, student } from "./stage.ts";

const programs = ["lxc", "uidmap", "mmdebstrap", "fdisk", "mtools", "xorriso", "zstd"];
const minute = 60_000;
const images = "~/.local/share/tarr-steps/images";

/** Machines of a whole Debian, by an ordinary user, behind the proxy that the host's apt has. */
export function imagesSuite(release: Release, image: "debian-13" | "debian-12"): void {
  describe(`a whole Debian on ${release}`, () => {
    let stage: Stage | null = null;
    let proxy: Awaited<ReturnType<typeof openProxy>> | null = null;
    const typed = async (line: string) => {
      if (stage === null) throw new Error("the stage was not built: see the failure above");
      return student(stage, line, { timeout: 30 * minute });
    };
    const must = async (line: string) => {
      const { code, stdout, stderr } = await typed(line);
      if (code !== 0) throw new Error(`${line}: ${code} ${stderr}${stdout}`);
      return stdout;
    };
    const inside = (machine: string, line: string) => must(`tarr-steps machine ssh ${machine} -- '${line}'`);

    beforeAll(async () => {
      stage = await openStage(release, programs);
      proxy = await openProxy(stage);
      const install = `env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ${programs.join(" ")}`;
      // The root of a test host is in layers itself, on which no others can be; a home is not.
      const home = "mkdir /h && mount -t tmpfs tmpfs /h && cp -a /home/. /h && mount --bind /h /home";
      const { code, stderr } = await stage.host.root(`${install} && ${home}`, { timeout: 5 * minute });
      if (code !== 0) throw new Error(stderr);
    }, 15 * minute);
    afterAll(async () => {
      await proxy?.close();
      await stage?.destroy();
    });

    test(
      "is built within five minutes, through the host's proxy",
      async () => {
        const started = performance.now();
        await must(`tarr-steps image build ${image}`);
        const seconds = (performance.now() - started) / 1000;
        console.log(`image build ${image}: ${seconds.toFixed(0)} s`);
        expect(seconds).toBeLessThan(300);
        expect(proxy?.asked.some((path) => path.endsWith("InRelease"))).toBe(true);
        const shown = JSON.parse(await must(`tarr-steps image show ${image} --json`)) as { kinds: string[] };
        expect(shown.kinds).toEqual(["disk", "tree"]);
      },
      6 * minute,
    );

    test("a container of it is made in a second, and is up in seconds", async () => {
      await must(`tarr-steps machine create first --image ${image} --provider lxc`);
      const started = performance.now();
      // A umask must not close a container's own / and /var to its users.
      await must(`umask 077; tarr-steps machine create cli --image ${image} --provider lxc`);
      expect(performance.now() - started).toBeLessThan(1_000);
      // Setuid programs of a container are its user's outside.
      expect(await must(`stat -c %a ${images}/${image}`)).toBe("700\n");
      await must("tarr-steps machine delete first && tarr-steps machine start cli");
      expect((await typed("tarr-steps machine ssh cli systemctl is-system-running --wait")).stdout).toBe("running\n");
    }, 120_000);

    test("a machine of QEMU's too", async () => {
      await must(`tarr-steps machine create srv --image ${image} --provider qemu --start`);
      expect((await typed("tarr-steps machine ssh srv systemctl is-system-running --wait")).stdout).toBe("running\n");
    }, 420_000);

    for (const name of ["cli", "srv"]) {
      test(`${name}: its name, sudo without a password, ping, and apt through the same proxy`, async () => {
        expect(await inside(name, "hostname; whoami; sudo -n whoami")).toBe(`${name}\ndebian\nroot\n`);
        expect(await inside(name, "ping -c 1 -W 2 192.168.194.1")).toContain(" 1 received");
        await inside(name, "sudo apt-get update -q && sudo apt-get install -y -q hello && hello");
      }, 180_000);

      test(`${name}: what is not its user's is root's`, async () => {
        expect(await inside(name, "stat -c %U:%a / /etc /var /var/lib /usr | sort -u")).toBe("root:755\n");
        expect(await inside(name, 'sudo find / -xdev -user debian -not -path "/home/*" -not -path "/tmp/*"')).toBe("");
      }, 60_000);
    }

    test("both reach each other by name, whatever hypervisor they are of", async () => {
      expect(await inside("cli", "ping -c 1 -W 2 srv.lab.internal")).toContain(" 1 received");
      expect(await inside("srv", "ping -c 1 -W 2 cli.lab.internal")).toContain(" 1 received");
    });

    test("a snapshot of the container brings back what was deleted", async () => {
      await must(
        "tarr-steps machine stop cli && tarr-steps machine snapshot cli before && tarr-steps machine start cli",
      );
      await inside("cli", "sudo rm -rf /etc/apt /usr/share/perl5");
      await must(
        "tarr-steps machine stop cli && tarr-steps machine restore cli before && tarr-steps machine start cli",
      );
      await inside("cli", "ls /etc/apt/sources.list && hello && sudo apt-get check");
      expect((await typed("tarr-steps machine ssh cli systemctl is-system-running --wait")).stdout).toBe("running\n");
    }, 180_000);

    test(
      "a teacher's own, by a recipe",
      async () => {
        const recipe = {
          ...{ suite: image === "debian-13" ? "trixie" : "bookworm", packages: ["hello"], memory: 384 },
          users: { alice: { password: "it's mine", sudo: true } },
          files: { "/srv/tp": "one\n" },
          commands: [
            "hello >>/srv/tp",
            "systemctl disable ssh.socket; systemctl mask apt-daily.timer",
            "test -r /proc/meminfo",
          ],
        };
        await must(`printf %s '${JSON.stringify(recipe).replaceAll("'", String.raw`'\''`)}' >tp.yaml`);
        await must("sed s/hello/helllo/ tp.yaml >wrong.yaml");
        const before = performance.now();
        const { code, stderr } = await typed("tarr-steps image build ./wrong.yaml");
        expect(stderr).toContain("no package “helllo” in Debian");
        expect(code).toBe(65);
        expect(performance.now() - before).toBeLessThan(40_000);
        await must("tarr-steps image build ./tp.yaml");
        await must("tarr-steps machine create t1 --image tp --provider lxc --start");
        expect(await inside("t1", "cat /srv/tp; id -Gn alice")).toBe("one\nHello, world!\nalice sudo\n");
        expect(await inside("t1", "systemctl is-enabled apt-daily.timer || true")).toBe("masked\n");
        await must("tarr-steps machine stop t1 && tarr-steps machine delete t1 && tarr-steps image delete tp");
      },
      6 * minute,
    );

    test("an image is not built anew while machines are made of it", async () => {
      expect((await typed(`tarr-steps image build ${image}`)).stderr).toContain("cli");
    });

    test(
      "packages that cannot be had fail the lab, each time until it is mended; an interrupted first boot is waited for",
      async () => {
        const written = (packages: string, script: string) =>
          `printf '%s\\n' 'machines:' '  one:' '    image: ${image}' '    provider: lxc' '    packages: [${packages}]' '    files: {/etc/apt/sources.list.d/own.list: ""}' '    script: "${script}"' >tp.yaml`;
        // With sources of their own only the machines know which packages there are.
        await must(written("no-such-package", "touch /srv/ran"));
        for (const round of ["first", "second"]) {
          const { code, stderr } = await typed("tarr-steps lab up tp.yaml");
          expect({ round, code }).toEqual({ round, code: 1 });
          expect(stderr).toContain("apt-get install");
          expect(stderr).toContain("tarr-steps lab reset tp.yaml one");
        }
        expect(await inside("one", "ls /srv")).toBe("");
        await must(written("hello", "sleep 15; touch /srv/ran"));
        // As one that types Ctrl-C while it waits.
        expect((await typed("timeout --signal=INT 8 tarr-steps lab up tp.yaml")).code).not.toBe(0);
        await must("tarr-steps lab up tp.yaml");
        expect(await inside("one", "ls /srv; hello")).toBe("ran\nHello, world!\n");
        expect(await must("tarr-steps lab up tp.yaml")).toContain("nothing was done");
        await must("tarr-steps lab down tp.yaml");
      },
      6 * minute,
    );

    // The image that the ready labs want.
    if (image === "debian-13") debianLabTests(must);

    test("deleted, machines and image leave nothing", async () => {
      await must("tarr-steps machine stop cli && tarr-steps machine delete cli");
      await must("tarr-steps machine stop srv && tarr-steps machine delete srv");
      await must(
        `tarr-steps image delete ${image}; tarr-steps image list | grep -q tiny && tarr-steps image delete tiny || true`,
      );
      expect(await must(`ls -A ${images} ~/.local/share/tarr-steps/machines | grep -v :`)).toBe("\n");
    }, 120_000);
  });
}
