/** Machines on the LAN segment itself, as its other computers see them; and a user who means it ill. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { mustRun } from "../../src/host/command.ts";
import type { Release } from "../room/debian-root.ts";
import { among, hostileFrames, udp } from "../room/hostile.ts";
import type { Peer } from "../room/room.ts";
import { until } from "../room/processes.ts";
import { addressOf } from "./reach-table.ts";
import type { Stage } from "./stage.ts";
import { hostAddress, openStage, people, student } from "./stage.ts";

const minute = 60_000;
/** The pool's first address, which a computer of the LAN has already. */
const taken = "198.51.100.50";
const gateway = "198.51.100.1";

/** Writes frames to a tap, as whoever may open it. */
const sendScript = `use Fcntl; my ($name, @frames) = @ARGV;
sysopen F, "/dev/net/tun", O_RDWR or die $!;
# TUNSETIFF: IFF_TAP | IFF_NO_PI
ioctl F, 0x400454ca, pack("a16 S x22", $name, 0x1002) or die $!;
sleep 1;
syswrite F, pack("H*", $_) or die $! for @frames;
sleep 1;`;

/** Prints what comes in at eth0, in hexadecimal digits. */
const captureScript = `socket S, 17, 3, unpack("S", pack("n", 3)) or die;
$| = 1;
while (my $from = recv S, my $frame, 2048, 0) { print unpack("H*", $frame), "\\n" unless (unpack "S n i S C", $from)[4] == 4 }`;

type Port = { readonly id: string; readonly interface: string; readonly mac: string; readonly reserved: string };

