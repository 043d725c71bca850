/** VMware's machines on the switch, by the double of its module: who hears them, what they cannot do, what becomes of them. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { among, digits, everybody, udp, vmwareAttacks } from "../room/hostile.ts";
import { until } from "../room/processes.ts";
import { captured, send } from "./bridged-lan.ts";
import { allWays, broken, setHooked, tryWays } from "./doubles/doubles.ts";
import type { Scene } from "./doubles/scene.ts";
import { names, openScene, ownPort, workstation } from "./doubles/scene.ts";
import { reaches } from "./guest.ts";
import { link } from "./kernel.ts";
import { codeOf } from "./stage.ts";

setDefaultTimeout(120_000);

const gateway = "192.168.194.1";

let scene: Scene;
beforeAll(async () => {
  scene = await openScene("nat", ownPort);
});
afterAll(() => scene.stage.destroy());

const from = (at: string) => ({ at });

/** Where a frame of a VMware machine's must not be heard. */
type Ear = { readonly at?: string; readonly device?: string };
const ears: readonly Ear[] = [{ at: "box" }, { at: "vm" }, { at: "peer" }, { device: "vswitch0" }];

/** What each of them hears while a VMware machine sends these frames. */
async function heard(frames: readonly string[]): Promise<readonly (readonly string[])[]> {
  const { stage } = scene;
  const listen = async ([ear, ...rest]: readonly Ear[]): Promise<(readonly string[])[]> => {
    if (ear === undefined) {
      await send(stage, "one", frames);
      return [];
    }
    let inner: (readonly string[])[] = [];
    const own = await captured(stage, ear, async () => void (inner = await listen(rest)));
    return [own, ...inner];
  };
  return listen(ears);
}

describe("a hostile VMware machine", () => {
  test("is heard by nobody else when it speaks as another, as the switch, or as a server of addresses", async () => {
    const { stage, addresses, macs } = scene;
    const evil = vmwareAttacks({ macs, addresses, gateway, switch: (await link(stage, "vswitch0")).address });
    expect(Object.keys(evil)).toHaveLength(45);
    const good = `${everybody} ${digits(macs.one)} ${udp(addresses.one, "12341234", "600d".repeat(16))}`;
    const everywhere = await heard([...Object.values(evil), good]);
    everywhere.forEach((frames, index) => {
      const ear = ears[index];
      // On the LAN nothing of a switch in nat is heard.
      const marked = frames.filter((frame) => frame.includes("600d600d")).length;
      expect({ ear, passed: among(evil, frames), marked }).toEqual({
        ear,
        passed: [],
        marked: ear?.at === "peer" ? 0 : 1,
      });
    });
  });

  test("does not get to the host by the wire that VMware sends to as well", async () => {
    const { stage, macs, addresses } = scene;
    const wire = digits((await link(stage, "vmware0-peer")).address);
    const listening = stage.sh("timeout 3 socat -u UDP-RECV:9999 -", { timeout: 10_000 });
    await stage.listens("udp", "9999");
    const to = (mac: string, word: string) => {
      const text = Buffer.from(word).toString("hex").padEnd(64, "0");
      return `${mac} ${digits(macs.one)} ${udp(addresses.one, "270f270f", text)}`;
    };
    // The second is for the wire's end alone: it is no machine's, and the switch hands it to all ports.
    await send(stage, "one", [to(everybody, "by the switch"), to(wire, "by the wire")]);
    const { stdout } = await listening;
    expect(stdout.match(/by the \w+/g)).toEqual(["by the switch"]);
  });

  test("may take an address that is nobody's", async () => {
    const { guests } = scene;
    await guests.one.sh("ip address add 192.168.194.9/24 dev eth0");
    const { code } = await guests.one.sh(`ping -c 1 -W 1 -I 192.168.194.9 ${gateway}`);
    await guests.one.sh("ip address delete 192.168.194.9/24 dev eth0");
    expect(code).toBe(0);
  });
});

test("what is meant for a VMware machine is not overheard by others", async () => {
  const { stage, addresses, macs } = scene;
  await reaches(stage, from("one"), gateway);
  for (const ear of [{ at: "box" }, { at: "vm" }]) {
    const frames = await captured(stage, ear, () => stage.must(`ping -c 20 -i 0.02 -W 1 ${addresses.one}`));
    expect(frames.filter((frame) => frame.startsWith(digits(macs.one)))).toEqual([]);
  }
  expect(await stage.must("bridge fdb show brport vmware0")).toContain(macs.one);
});

