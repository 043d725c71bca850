/**
 * Slow and lossy lines on Debian's own kernel: what we have `tc` do, and what a ping and a transfer then show. The kernel
 * of a container host may have no netem, so it is booted in an emulated PC, from a first file system and nothing else.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../src/host/command.ts";
import { parseLines } from "../../src/host/line/observe.ts";
import { renderLine } from "../../src/host/line/render.ts";
import type { Entry } from "../../src/images/tiny/cpio.ts";
import { packCpio } from "../../src/images/tiny/cpio.ts";
import { fetchKernel, readModule } from "../../src/images/tiny/kernel.ts";
import { moduleName, selectModules, uncompressedName } from "../../src/images/tiny/modules.ts";
import { changeLine, normalLine } from "../../src/model/line.ts";
import { interfaceName } from "../../src/model/names.ts";

setDefaultTimeout(240_000);

/** The interface of a port; its machine is at 192.0.2.2, in a namespace of its own. */
const port = interfaceName("ts0");
const line = (text: string) =>
  changeLine(
    normalLine,
    text.split(" ").map((word) => ({ key: word.split("=")[0] ?? "", value: word.split("=")[1] ?? "" })),
  );

const quick = "/bin/ping -q -i 0.05 -c 40 192.0.2.2";
/** Each line of a port, and what is done while it is so: 400 000 bytes at 1 Mbit/s are 3.4 s, with their headers. */
const trials = [
  ["normal", "", quick],
  ["delay", "delay=50ms", quick],
  ["jitter", "delay=50ms jitter=20ms", quick],
  ["loss", "loss=20%", "/bin/ping -q -i 0.02 -c 500 192.0.2.2"],
  ["all", "delay=50ms jitter=5ms loss=2% rate=10mbit", quick],
  ["rate", "delay=10ms rate=1mbit", "head -c 400000 /dev/zero | nc 192.0.2.2 7"],
  ["rate-alone", "rate=1mbit", "head -c 400000 /dev/zero | nc 192.0.2.2 7"],
  ["iperf3", "rate=5mbit", "iperf3 -c 192.0.2.2 -t 5 -f k"],
] as const;

let folder: string;
let said: ReadonlyMap<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "line-"));
  said = await boot();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const roundTrip = (name: string) => Number(/= [\d.]+\/([\d.]+)\//.exec(said.get(name) ?? "")?.[1]);
const lost = (name: string) => Number(/([\d.]+)% packet loss/.exec(said.get(name) ?? "")?.[1]);
const seconds = (name: string) => {
  const [from = 0, to = 0] = [...(said.get(name) ?? "").matchAll(/^([\d.]+) [\d.]+$/gm)].map((match) =>
    Number(match[1]),
  );
  return to - from;
};

test("a delay is what a ping takes longer, within 20 %", () => {
  expect(roundTrip("normal")).toBeLessThan(10);
  expect(Math.abs(roundTrip("delay") - roundTrip("normal") - 50)).toBeLessThan(10);
  expect(Math.abs(roundTrip("jitter") - roundTrip("normal") - 50)).toBeLessThan(10);
  expect(lost("delay")).toBe(0);
});

test("a loss is what a ping loses", () => {
  expect(lost("normal")).toBe(0);
  // Of 500, within four standard deviations of 20 %.
  expect(Math.abs(lost("loss") - 20)).toBeLessThan(7.2);
});

test("a rate is how long a transfer takes, within 20 %", () => {
  for (const name of ["rate", "rate-alone"]) {
    expect(said.get(name)).toContain("\n400000\n");
    expect(Math.abs(seconds(name) - 3.4)).toBeLessThan(0.68);
  }
});

test("a rate is what iperf3 measures, within 20 %", () => {
  const received = Number(/([\d.]+) Kbits\/sec +receiver/.exec(said.get("iperf3") ?? "")?.[1]);
  expect(Math.abs(received - 5_000)).toBeLessThan(1_000);
});

test("the kernel tells the line that it was told", () => {
  for (const [name, text] of trials.slice(1)) {
    const json = /^\[.*\]$/m.exec(said.get(name) ?? "")?.[0] ?? "";
    expect({ name, line: parseLines(json).get(port) }).toEqual({ name, line: line(text) });
  }
  expect(said.get("end")).toContain("qdisc noqueue");
});

test("netem came by itself, for a program with CAP_NET_ADMIN alone", () => {
  expect(said.get("before")).not.toContain("sch_netem");
  for (const module of ["sch_netem", "sch_tbf"]) expect(said.get("end")).toContain(module);
});

/** What the guest printed, by the names of the trials. */
async function boot(): Promise<ReadonlyMap<string, string>> {
  const initrd = join(folder, "initrd");
  const kernel = await fetchKernel(join(folder, "kernel"), () => undefined);
  await Bun.write(initrd, packCpio(await tree(kernel.modules)));
  const argv = [
    ...["-M", "q35", "-accel", "tcg", "-cpu", "max", "-m", "256", "-nodefaults", "-no-user-config", "-no-reboot"],
    ...["-display", "none", "-serial", "stdio", "-kernel", kernel.image, "-initrd", initrd],
    ...["-append", "console=ttyS0 quiet panic=-1"],
  ];
  const { stdout } = await run(["qemu-system-x86_64", ...argv], { timeout: 200_000 });
  const parts = stdout.replaceAll("\r", "").split(/^== /m).slice(1);
  if (parts.length < trials.length + 2) throw new Error(`the guest said: ${stdout.slice(-3000)}`);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf("\n")), part]));
}

