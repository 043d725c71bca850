import { describe, expect, test } from "bun:test";
import { until } from "../room/processes.ts";
import type { OnStage } from "./life.ts";
import { people, student } from "./stage.ts";

type Plugged = { plugged: { when: string; arguments: string[]; port: { reserved: string; mac: string; id: string } } };

/** A QEMU of the student's own, in a folder of its own, with a slot for a card. */
const ownQemu = `mkdir -p own && cd own && image=~/.local/share/tarr-steps/images/tiny &&
  (setsid qemu-system-x86_64 -name 'guest=My own VM' -M q35 -accel tcg -cpu max -m 128 -display none -nic none \
    -kernel $image/kernel -initrd $image/initrd -append 'console=ttyS0 quiet' -serial file:console.log \
    -device pcie-root-port,id=spare,chassis=9 -qmp unix:qmp.sock,server=on,wait=off </dev/null >qemu.log 2>&1 &)`;

export function plugTests(on: OnStage): void {
  const plug = async (line: string): Promise<Plugged["plugged"]> => {
    const { stdout, stderr, code } = await student(on(), `tarr-steps plug ${line} --json`);
    if (code !== 0) throw new Error(stderr);
    return (JSON.parse(stdout) as Plugged).plugged;
  };
  const kernelSees = async (name: string) => (await on().host.root(`ip link show ${name}`)).code === 0;

  describe("a QEMU machine of the student's own", () => {
    let address = "";

    test("gets a card on a port while it runs, and its address", async () => {
      expect((await student(on(), ownQemu)).code).toBe(0);
      const printed = async () => {
        const { stdout } = await student(on(), "tail -c 60 own/console.log");
        return stdout.includes("root@tiny") || undefined;
      };
      await until("the machine to boot", printed, 30_000);
      const { when, port } = await plug("'qemu:My own VM'");
      address = port.reserved;
      expect(when).toBe("now");
      const answers = async () => (await student(on(), `ping -c 1 -W 1 ${address}`)).code === 0 || undefined;
      await until("an answer to a ping", answers, 30_000);
      expect((await student(on(), "ping -c 1 my-own-vm.lab.internal")).code).toBe(0);
    }, 90_000);

    test("is in the list with its card, and cannot be plugged twice", async () => {
      const { stdout } = await student(on(), "tarr-steps machine list");
      expect(stdout).toMatch(new RegExp(`My own VM +running +${address.replaceAll(".", "\\.")} +lab +qemu`));
      const again = await student(on(), "tarr-steps plug 'qemu:My own VM'");
      expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("on port") as string]);
    });

    test("is nobody else's to unplug", async () => {
      const { code, stderr } = await on().host.as(people.outsider, "tarr-steps unplug 'qemu:My own VM'");
      expect([code, stderr]).toEqual([1, expect.stringContaining("No network card") as string]);
      expect((await student(on(), `ping -c 1 -W 1 ${address}`)).code).toBe(0);
    });

    test("loses the card again, and the port goes", async () => {
      expect(await student(on(), "tarr-steps unplug 'qemu:My own VM'")).toMatchObject({ code: 0 });
      const { stdout } = await student(on(), "tarr-steps machine list; tarr-steps port list");
      expect(stdout).toMatch(/My own VM +running +qemu/);
      expect(stdout).not.toContain("my-own-vm");
      await student(on(), "pkill -u etu -f 'guest=My own VM'");
    });
  });

  test("a QEMU that does not run is told its arguments, with which it works", async () => {
    const { when, arguments: argv, port } = await plug("qemu:later");
    expect(when).toBe("by-hand");
    expect(argv.join(" ")).toContain(`mac=${port.mac}`);
    expect(await kernelSees(`ts${port.id}`)).toBe(true);
    // Asked once more it is told the same, and no second port is made.
    expect(await plug("qemu:later")).toMatchObject({ when: "by-hand", arguments: argv, port: { id: port.id } });
    expect((await student(on(), "tarr-steps unplug qemu:later")).code).toBe(0);
    expect(await kernelSees(`ts${port.id}`)).toBe(false);
  });

  test.each([
    ["web", 64, "which hypervisor"],
    ["foo:web", 64, "no provider"],
    ["lxc:", 64, "which hypervisor"],
    ["qemu:x --nic 0", 64, "count from 1"],
    ["qemu:x --name 'a b'", 64, "a b"],
    ["--print parallels", 64, "recipes for"],
  ])("plug %s is refused with %p, and nothing is made", async (line, code, said) => {
    const result = await student(on(), `tarr-steps plug ${line}`);
    expect([result.code, result.stderr]).toEqual([code, expect.stringContaining(said) as string]);
    expect((await student(on(), "ls ~/.local/share/tarr-steps/plugs")).stdout.trim()).toBe("");
  });

  const names = ["a b", "'", '"', "$(touch /tmp/x)", "a\nb", "x".repeat(300), "-rf", "été", "a;reboot", "../up"];

  test.each(names)("a machine cannot be called %j, and a foreign one may be", async (name) => {
    const { host } = on();
    // Handed over as an argument of its own: no shell of the test's must take it for something else.
    const as = (...words: string[]) =>
      host.root(["runuser", "-u", people.student, "--", "env", "LC_ALL=C", "tarr-steps", ...words]);
    const created = await as("machine", "create", "--start", "--", name);
    expect([created.code, created.stderr]).toEqual([64, expect.stringContaining("tarr-steps: ") as string]);
    const plugged = await as("plug", `qemu:${name}`, "--json");
    expect(plugged.code).toBe(0);
    expect((await as("unplug", `qemu:${name}`)).code).toBe(0);
    expect(await host.root("ls /tmp/x")).not.toMatchObject({ code: 0 });
  });
}