test("its port is told as one of the service's", async () => {
  const { stage } = scene;
  const { ports } = await stage.call("ListPorts", {});
  expect(ports.find(({ name }) => name === "one")).toMatchObject({ interface: "vmware0", state: "up" });
  const { checks } = await stage.call("Diagnose", {});
  expect(checks.filter(({ id }) => id.startsWith("vmware"))).toEqual([
    { id: "vmware-port", status: "pass", values: { switch: "vswitch0", interface: "vmware0" } },
  ]);
  expect(checks.filter(({ status }) => status === "fail")).toEqual([]);
  expect((await stage.cli(["port", "capture", "one", "--count", "1"], { user: "etu" })).stderr).toContain(
    "share one interface",
  );
});

test("no more than 33 cards, and not the MAC that VMware refuses", async () => {
  const { stage } = scene;
  const create = (name: string, mac: string | null = null) =>
    stage.as("etu", "CreatePort", { network: "lab", name, kind: "vmware", mac });
  expect(await create("zero", "00:50:56:00:00:00").catch(codeOf)).toBe("mac-refused");
  const root = (name: string) => stage.call("CreatePort", { network: "lab", name, kind: "vmware" });
  const more: string[] = [];
  for (let count = 3; count <= 33; count += 1) more.push((await root(`more${count}`)).port.id);
  expect(await root("toomany").catch(codeOf)).toBe("vmware-full");
  expect((await stage.call("CreatePort", { network: "lab", name: "other", kind: "qemu" })).port.kind).toBe("qemu");
  for (const id of more) await stage.call("DeletePort", { id });
});

describe("a cable", () => {
  const told = async (line: string) => {
    const { code, stdout, stderr } = await scene.stage.cli(line.split(" "), { user: "etu" });
    return `${code} ${stdout}${stderr}`;
  };
  /** Who reaches the first of VMware's machines, and whom it reaches; each is asked anew who has the address. */
  const reached = async () => {
    const { stage, addresses } = scene;
    await stage.sh("ip neigh flush all");
    const ways = await Promise.all([
      reaches(stage, {}, addresses.one),
      reaches(stage, from("box"), addresses.one),
      reaches(stage, from("one"), addresses.vm),
      reaches(stage, from("one"), gateway),
    ]);
    return new Set(ways);
  };

  test("that is pulled is pulled from everybody but VMware's own machines, also after a crash of the service", async () => {
    const { stage, addresses } = scene;
    expect(await told("port down one")).toStartWith("0 ");
    expect(await reached()).toEqual(new Set([false]));
    expect(await reaches(stage, {}, addresses.two)).toBe(true);
    // In VMware's hub no frame passes us.
    expect(await reaches(stage, from("two"), addresses.one)).toBe(true);
    await stage.stop({ kill: true });
    await stage.start();
    expect(await reached()).toEqual(new Set([false]));
    expect(await told("port up one")).toStartWith("0 ");
    await until("everybody", async () => !(await reached()).has(false) || undefined, 5_000);
    expect(await stage.planCode()).toBe(0);
  });

  test("loses frames of its machine alone, and has a rate each way, but no delay", async () => {
    const { stage, addresses } = scene;
    expect(await told("port set one delay=50ms")).toStartWith("1 ");
    expect(await told("port set one loss=50%")).toStartWith("0 ");
    const answered = async (to: string) =>
      Number(/(\d+) received/.exec((await stage.sh(`ping -q -c 200 -i 0.005 -W 1 ${to}`)).stdout)?.[1]);
    const half = await answered(addresses.one);
    expect(half).toBeGreaterThan(60);
    expect(half).toBeLessThan(140);
    expect(await answered(addresses.two)).toBe(200);
    expect(await told("port set one normal rate=2mbit")).toStartWith("0 ");
    for (const [to, at] of [
      [addresses.one, "box"],
      [addresses.box, "one"],
    ] as const) {
      const before = performance.now();
      const line = `head -c 1500000 /dev/zero | socat -t 30 - TCP:${to}:7007 | wc -c`;
      expect((await stage.must(line, { ...from(at), timeout: 60_000 })).trim()).toBe("1500000");
      // 12 000 000 bits at 2 Mbit/s are 6 s.
      expect(performance.now() - before).toBeGreaterThan(4_500);
    }
    expect(await told("port set one normal")).toStartWith("0 ");
    expect(await answered(addresses.one)).toBe(200);
  });
});

