/** pool=lan-dhcp: the LAN's own DHCP server, a real dnsmasq at the peer, gives machines their addresses. */
import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { until } from "../room/processes.ts";
import { Guest, reaches } from "./guest.ts";
import { Stage } from "./stage.ts";

setDefaultTimeout(90_000);

let host: Stage;
const peer = { at: "peer" };

beforeEach(async () => {
  host = await Stage.open();
  const options = [
    ...[
      "--conf-file=/dev/null",
      "--interface=eth0",
      "--bind-interfaces",
      "--port=0",
      "--dhcp-leasefile=/mnt/lan.leases",
    ],
    ...[
      "--dhcp-range=198.51.100.100,198.51.100.120,255.255.255.0,10m",
      "--dhcp-authoritative",
      "--pid-file=/mnt/lan.pid",
    ],
  ];
  await host.must(`dnsmasq ${options.join(" ")}`, peer);
});
afterEach(() => host.destroy());

const leases = () => host.must("cat /mnt/lan.leases");

test("a machine's address is in the server's lease file, works, follows a restart, and goes with the machine", async () => {
  const { port } = await host.call("CreatePort", { network: "lab", name: "web", kind: "lxc" });
  const guest = await Guest.plug(host, "web", port.mac);
  const { code, stderr } = await host.cli(["network", "set", "lab", "reach=proxy-arp", "pool=lan-dhcp"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const { address } = await guest.dhcp();
  expect(address).toMatch(/^198\.51\.100\.1[0-2]\d$/);
  expect(await leases()).toContain(address);
  expect(await reaches(host, peer, address)).toBe(true);
  expect(await reaches(host, { at: "web" }, "198.51.100.1")).toBe(true);
  // One more, made while the reach is so.
  const { port: second } = await host.call("CreatePort", { network: "lab", name: "db", kind: "lxc" });
  expect(second.reserved).not.toBe(address);
  expect(await leases()).toContain(second.reserved);
  await host.stop({ kill: true });
  await host.start();
  expect((await host.call("ListPorts", {})).ports.map(({ reserved }) => reserved).sort()).toEqual(
    [address, second.reserved].sort(),
  );
  await host.call("DeletePort", { id: second.id });
  await until("the release", async () => !(await leases()).includes(second.reserved) || undefined, 5_000);
  expect(await leases()).toContain(address);
  expect((await host.cli(["network", "set", "lab", "reach=nat"])).stderr).toBe("");
  await until("the release", async () => !(await leases()).includes(address) || undefined, 5_000);
});

test("when the package goes, the server has its addresses back", async () => {
  const { port } = await host.call("CreatePort", { network: "lab", name: "web", kind: "lxc" });
  expect((await host.cli(["network", "set", "lab", "reach=proxy-arp", "pool=lan-dhcp"])).stderr).toBe("");
  expect(await leases()).toContain("198.51.100.1");
  await host.stop();
  await host.must("/mnt/bin/tarr-stepsd --cleanup");
  await until("the release", async () => (await leases()).trim() === "" || undefined, 5_000);
  expect(await host.must("ip -br link")).not.toContain(port.interface);
});

test("without a server on the LAN nothing is changed, and it is said why", async () => {
  await host.must("kill $(cat /mnt/lan.pid)", peer);
  await host.call("CreatePort", { network: "lab", name: "web", kind: "lxc" });
  const { code, stderr } = await host.cli(["network", "set", "lab", "reach=proxy-arp", "pool=lan-dhcp"]);
  expect(code).toBe(1);
  expect(stderr).toContain("DHCP");
  expect(await host.read("/etc/tarr-steps/tarr-steps.yaml")).not.toContain("reach: proxy-arp");
  expect(await host.planCode()).toBe(0);
});