async function tree(modules: string): Promise<readonly Entry[]> {
  const table = (name: string) => readFile(join(modules, name), "utf8").catch(() => "");
  const [dep, builtin, alias, softdep] = await Promise.all(
    ["dep", "builtin", "alias", "softdep"].map((name) => table(`modules.${name}`)),
  );
  const tables = { dep: dep ?? "", builtin: builtin ?? "", alias: alias ?? "", softdep: softdep ?? "" };
  const chosen = selectModules(["veth", "sch_netem", "sch_tbf"], tables);
  const names = chosen.files.map((file) => `lib/modules/${uncompressedName(file)}`);
  const drivers = chosen.files.map(async (file, index): Promise<Entry> => {
    return { type: "file", path: names[index] ?? file, data: await readModule(join(modules, file), folder) };
  });
  // What the kernel calls when it needs a module: by its name (sch_netem), since 6.8 by an alias (net-sch-netem).
  const lines = chosen.files.map((file, index) => {
    const name = moduleName(file);
    return `${name}|net-${name.replace("_", "-")}|rtnl-link-${name}) exec /bin/busybox insmod /${names[index] ?? ""};;`;
  });
  const helper = `#!/bin/busybox sh\nfor word; do :; done\ncase "$word" in\n${lines.join("\n")}\nesac\n`;
  return [
    { type: "file", path: "init", mode: 0o755, data: init() },
    // Takes all that comes, and says how much it was: only then is a transfer over.
    { type: "file", path: "bin/sink", mode: 0o755, data: "#!/bin/busybox sh\nexec /bin/busybox wc -c\n" },
    { type: "file", path: "sbin/modprobe", mode: 0o755, data: helper },
    ...(await Promise.all(drivers)),
    ...(await programs([
      "/usr/bin/busybox",
      "/usr/sbin/ip",
      "/usr/sbin/tc",
      "/usr/bin/setpriv",
      "/usr/bin/ping",
      "/usr/bin/iperf3",
    ])),
    ...["proc", "sys", "run", "tmp", "dev"].map((path): Entry => ({ type: "directory", path })),
  ];
}

/** Programs in /bin, and their libraries where they look for them. */
async function programs(paths: readonly string[]): Promise<readonly Entry[]> {
  const listings = await Promise.all(paths.map((path) => run(["ldd", path])));
  const libraries = new Set(listings.flatMap(({ stdout }) => stdout.match(/\/\S+/g) ?? []));
  const entry = async (from: string, path: string): Promise<Entry> => {
    return { type: "file", path, mode: 0o755, data: await readFile(from) };
  };
  return Promise.all([
    ...paths.map((path) => entry(path, `bin/${path.slice(path.lastIndexOf("/") + 1)}`)),
    ...[...libraries].map((path) => entry(path, path.slice(1))),
  ]);
}

function init(): string {
  const asService =
    "/bin/setpriv --reuid=950 --regid=950 --clear-groups --inh-caps=-all,+net_admin --ambient-caps=+net_admin --bounding-set=-all,+net_admin";
  const trial = ([name, text, command]: (typeof trials)[number]) => `echo "== ${name}"
echo '${renderLine(port, text === "" ? null : line(text)).trim()}' | ${asService} /bin/tc -batch - 2>&1
/bin/tc -json qdisc show
cat /proc/uptime; ${command} 2>&1; cat /proc/uptime`;
  return `#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc; /bin/busybox mount -t sysfs sys /sys; /bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t tmpfs run /run
export PATH=/bin; for name in cat head nc sh sleep poweroff echo printf; do busybox ln -s busybox /bin/$name; done
/bin/ip netns add machine; /bin/ip link add ${port} type veth peer name eth0 netns machine
/bin/ip address add 192.0.2.1/24 dev ${port}; /bin/ip link set ${port} up
/bin/ip -n machine address add 192.0.2.2/24 dev eth0; /bin/ip -n machine link set eth0 up
/bin/ip netns exec machine busybox nc -ll -p 7 -e /bin/sink &
/bin/ip netns exec machine /bin/iperf3 -s >/dev/null &
sleep 1
echo "== before"; cat /proc/modules
${trials.map(trial).join("\n")}
echo '${renderLine(port, null).trim()}' | ${asService} /bin/tc -batch -
echo "== end"; /bin/tc qdisc show dev ${port}; cat /proc/modules
poweroff -f
`;
}