test("on a smaller path machines are told the MTU, and a longer frame gets nowhere", async () => {
  const { stage, guests, addresses, spots } = scene;
  await stage.must("ip link set eth0 mtu 1400; ip -n peer link set eth0 mtu 1400");
  await until("the switch", async () => (await link(stage, "vmware0-peer")).mtu === 1400 || undefined, 15_000);
  const fits = async (size: number) => (await guests.one.sh(`ping -c 1 -W 1 -s ${size} ${addresses.box}`)).code === 0;
  expect([await fits(1400 - 28), await fits(1500 - 28)]).toEqual([true, false]);
  for (const name of names) {
    const { said } = await guests[name].dhcp();
    expect(said).toContain("mtu=1400");
    await guests[name].sh("ip link set eth0 mtu 1400");
  }
  expect(broken(await tryWays(stage, allWays(spots)))).toEqual({});
  await stage.must("ip link set eth0 mtu 1500; ip -n peer link set eth0 mtu 1500");
  for (const name of names) await guests[name].sh("ip link set eth0 mtu 1500");
  await until("the switch", async () => (await link(stage, "vmware0-peer")).mtu === 1500 || undefined, 15_000);
});

describe("traffic comes again within four seconds", () => {
  /** While this happens nobody takes an interface off or puts one on a guest. */
  const back = async (happen: () => Promise<unknown>) => {
    const { stage, addresses, guests } = scene;
    const index = (await link(stage, "vmware0")).ifindex;
    await happen();
    const before = performance.now();
    const again = async () => {
      const ways = await Promise.all([
        reaches(stage, {}, addresses.one),
        reaches(stage, from("box"), addresses.two),
        reaches(stage, from("one"), addresses.vm),
      ]);
      return ways.every(Boolean) || undefined;
    };
    await until("traffic", again, 10_000);
    expect(performance.now() - before).toBeLessThan(4_000);
    for (const name of names) expect((await guests[name].sh("cat /sys/class/net/eth0/carrier")).stdout).toBe("1\n");
    return (await link(stage, "vmware0")).ifindex === index;
  };
  const cli = (...words: string[]) => scene.stage.cli(words);

  test("when the switch was deleted", async () => {
    expect(await back(() => scene.stage.must("ip link delete vswitch0"))).toBe(true);
  });

  test("when the network was stopped and started", async () => {
    expect(await back(async () => [await cli("network", "stop", "lab"), await cli("network", "start", "lab")])).toBe(
      true,
    );
  });

  test("when the service ended, and when it was killed", async () => {
    for (const kill of [false, true]) {
      const restart = async () => {
        await scene.stage.stop({ kill });
        await scene.stage.start();
      };
      expect(await back(restart)).toBe(true);
    }
  });

  test("when VMware's networks were started again", async () => {
    const restart = async () => {
      await setHooked(scene.stage, false);
      await Bun.sleep(1_000);
      expect(await reaches(scene.stage, {}, scene.addresses.one)).toBe(false);
      await setHooked(scene.stage, true);
    };
    expect(await back(restart)).toBe(true);
  });

  test("when somebody took the port off or down, or flushed all rules", async () => {
    const { stage } = scene;
    expect(await back(() => stage.must("ip link set vmware0 nomaster"))).toBe(true);
    expect(await back(() => stage.must("ip link set vmware0-peer down"))).toBe(true);
    expect(await back(() => stage.must("nft flush ruleset"))).toBe(true);
    await until("the plan", async () => (await stage.planCode()) === 0 || undefined, 15_000);
  });

  test("when VMware's file was empty for a moment, or gone: nobody notices", async () => {
    const { stage } = scene;
    for (const spoil of [": >/etc/vmware/networking", "rm /etc/vmware/networking"]) {
      await stage.must(spoil);
      expect(await stage.planCode()).toBe(0);
    }
    await stage.must(workstation);
    expect(await stage.planCode()).toBe(0);
  });
});

test("after all that everybody still reaches everybody, whole", async () => {
  expect(broken(await tryWays(scene.stage, allWays(scene.spots)))).toEqual({});
});
