import { describe, expect, test } from "bun:test";
import { until } from "../room/processes.ts";
import type { OnStage } from "./life.ts";
import { student } from "./stage.ts";

const path = "/etc/vmware/networking";
/** By then our line is as it should be, whoever wrote the file. */
const soon = 3_000;

/** As Workstation writes it and administrators change it: NAT, reservations, bridges of others, a comment, a blank line. */
export const vmwareNetworking = `VERSION=1,0
# the printer is bridged by hand
answer VNET_1_DHCP yes
answer VNET_1_HOSTONLY_SUBNET 172.16.5.0
answer VNET_8_NAT yes
add_nat_portfwd 8 tcp 8080 172.16.9.3 80 student's site

add_dhcp_mac_to_ip 8 00:0c:29:11:22:33 172.16.9.3
add_bridge_mapping eth0 2
add_bridge_mapping br7 200
`;

/** Workstation itself cannot be had here: this is its file, and what the package does to it. */
export function vmwareTests(on: OnStage): void {
  const file = async () => (await on().host.root(["cat", path])).stdout;
  const write = (text: string) => on().host.root(`mkdir -p /etc/vmware && cat >${path}`, { stdin: text });
  const ours = /^add_bridge_mapping vmware0 (\d+)\r?\n/m;
  const mapped = async () => ours.test(await file()) || undefined;
  const doctor = async (language: string) => (await student(on(), `LANG=${language} tarr-steps doctor`)).stdout;

  describe("the doctor, in both languages", () => {
    test("without VMware says what is missing, and nothing of a port", async () => {
      const [english, french] = [await doctor("C"), await doctor("fr_FR.UTF-8")];
      expect(english).toMatch(/Not installed here: .*vmware/);
      expect(french).toMatch(/Pas installés ici : .*vmware/);
      for (const said of [english, french]) expect(said).not.toContain("vmware0");
      expect((await on().host.root("ip -br link")).stdout).not.toContain("vmware0");
    });

    test("with VMware names the port of the switch that its machines join by", async () => {
      await write(vmwareNetworking);
      const port = async () =>
        (await on().host.root("ip -br link show master vswitch0")).stdout.includes("vmware0@vmware0-peer") || undefined;
      await until("the port", port, 15_000);
      expect(await doctor("C")).toContain("✓  VMware machines join vswitch0 through vmware0.");
      expect(await doctor("fr_FR.UTF-8")).toContain("✓  Les machines VMware rejoignent vswitch0 par vmware0.");
    }, 30_000);

    test("with Workstation's programs and modules finds VMware usable; without its networks says how they start", async () => {
      const vmnet = /^add_bridge_mapping vmware0 (\d+)$/m.exec(await file())?.[1] ?? "?";
      // What can be seen of Workstation, by the doctor alone.
      const seen = (language: string, devices: string) =>
        on().host.root(`unshare --mount sh -ec '
          mount -t tmpfs tmpfs /sys; mkdir -p /sys/module/vmmon /sys/module/vmnet
          mount -t tmpfs -o mode=755 tmpfs /usr/local/bin
          printf "#!/bin/sh\\necho Total running VMs: 0\\n" >/usr/local/bin/vmrun; chmod 755 /usr/local/bin/vmrun
          trap "rm -f /dev/vmmon /dev/vmnet*" EXIT
          touch /dev/vmmon ${devices}
          su - etu -c "LANG=${language} tarr-steps doctor" || true'`);
      for (const [language, usable, missing] of [
        ["C", "vmware can be used.", `VMware's network /dev/vmnet${vmnet}`],
        ["fr_FR.UTF-8", "vmware est utilisable.", `Le réseau de VMware /dev/vmnet${vmnet}`],
      ] as const) {
        const whole = await seen(language, `/dev/vmnet${vmnet}`);
        expect(whole.stdout).toContain(usable);
        const { stdout } = await seen(language, "");
        expect(stdout).toContain(missing);
        expect(stdout).toContain("sudo tarr-stepsd --vmware-networking --apply");
      }
    }, 30_000);
  });

  describe("VMware's file of networks", () => {
    test("gets our line when Workstation appears, and no other byte is changed", async () => {
      await until("our line", mapped, soon);
      const text = await file();
      expect(text.replace(ours, "")).toBe(vmwareNetworking);
      // 0, 1 and 8 are VMware's own; 2 and 200 are taken.
      expect(["0", "1", "2", "8", "200"]).not.toContain(ours.exec(text)?.[1] ?? "0");
    });

    test.each([
      ["without our line", vmwareNetworking],
      ["without a newline at its end", `${vmwareNetworking}add_dhcp_mac_to_ip 8 00:0c:29:11:22:44 172.16.9.4`],
      ["with CRLF", vmwareNetworking.replaceAll("\n", "\r\n")],
      ["with CRLF and no newline at its end", vmwareNetworking.replaceAll("\n", "\r\n").trimEnd()],
    ])("gets it back, in three seconds, when another tool writes it %s", async (_, text) => {
      await write(text);
      await until("our line again", mapped, soon);
      expect((await file()).replace(ours, "")).toBe(text);
    });

    test.each([
      ["", "\n"],
      ["that has no newline at its end", ""],
    ])("has our line of 0.2.0 %s converted, with its number, and no other byte changed", async (_, end) => {
      await write(`${vmwareNetworking}add_bridge_mapping vswitch0 77${end}`);
      await until("our line", mapped, soon);
      expect(await file()).toBe(`${vmwareNetworking}add_bridge_mapping vmware0 77\n`);
    });

    test.each([
      ["works", 0],
      ["fails", 1],
    ])(
      "has VMware's networks started again when its change was written, when their stop %s",
      async (_, code) => {
        // Its networks "run" while a file is there; what is started is a program that goes on.
        const program = `#!/bin/sh
case $1 in
  --status) [ -e /run/vmware-runs ] ;;
  --stop) rm -f /run/vmware-runs; exit ${code} ;;
  --start) : >/run/vmware-runs; (setsid sleep 987654 >/dev/null 2>&1 &) ;;
esac
`;
        const host = on().host;
        await host.root("cat >/usr/bin/vmware-networks; chmod 755 /usr/bin/vmware-networks; : >/run/vmware-runs", {
          stdin: program,
        });
        await write(vmwareNetworking);
        const started = async () => (await host.root("pgrep -x -f 'sleep 987654'")).stdout.trim() || undefined;
        const pid = await until("VMware's networks", started, 10_000);
        expect(await host.root("test -e /run/vmware-runs")).toMatchObject({ code: 0 });
        await Bun.sleep(500);
        expect(await started()).toBe(pid);
        await host.root(`kill ${pid}; rm /usr/bin/vmware-networks /run/vmware-runs`);
      },
      30_000,
    );

    test("is as it was before it all, but for our line", async () => {
      await write(vmwareNetworking);
      await until("our line", mapped, soon);
      expect((await file()).replace(ours, "")).toBe(vmwareNetworking);
    });
  });
}

/** When the package goes its line does, and everything else is as Workstation left it. */
export async function expectVmwareUntouched(on: OnStage): Promise<void> {
  expect((await on().host.root(["cat", path])).stdout).toBe(vmwareNetworking);
}
