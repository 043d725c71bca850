/** Containers of ordinary users, by real LXC, on a fresh host: together with a QEMU machine, the host and its LAN. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Release } from "../room/debian-root.ts";
import { lostPayloads } from "../room/payloads.ts";
import { until } from "../room/processes.ts";
import type { Place } from "../room/reach.ts";
import { manners, tryReach } from "../room/reach.ts";
import type { OnStage } from "./life.ts";
import type { Stage } from "./stage.ts";
import { vmwareGuestTests } from "./vmware-guests.suite.ts";
import { guest, openStage, outerPlaces, people, student } from "./stage.ts";

const packages = ["lxc", "uidmap"] as const;
const containers = `/home/${people.student}/.local/share/tarr-steps/machines`;

type MachineList = {
  machines: { name: string; state: string; provider: string; nics: { address: string | null }[] }[];
};

export function containerSuite(release: Release): void {
  describe(`containers on ${release}`, () => {
    let stage: Stage | null = null;
    const on: OnStage = () => {
      if (stage === null) throw new Error("the stage was not built: see the failure above");
      return stage;
    };
    beforeAll(async () => {
      stage = await openStage(release, packages);
      await student(stage, "chmod 700 ~; tarr-steps image build tiny");
      // The first time, what is to be installed is fetched.
    }, 600_000);
    afterAll(async () => {
      await stage?.destroy();
    });
    firstContainer(on);
    reachTests(on);
    lifeTests(on);
    routerTests(on);
    strangerTests(on);
    foreignContainers(on);
    problemTests(on);
    vmwareGuestTests(on);
  });
}

/** What cannot be done without root is done here, as an administrator would. */
async function asAdministrator(on: OnStage, line: string): Promise<void> {
  expect(await on().host.root(line, { timeout: 240_000 })).toMatchObject({ code: 0 });
}

const must = async (on: OnStage, line: string) => {
  const result = await student(on(), line);
  if (result.code !== 0) throw new Error(`${line}: ${result.stderr}`);
  return result.stdout;
};

async function machine(on: OnStage, name: string): Promise<MachineList["machines"][number] | undefined> {
  const { machines } = JSON.parse(await must(on, "tarr-steps machine list --json")) as MachineList;
  return machines.find((one) => one.name === name);
}

const answers = (on: OnStage, address: string) => async () =>
  (await student(on(), `ping -c 1 -W 1 ${address}`)).code === 0 || undefined;

function firstContainer(on: OnStage): void {
  test("without LXC, the command that installs it is told, and it is enough", async () => {
    const { stderr, code } = await student(on(), "tarr-steps machine create c1 --provider lxc");
    expect([code, stderr]).toEqual([1, expect.stringContaining(`sudo apt install ${packages.join(" ")}`) as string]);
    // None of what these only recommend is needed.
    const install = "env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends";
    await asAdministrator(on, `${install} ${packages.join(" ")}`);
  }, 240_000);

  test("a container is up within 5 s of the command, from a home that nobody else may enter", async () => {
    const started = performance.now();
    await must(on, "tarr-steps machine create c1 --provider lxc --start");
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(await machine(on, "c1")).toMatchObject({ state: "running", provider: "lxc" });
    expect(await must(on, "stat -c %a ~")).toBe("700\n");
    expect(await must(on, "tarr-steps machine ssh c1 'hostname; id -u'")).toBe("c1\n0\n");
  }, 60_000);

  test("its console: a shell with a terminal of its own, left with Ctrl-]", async () => {
    const after = String.raw`sleep 0.5; printf 'echo $((70+7))y\r'; sleep 0.5`;
    const typed = String.raw`(sleep 1; printf 'tty; echo $((40+2))x\r'; sleep 1; printf '\035'; ${after})`;
    const { stdout, code } = await student(on(), `${typed} | script -qec 'tarr-steps machine console c1' /dev/null`, {
      timeout: 15_000,
    });
    expect(stdout).toContain("42x");
    expect(stdout).not.toContain("77y");
    expect(stdout).toMatch(/\/dev\/(pts|console)/);
    expect(code).toBe(0);
    expect(await must(on, "tarr-steps machine logs c1")).toContain("42x");
  });
}

