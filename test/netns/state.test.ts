import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { addresses, dnsmasqs, link, linkNames, picture } from "./kernel.ts";
import { codeOf, Stage } from "./stage.ts";

setDefaultTimeout(60_000);

let stage: Stage | null = null;
async function open(plan: Parameters<typeof Stage.open>[0] = {}): Promise<Stage> {
  stage = await Stage.open(plan);
  return stage;
}
afterEach(async () => {
  await stage?.destroy();
  stage = null;
});

const damages = [
  ["cut off", (path: string) => `truncate -s 20 ${path}`],
  ["garbage", (path: string) => `head -c 300 /dev/urandom >${path}`],
  ["empty", (path: string) => `: >${path}`],
] as const;
/** Without these the service does not know what is wanted, or whose an interface is. */
const needed = [
  "/var/lib/tarr-steps/ports.json",
  "/var/lib/tarr-steps/applied.json",
  "/run/tarr-steps/journal.json",
  "/run/tarr-steps/forwarding.json",
];

const cases = (files: readonly string[]) =>
  files.flatMap((file) => damages.map(([name, line]) => [file, name, line] as const));

test.each(cases(needed))(
  "%s %s: the error names it, the running switch and its ports stay as they are",
  async (path, _, line) => {
    const host = await open();
    await host.call("CreatePort", { network: "lab", name: "vm", kind: "qemu" });
    await host.stop();
    await host.must(`[ -s ${path} ] || echo '{"boot":"b","networks":"","making":[]}' >${path}; ${line(path)}`);
    const before = await picture(host);
    const damaged = await host.must(`sha256sum ${path}`);
    await host.start();
    for (const words of [
      ["plan", "--json"],
      ["network", "reload", "--json"],
      ["network", "set", "lab", "reach=routed", "--json"],
    ]) {
      const { code, stderr } = await host.cli(words);
      expect({ words, code }).toEqual({ words, code: 1 });
      expect(JSON.parse(stderr)).toMatchObject({ error: { code: "state-unreadable" } });
      expect(stderr).toContain(path);
    }
    await host.call("CreatePort", { network: "lab", name: "db", kind: "qemu" }).catch(codeOf);
    expect(await picture(host)).toBe(before);
    expect(await host.must(`sha256sum ${path}`)).toBe(damaged);
    // By the hint's words: put back from a copy, or removed.
    if (path.endsWith("ports.json")) return;
    await host.must(`rm ${path}`);
    expect((await host.cli(["network", "reload"])).code).toBe(0);
    expect(await host.planCode()).toBe(0);
    expect((await host.call("ListPorts", {})).ports).toHaveLength(1);
  },
);

test.each(cases(["rules.json", "dnsmasq/lab.json"]))(
  "/run's %s %s: what it was about is made anew, the rest untouched",
  async (file, _, line) => {
    const host = await open();
    const { port } = await host.call("CreatePort", { network: "lab", name: "vm", kind: "qemu" });
    await host.stop();
    const before = await linkNames(host);
    await host.must(line(`/run/tarr-steps/${file}`));
    await host.start();
    expect(await host.planCode()).toBe(0);
    expect(await linkNames(host)).toEqual(before);
    expect(await dnsmasqs(host)).toHaveLength(1);
    expect((await host.call("ListPorts", {})).ports).toMatchObject([{ id: port.id }]);
  },
);

test("a broken document: the line is named, what is in force stays, and so it does over a restart", async () => {
  const host = await open();
  const before = await picture(host);
  await host.must("echo '  oops: [' >>/etc/tarr-steps/tarr-steps.yaml");
  const { code, stderr } = await host.cli(["network", "reload", "--json"]);
  expect([code, JSON.parse(stderr)]).toMatchObject([65, { error: { code: "document-syntax" } }]);
  expect(stderr).toMatch(/line \d+/);
  const inFrench = await host.sh("LC_ALL=fr_FR.UTF-8 tarr-steps network reload 2>&1");
  expect(inFrench.stdout).toMatch(/illisible : ligne \d+ : le crochet/);
  expect(await picture(host)).toBe(before);
  await host.stop({ kill: true });
  await host.start();
  expect(await picture(host)).toBe(before);
});

test("a document with a value that cannot be: nothing of it is applied, not even what is good", async () => {
  const host = await open();
  const before = await picture(host);
  await host.must("sed -i 's/reach: nat/reach: routed/; s/max: 245/max: -3/' /etc/tarr-steps/tarr-steps.yaml");
  const { code, stderr } = await host.cli(["network", "reload", "--json"]);
  expect([code, JSON.parse(stderr)]).toMatchObject([65, { error: { code: "document-value" } }]);
  expect(await picture(host)).toBe(before);
});

/** A state folder of one page's worth, and full. */
const full = `mount -t tmpfs -o size=16k tmpfs /mnt/small && cp -a /var/lib/tarr-steps/. /mnt/small/ && chown tarr-steps: /mnt/small
  mount --bind /mnt/small /var/lib/tarr-steps; dd if=/dev/zero of=/var/lib/tarr-steps/fill bs=1k 2>/dev/null; true`;

test("a full disk: the command fails whole, says why, and the running switch is untouched", async () => {
  const host = await open();
  const { port } = await host.call("CreatePort", { network: "lab", name: "vm", kind: "qemu" });
  const document = await host.read("/etc/tarr-steps/tarr-steps.yaml");
  await host.must(`mkdir /mnt/small; ${full}`);
  const before = await picture(host);
  const made = await host.call("CreatePort", { network: "lab", name: "db", kind: "qemu" }).then(() => "done", String);
  expect(made).toContain("ENOSPC");
  const set = await host.cli(["network", "set", "lab", "address=10.0.0.1/24", "--json"]);
  expect(set.code).toBe(1);
  expect(set.stderr).toContain("No space left on device");
  expect(await picture(host)).toBe(before);
  expect(await host.read("/etc/tarr-steps/tarr-steps.yaml")).toBe(document);
  expect((await host.call("ListPorts", {})).ports).toMatchObject([{ id: port.id }]);
  // Looking needs no disk.
  expect((await host.cli(["status"], { user: "etu" })).code).toBe(0);
  await host.must("rm /var/lib/tarr-steps/fill");
  await host.call("CreatePort", { network: "lab", name: "db", kind: "qemu" });
  expect(await host.planCode()).toBe(0);
  expect(addresses(await link(host, "vswitch0"))).toEqual(["192.168.194.1/24"]);
});

test("a full /etc: a change of the document fails whole", async () => {
  const host = await open();
  await host.must(`mkdir /mnt/small; mount -t tmpfs -o size=8k tmpfs /mnt/small; cp -a /etc/tarr-steps/. /mnt/small/
    chown tarr-steps: /mnt/small; mount --bind /mnt/small /etc/tarr-steps; dd if=/dev/zero of=/etc/tarr-steps/fill bs=1k 2>/dev/null; true`);
  const [before, document] = [await picture(host), await host.read("/etc/tarr-steps/tarr-steps.yaml")];
  const { code, stderr } = await host.cli(["network", "set", "lab", "reach=routed", "--json"]);
  expect([code, stderr.includes("No space left on device")]).toEqual([1, true]);
  expect([await picture(host), await host.read("/etc/tarr-steps/tarr-steps.yaml")]).toEqual([before, document]);
});
