import { describe, expect, test } from "bun:test";
import { until } from "../room/processes.ts";
import type { OnStage } from "./life.ts";

const path = "/etc/vmware/networking";

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
  const ours = /^add_bridge_mapping vswitch0 (\d+)\n/m;
  const mapped = async () => ours.test(await file()) || undefined;

  describe("VMware's file of networks", () => {
    test("gets our line when Workstation appears, and no other byte is changed", async () => {
      await write(vmwareNetworking);
      await until("our line", mapped, 15_000);
      const text = await file();
      expect(text.replace(ours, "")).toBe(vmwareNetworking);
      // 0, 1 and 8 are VMware's own; 2 and 200 are taken.
      expect(["0", "1", "2", "8", "200"]).not.toContain(ours.exec(text)?.[1] ?? "0");
    });

    test("gets it back, the same one, when another tool writes the file without it", async () => {
      const before = await file();
      await write(vmwareNetworking);
      await until("our line again", mapped, 15_000);
      expect(await file()).toBe(before);
    });
  });
}

/** When the package goes its line does, and everything else is as Workstation left it. */
export async function expectVmwareUntouched(on: OnStage): Promise<void> {
  expect((await on().host.root(["cat", path])).stdout).toBe(vmwareNetworking);
}