function reachTests(on: OnStage): void {
  let outer: { host: Place; peer: Place } | null = null;
  const places = async (): Promise<readonly [Place, ...Place[]]> => {
    outer ??= await outerPlaces(on(), "192.168.194.1");
    const { host, peer } = outer;
    return [guest(on(), "c1", await addressOf("c1")), guest(on(), "q1", await addressOf("q1")), host, peer];
  };
  const addressOf = async (name: string) => (await machine(on, name))?.nics[0]?.address ?? "";

  test("a QEMU machine beside it", async () => {
    await must(on, "tarr-steps machine create q1 --provider qemu --start");
    await must(on, "tarr-steps machine ssh q1 true");
  }, 60_000);

  test("container, QEMU machine, host and LAN peer reach each other: ping, TCP, UDP and ssh", async () => {
    const [container, ...others] = await places();
    const reached = await tryReach([container, ...others], (from, to) => from === container || to === container);
    expect(reached.filter((pair) => pair.by.length < manners.length)).toEqual([]);
    expect(reached).toHaveLength(6);
  }, 120_000);

  test("what is sent comes back byte for byte, from 1 to 1400 bytes, by TCP and UDP", async () => {
    const [container, ...others] = await places();
    for (const other of others) {
      expect([other.name, "there", await lostPayloads(container, other)]).toEqual([other.name, "there", []]);
      expect([other.name, "back", await lostPayloads(other, container)]).toEqual([other.name, "back", []]);
    }
  }, 180_000);

  test("by name, from the host and from each other", async () => {
    expect(await must(on, "getent hosts c1.lab.internal")).toContain(await addressOf("c1"));
    expect(await must(on, "tarr-steps machine ssh c1 'ping -c 1 q1.lab.internal >/dev/null && echo found'")).toBe(
      "found\n",
    );
    expect(await must(on, "tarr-steps machine ssh q1 'ping -c 1 c1 >/dev/null && echo found'")).toBe("found\n");
    expect(await student(on(), "tarr-steps machine stop q1 --hard && tarr-steps machine delete q1")).toMatchObject({
      code: 0,
    });
  }, 60_000);
}

function routerTests(on: OnStage): void {
  test("a container between two networks has an address on each, and its user's lines go with it", async () => {
    await must(on, "tarr-steps network create dmz --reach isolated");
    await must(on, "tarr-steps machine create r1 --provider lxc --nic network=lab --nic network=dmz --start");
    const both = async () => (await machine(on, "r1"))?.nics.map((nic) => nic.address) ?? [null];
    await until("both addresses", async () => !(await both()).includes(null) || undefined, 15_000);
    const [lab, dmz] = await both();
    expect(await must(on, "tarr-steps machine ssh r1 'ip -4 -o address'")).toMatch(
      new RegExp(`eth0 +inet ${lab ?? "?"}/24[^]*eth1 +inet ${dmz ?? "?"}/24`),
    );
    expect(await must(on, "tarr-steps machine ssh r1 'ip route | grep default'")).toContain("dev eth0");
    expect((await on().host.root("cat /etc/lxc/lxc-usernet")).stdout).toContain("etu veth vswitch1 ");
    await must(
      on,
      "tarr-steps machine stop r1 --hard && tarr-steps machine delete r1 && tarr-steps network delete dmz",
    );
    expect((await on().host.root("cat /etc/lxc/lxc-usernet")).stdout).not.toContain("vswitch1");
  }, 60_000);
}