export function lanSuite(release: Release): void {
  describe(`on the LAN of ${release}`, () => {
    let stage: Stage | null = null;
    let stranger: Peer | null = null;
    const on = () => {
      if (stage === null || stranger === null) throw new Error("the stage was not built: see the failure above");
      return { stage, stranger };
    };
    const must = async (line: string) => {
      const { code, stdout, stderr } = await student(on().stage, line, { timeout: 2 * minute });
      if (code !== 0) throw new Error(`${line}: ${code} ${stderr}`);
      return stdout;
    };
    const set = async (words: string) =>
      expect(await on().stage.host.as(people.installer, `tarr-steps ${words}`, { timeout: minute })).toMatchObject({
        code: 0,
      });
    const at = (peer: Peer, line: string) => peer.run(["sh", "-c", line]);
    const macOf = async (peer: Peer) => (await at(peer, "cat /sys/class/net/eth0/address")).stdout.trim();
    /** web's address, once it is such a one and web answers there: it takes a new one by itself. */
    const webAt = (pattern: RegExp) =>
      until(
        "web at its address",
        async () => {
          const address = (await addressOf(on().stage, "web")) ?? "";
          const answers = pattern.test(address) && (await at(on().stranger, `ping -c 1 -W 1 ${address}`)).code === 0;
          return answers ? address : undefined;
        },
        30_000,
      );
    const plug = async (name: string) =>
      (JSON.parse(await must(`tarr-steps plug qemu:${name} --json`)) as { plugged: { port: Port } }).plugged.port;

    beforeAll(async () => {
      stage = await openStage(release);
      // Told nothing of any route.
      stranger = await stage.room.addPeer("stranger", "198.51.100.30/24");
      await stage.peer.run(["ip", "address", "add", `${taken}/24`, "dev", "eth0"]);
      await must("tarr-steps image build tiny && tarr-steps machine create web --provider qemu --start");
    }, 10 * minute);
    afterAll(async () => {
      await stage?.destroy();
    });

    test(
      "a peer that was told nothing reaches web and web reaches it; the LAN knows no MAC but the host's",
      async () => {
        await set(`network set lab reach=proxy-arp pool=${taken}-198.51.100.53`);
        const address = await webAt(/^198\.51\.100\.5\d$/);
        expect(address).not.toBe(taken);
        expect((await at(on().stranger, `ping -c 3 -W 2 ${address}`)).stdout).toContain(" 3 received");
        expect(await must(`tarr-steps machine ssh web ping -c 3 ${on().stranger.address}`)).toContain(
          " 3 packets received",
        );
        const host = (await on().stage.host.root("cat /sys/class/net/eth0/address")).stdout.trim();
        expect((await at(on().stranger, `ip neigh show ${address}`)).stdout).toContain(host);
        // What the LAN's own switch has learnt.
        const fdb = [
          "ip",
          "netns",
          "exec",
          `${on().stage.room.prefix}-lan`,
          "bridge",
          "fdb",
          "show",
          "br",
          "lan",
        ] as const;
        const learnt = (await mustRun(fdb)).split("\n").filter((line) => line !== "" && !line.includes("permanent"));
        const known = [host, await macOf(on().stage.peer), await macOf(on().stranger)];
        expect(learnt.map((line) => line.split(" ")[0]).filter((mac) => !known.includes(mac ?? ""))).toEqual([]);
        expect(learnt.length).toBeGreaterThan(1);
      },
      2 * minute,
    );

    test(
      "an address of the pool that a peer uses is given to nobody, when it is full neither",
      async () => {
        const ports = [await plug("x1"), await plug("x2")];
        const given = [await webAt(/./), ...ports.map((port) => port.reserved)].sort();
        expect(given).toEqual(["198.51.100.51", "198.51.100.52", "198.51.100.53"]);
        const full = await student(on().stage, "tarr-steps plug qemu:x3");
        expect([full.code, full.stderr]).toEqual([1, expect.stringContaining("198.51.100.50-198.51.100.53") as string]);
        await must("tarr-steps unplug qemu:x1 && tarr-steps unplug qemu:x2");
      },
      minute,
    );

    test(
      "a peer that takes web's address later is told within 10 s",
      async () => {
        const address = await webAt(/./);
        const mac = await macOf(on().stranger);
        await at(on().stranger, `ip address add ${address}/24 dev eth0`);
        const told = async () =>
          (await must("tarr-steps status")).includes(`${address} is also used by ${mac}`) || undefined;
        await until("the rival", told, 10_000);
        expect((await student(on().stage, "tarr-steps doctor")).stdout).toContain(
          `${address} of web is also used by ${mac}`,
        );
        await at(on().stranger, `ip address del ${address}/24 dev eth0`);
      },
      minute,
    );

    test(
      "with pool=lan-dhcp web's address is in the gateway's lease file, and goes with the machine",
      async () => {
        const leases = join(on().stage.folder, "lan.leases");
        const server = await on().stage.peer.background([
          ...(["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--user=root", "--port=0"] as const),
          ...["--interface=eth0", "--bind-interfaces", "--dhcp-range=198.51.100.100,198.51.100.150,255.255.255.0,1h"],
          ...[`--dhcp-option=option:router,${gateway}`, "--dhcp-authoritative", "--no-ping", "--pid-file="],
          `--dhcp-leasefile=${leases}`,
        ]);
        const file = () => readFile(leases, "utf8");
        await set("network set lab pool=lan-dhcp");
        const address = await webAt(/^198\.51\.100\.1[0-5]\d$/);
        expect(await file()).toContain(` ${address} `);
        expect((await at(on().stranger, `ping -c 3 -W 2 ${address}`)).stdout).toContain(" 3 received");
        expect(await must(`tarr-steps machine ssh web ping -c 3 ${on().stranger.address}`)).toContain(
          " 3 packets received",
        );
        const { reserved } = await plug("x1");
        expect(await file()).toContain(` ${reserved} `);
        await must("tarr-steps unplug qemu:x1");
        await until("the release", async () => !(await file()).includes(` ${reserved} `) || undefined, 10_000);
        await must("tarr-steps machine stop web && tarr-steps machine delete web");
        await until("the release", async () => !(await file()).includes(` ${address} `) || undefined, 10_000);
        await set("network set lab reach=nat");
        await server.stop();
      },
      2 * minute,
    );

    for (const reach of ["nat", "routed", `proxy-arp pool=${taken}-198.51.100.53`, "bridged"]) {
      test(
        `a user's own frames, by a tap of theirs: nothing of it on the LAN (${reach})`,
        async () => {
          await set(`network set lab reach=${reach}`);
          if (reach === "bridged") await set("confirm");
          const port = await plug("evil");
          const mac = port.mac.replaceAll(":", "");
          const own = reach === "bridged" ? "198.51.100.60" : port.reserved;
          const evil = hostileFrames({ mac, own, host: hostAddress, gateway });
          const good = `ffffffffffff ${mac} ${udp(own, "12341234", "600d".repeat(16))}`;
          const plain = (frame: string) => frame.replaceAll(/[^0-9a-f]/g, "");
          const capture = await on().stranger.background(["perl", "-e", captureScript]);
          const words = [...Object.values(evil), good].map(plain).join(" ");
          await must(`perl -e '${sendScript}' ${port.interface} ${words}`);
          const seen = capture.output().split("\n");
          await capture.stop();
          expect(among(evil, seen)).toEqual([]);
          // In bridged alone a machine's broadcasts are the LAN's: the capture hears what passes.
          expect(seen.filter((frame) => frame.includes("600d600d"))).toHaveLength(reach === "bridged" ? 1 : 0);
          await must("tarr-steps unplug qemu:evil");
        },
        2 * minute,
      );
    }
  });
}
