/** Two PCs of one classroom, on one LAN segment: a lab of one file is the same on both, and they are not in each other's way. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { withPackage } from "../room/debian-root.ts";
import type { Host } from "../room/room.ts";
import type { Stage } from "./stage.ts";
import { openStage, packagePath, people } from "./stage.ts";

const minute = 60_000;
const file = `networks: {salle: {subnet: 192.168.212.0/24, reach: isolated}}
machines:
  web: {image: tiny, provider: qemu, nics: [{network: salle, host: 20}]}
  db: {image: tiny, provider: qemu, nics: [{network: salle, host: 21}, {network: lab}]}
check: [{from: web, to: db, ping: true}, {from: host, to: web, port: 22}]
`;

type Nic = { readonly network: string; readonly mac: string; readonly address: string | null; readonly name: string };
type Machines = { readonly machines: readonly { readonly name: string; readonly nics: readonly Nic[] }[] };

describe("one lab on two PCs of one LAN", () => {
  let stage: Stage | null = null;
  let hosts: readonly Host[] = [];
  const must = async (host: Host, line: string) => {
    const { code, stdout, stderr } = await host.as(people.student, line, { timeout: 3 * minute });
    if (code !== 0) throw new Error(`${host.name}: ${line}: ${code} ${stderr}${stdout}`);
    return stdout;
  };
  const nicsOn = async (host: Host) => {
    const { machines } = JSON.parse(await must(host, "tarr-steps machine list --json")) as Machines;
    return machines.flatMap(({ name, nics }) => nics.map((nic) => ({ ...nic, machine: name })));
  };
  const peer = async (...argv: [string, ...string[]]) => (await stage?.peer.run(argv))?.stdout ?? "";

  beforeAll(async () => {
    stage = await openStage("trixie");
    const deb = await packagePath();
    const root = await withPackage("trixie", deb);
    const second = await stage.room.addHost({ name: "pc2", root, address: "198.51.100.11/24" });
    await second.addUser(people.student);
    await second.addUser(people.installer, { sudo: true });
    const install = `env DEBIAN_FRONTEND=noninteractive apt-get install -y /root/${deb.split("/").at(-1) ?? ""}`;
    expect(await second.asSudo(people.installer, install, { timeout: 5 * minute })).toMatchObject({ code: 0 });
    hosts = [stage.host, second];
    for (const host of hosts) {
      await must(host, "tarr-steps image build tiny");
      await must(host, `cat >tp.yaml <<'END'\n${file}END`);
    }
  }, 15 * minute);
  afterAll(async () => {
    await stage?.destroy();
  });

  test(
    "up on both, each is as the file's own check says",
    async () => {
      for (const host of hosts) await must(host, "tarr-steps lab up tp.yaml && tarr-steps lab status tp.yaml");
    },
    5 * minute,
  );

  test("the same names and addresses, the same last bytes of MACs, and no MAC twice", async () => {
    const [one = [], other = []] = await Promise.all(hosts.map(nicsOn));
    const seen = (nics: typeof one) =>
      nics.map(({ machine, network, address, mac, name }) => [machine, network, address, mac.slice(9), name].join(" "));
    expect(one).toHaveLength(3);
    expect(seen(one)).toEqual(seen(other));
    expect(one.find(({ machine }) => machine === "web")).toMatchObject({ address: "192.168.212.20" });
    const macs = [...one, ...other].map(({ mac }) => mac);
    expect(new Set(macs).size).toBe(macs.length);
  });

  test(
    "on the LAN itself the machines of both PCs are reached, each at its own PC",
    async () => {
      const pools = ["198.51.100.50-198.51.100.53", "198.51.100.60-198.51.100.63"];
      for (const [index, host] of hosts.entries()) {
        const line = `tarr-steps network set lab reach=proxy-arp pool=${pools[index] ?? ""}`;
        expect(await host.as(people.installer, line, { timeout: minute })).toMatchObject({ code: 0 });
      }
      const addresses = await Promise.all(hosts.map(lanAddressOf));
      expect(addresses.map((address) => address.slice(0, 12))).toEqual(["198.51.100.5", "198.51.100.6"]);
      for (const [index, address] of addresses.entries()) {
        expect(await peer("ping", "-c", "3", "-W", "2", address)).toContain(" 3 received");
        const pc = await hosts[index]?.root("cat /sys/class/net/eth0/address");
        expect(await peer("ip", "neigh", "show", address)).toContain(pc?.stdout.trim() ?? "?");
      }
      for (const host of hosts) await must(host, "tarr-steps lab status tp.yaml");
    },
    3 * minute,
  );

  /** The address of db on the LAN, once it has one. */
  async function lanAddressOf(host: Host): Promise<string> {
    const deadline = Date.now() + minute;
    for (;;) {
      const nic = (await nicsOn(host)).find(({ machine, network }) => machine === "db" && network === "lab");
      if (nic?.address?.startsWith("198.51.100.") === true) return nic.address;
      if (Date.now() > deadline) throw new Error(`${host.name}: db has ${nic?.address ?? "nothing"}`);
      await Bun.sleep(500);
    }
  }
});