function lifeTests(on: OnStage): void {
  const firstProcess = async () => (await must(on, `lxc-info -P ${containers} -n c1 -pH`)).trim();

  test("it keeps MAC, address and files over stop, start and restart", async () => {
    const before = await machine(on, "c1");
    await must(on, "tarr-steps machine ssh c1 'echo kept > /root/kept'");
    await must(on, "tarr-steps machine stop c1");
    expect(await machine(on, "c1")).toMatchObject({ state: "stopped" });
    await must(on, "tarr-steps machine start c1");
    expect(await must(on, "tarr-steps machine ssh c1 cat /root/kept")).toBe("kept\n");
    await must(on, "tarr-steps machine restart c1");
    expect(await must(on, "tarr-steps machine ssh c1 cat /root/kept")).toBe("kept\n");
    expect(await machine(on, "c1")).toEqual(before);
  }, 60_000);

  test("it survives a restart of the service and the end of every login", async () => {
    const { host } = on();
    // For this user lingering may not be asked for: then the container does without the user's systemd.
    const rule = `polkit.addRule(function (action, subject) {
      if (action.id == "org.freedesktop.login1.set-self-linger" && subject.user == "eve") return polkit.Result.NO;
    });`;
    await asAdministrator(on, `cat >/etc/polkit-1/rules.d/10-no-linger.rules <<'END'\n${rule}\nEND\n`);
    await must(on, "tarr-steps machine stop c1 --hard");
    await asAdministrator(on, `loginctl disable-linger ${people.student}; loginctl disable-linger ${people.outsider}`);
    await must(on, "tarr-steps machine start c1");
    const eve = (line: string) => host.as(people.outsider, line);
    expect(
      await eve("tarr-steps image build tiny && tarr-steps machine create e1 --provider lxc --start"),
    ).toMatchObject({
      code: 0,
    });
    const [first, second] = [await firstProcess(), (await host.root("pgrep -u eve -x lxc-start")).stdout];
    expect(second).not.toBe("");
    await asAdministrator(on, "systemctl restart tarr-stepsd.service");
    // Without lingering a user's last login takes the user's manager with it, ten seconds later (logind.conf(5)).
    await Bun.sleep(12_000);
    expect(await firstProcess()).toBe(first);
    expect((await host.root("pgrep -u eve -x lxc-start")).stdout).toBe(second);
    expect(await must(on, "tarr-steps machine ssh c1 hostname")).toBe("c1\n");
    expect((await eve("tarr-steps machine ssh e1 hostname")).stdout).toBe("e1\n");
  }, 120_000);

  test("a snapshot brings back files of each of its users, and is deleted with it", async () => {
    await must(on, "tarr-steps machine create kept --provider lxc --start");
    await must(
      on,
      "tarr-steps machine ssh kept 'mkdir -m 700 /var/w && echo before > /var/w/f && chown -R 33:33 /var/w'",
    );
    expect((await student(on(), "tarr-steps machine snapshot kept")).stderr).toContain("tarr-steps machine stop kept");
    await must(on, "tarr-steps machine stop kept && tarr-steps machine snapshot kept && tarr-steps machine start kept");
    await must(on, "tarr-steps machine ssh kept 'rm -r /var/w'");
    await must(on, "tarr-steps machine stop kept && tarr-steps machine restore kept && tarr-steps machine start kept");
    const seen = await must(on, "tarr-steps machine ssh kept 'cat /var/w/f && stat -c %u:%a /var/w'");
    expect(seen).toBe("before\n33:700\n");
    await must(on, "tarr-steps machine stop kept && tarr-steps machine delete kept");
    expect(await must(on, `ls ${containers}`)).not.toContain("kept");
  }, 120_000);

  test("deleted, it leaves nothing, although some of its files were not the user's", async () => {
    await must(on, "tarr-steps machine create gone --provider lxc --start");
    const make =
      "mkdir -p /srv/a/b /srv/c && touch /srv/a/b/f && chown -R 33:33 /srv/a && chmod 700 /srv/a && chmod 0 /srv/c";
    await must(on, `tarr-steps machine ssh gone '${make}'`);
    expect((await student(on(), `rm -r ${containers}/gone/rootfs/srv/a`)).code).not.toBe(0);
    await must(on, "tarr-steps machine stop gone");
    await must(on, "tarr-steps machine delete gone");
    expect(await must(on, `ls ${containers}`)).toBe("c1\n");
    expect(await must(on, "tarr-steps port list")).not.toContain("gone");
  }, 60_000);
}

function strangerTests(on: OnStage): void {
  test("nobody else can stop it, enter it, watch it or take its card", async () => {
    const { host } = on();
    // Even when its owner lets everybody read everything.
    await must(on, `chmod 755 ~ ~/.local ~/.local/share ~/.local/share/tarr-steps ${containers} ${containers}/c1`);
    await must(on, `chmod 644 ${containers}/c1/config`);
    const first = (await must(on, `lxc-info -P ${containers} -n c1 -pH`)).trim();
    const who = `-P ${containers} -n c1`;
    for (const line of [
      `lxc-stop -k ${who}`,
      `lxc-attach ${who} -- id`,
      `timeout 5 lxc-console ${who} -t 0 </dev/null`,
      `nsenter -t ${first} -U -n true`,
      `/usr/libexec/lxc/lxc-user-nic create ${containers} c1 ${first} veth vswitch0 x`,
      "tarr-steps machine stop c1",
      "tarr-steps unplug lxc:c1",
    ]) {
      expect([line, (await host.as(people.outsider, line)).code]).not.toEqual([line, 0]);
    }
    expect((await must(on, `lxc-info -P ${containers} -n c1 -pH`)).trim()).toBe(first);
    expect(await must(on, "tarr-steps machine ssh c1 ls /sys/class/net")).toBe("eth0\nlo\n");
    await must(on, "chmod 700 ~");
  }, 60_000);

  test("an account without subordinate ids, as directories have them, has containers of one id", async () => {
    const eve = (line: string) => on().host.as(people.outsider, line);
    await asAdministrator(on, "sed -i /^eve:/d /etc/subuid /etc/subgid");
    expect(await eve("tarr-steps machine stop e1; tarr-steps machine delete e1")).toMatchObject({ code: 0 });
    expect(await eve("tarr-steps machine create e2 --provider lxc --start")).toMatchObject({ code: 0 });
    const map = await eve("tarr-steps machine ssh e2 'cat /proc/self/uid_map; hostname'");
    expect(map.stdout.trim().split(/\s+/)).toEqual(["0", "1002", "1", "e2"]);
    expect(await eve("tarr-steps machine stop e2 && tarr-steps machine delete e2")).toMatchObject({ code: 0 });
    expect((await eve("ls ~/.local/share/tarr-steps/machines")).stdout).toBe("");
  }, 60_000);
}

/** A container as README.Debian of lxc tells the user to make one. */
const makeOwn = `
mkdir -p ~/.config/lxc && cat >~/.config/lxc/default.conf <<END
lxc.include = /etc/lxc/default.conf
lxc.idmap = u 0 100000 65536
lxc.idmap = g 0 100000 65536
lxc.mount.auto = proc:mixed sys:ro cgroup:mixed
lxc.apparmor.profile = unconfined
END
chmod 711 ~ ~/.local ~/.local/share
systemd-run -q --user --scope -p Delegate=yes -- lxc-create -n mybox -t busybox </dev/null >lxc-create.log 2>&1`;

function foreignContainers(on: OnStage): void {
  const sum = async () => (await must(on, "sha256sum ~/.local/share/lxc/mybox/config")).split(" ")[0];
  const cards = () => must(on, "nsenter -t $(lxc-info -n mybox -pH) -U -n -S 0 -G 0 ip -br link show eth0");

  test("a container of the user's own is plugged in, while it runs, and given back as it was", async () => {
    // The user's own line for LXC's bridge stays beside the service's block.
    await asAdministrator(on, `echo '${people.student} veth lxcbr0 4' >>/etc/lxc/lxc-usernet`);
    await asAdministrator(
      on,
      "ip link show lxcbr0 >/dev/null || ip link add lxcbr0 type bridge; ip link set lxcbr0 up",
    );
    await must(on, makeOwn);
    const before = await sum();
    await must(on, "lxc-unpriv-start -n mybox -d >/dev/null 2>&1 </dev/null");
    expect(await must(on, "tarr-steps machine list")).toMatch(/^mybox +running/m);
    const told = await must(on, "tarr-steps plug lxc:mybox --json");
    const { plugged } = JSON.parse(told) as { plugged: { when: string; port: { mac: string; reserved: string } } };
    expect(plugged.when).toBe("now");
    expect(await cards()).toContain(plugged.port.mac);
    await must(on, "tarr-steps unplug lxc:mybox");
    expect(await cards()).not.toContain(plugged.port.mac);
    expect(await sum()).toBe(before);
    expect((await on().host.root("ip -br link show master lxcbr0")).stdout).toContain("veth");
    await must(on, "lxc-stop -k -n mybox");
  }, 60_000);

  test("plugged in while it does not run, it is on its port from its next start on", async () => {
    const before = await sum();
    const { plugged } = JSON.parse(await must(on, "tarr-steps plug lxc:mybox --json")) as { plugged: { when: string } };
    expect(plugged.when).toBe("next-start");
    await must(on, "lxc-unpriv-start -n mybox -d >/dev/null 2>&1 </dev/null");
    const address = await until(
      "an address of mybox",
      async () => (await machine(on, "mybox"))?.nics[0]?.address ?? undefined,
    );
    await until("an answer of mybox", answers(on, address));
    await must(on, "lxc-stop -k -n mybox");
    await must(on, "tarr-steps unplug lxc:mybox");
    expect(await sum()).toBe(before);
  }, 60_000);
}

function problemTests(on: OnStage): void {
  const start = () => student(on(), "tarr-steps machine start c1");

  const usernet = "/etc/lxc/lxc-usernet";

  test.each([
    [
      `cp -p ${usernet} /root && sed -i 's/^\\(etu veth vswitch0\\) .*/\\1 0/' ${usernet}`,
      `cp -p /root/lxc-usernet ${usernet}`,
      `as many containers on vswitch0 as ${usernet} allows`,
    ],
    ["chmod u-s /usr/libexec/lxc/lxc-user-nic", "chmod u+s /usr/libexec/lxc/lxc-user-nic", "lxc-user-nic"],
    [`mv ${containers}/c1/rootfs ${containers}/x`, `mv ${containers}/x ${containers}/c1/rootfs`, "rootfs"],
    ["mv /usr/bin/newuidmap /root", "mv /root/newuidmap /usr/bin", "apt install lxc uidmap"],
  ])("%s: the true cause is told", async (spoil, mend, said) => {
    await student(on(), "tarr-steps machine stop c1");
    await asAdministrator(on, spoil);
    const { code, stderr } = await start();
    await asAdministrator(on, mend);
    expect([code, stderr]).toEqual([1, expect.stringContaining(said) as string]);
    expect(stderr).not.toContain("Quota");
  });

  test("mended, it starts", async () => {
    expect(await start()).toMatchObject({ code: 0 });
    expect(await must(on, "tarr-steps machine ssh c1 cat /root/kept")).toBe("kept\n");
  }, 30_000);
}
