/** What an administrator, or the prototype, decided before the first installation. By hand: three minutes each release. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { withPackage } from "../room/debian-root.ts";
import type { Host, Room } from "../room/room.ts";
import { createRoom } from "../room/room.ts";
import { fingerprint, packagePath } from "../system/stage.ts";

const patience = 20 * 60_000;
const wanted = process.env["TARR_STEPS_RELEASE"];
const releases = (["trixie", "bookworm"] as const).filter((one) => wanted === undefined || one === wanted);

const prototype = `USE_LXC_BRIDGE="true"
LXC_BRIDGE="%BRIDGE%"
LXC_ADDR="192.168.50.1"
LXC_NETMASK="255.255.255.0"
LXC_NETWORK="192.168.50.0/24"
LXC_DHCP_RANGE="192.168.50.20,192.168.50.60"
LXC_DHCP_MAX="41"
`;

describe.each(releases)("the first installation on %s", (release) => {
  let room: Room;
  let host: Host;
  let before: string;
  const install = (more = "") =>
    host.root(`env DEBIAN_FRONTEND=noninteractive apt-get install -y ${more} /root/tarr-steps_*.deb`, {
      timeout: 300_000,
    });
  const purge = () => host.root("apt-get purge -y tarr-steps", { timeout: 120_000 });
  const document = async () => (await host.root("cat /etc/tarr-steps/tarr-steps.yaml")).stdout;
  const preseed = (lines: string) =>
    host.root("debconf-set-selections", {
      stdin: lines.replaceAll(/^/gm, "tarr-steps tarr-steps/").replace(/tarr-steps tarr-steps\/$/, ""),
    });

  beforeAll(async () => {
    const root = await withPackage(release, await packagePath(), ["lxc"]);
    room = await createRoom();
    host = await room.addHost({ name: "pc", root, address: "198.51.100.10/24" });
    before = await fingerprint(host);
  }, patience);
  afterAll(() => room.destroy());

  test("asks nothing, and takes the prototype's address, range and number", async () => {
    await host.root("mkdir -p /etc/default && cat >/etc/default/lxc-net", {
      stdin: prototype.replace("%BRIDGE%", "vswitch0"),
    });
    const { code, stdout, stderr } = await install();
    expect({ code, said: `${stdout}${stderr}` }).toEqual({
      code: 0,
      said: expect.stringMatching(/192\.168\.50\.1\/24 +up/) as string,
    });
    const text = await document();
    for (const line of ["address: 192.168.50.1/24", "range: 192.168.50.20-192.168.50.60", "max: 41"])
      expect(text).toContain(line);
  }, 360_000);

  test("an upgrade asks nothing, and leaves an edited document as it is", async () => {
    await host.root("echo '# mine' >>/etc/tarr-steps/tarr-steps.yaml");
    await preseed("address string 10.77.0.1/24\n");
    const text = await document();
    expect(await install("--reinstall")).toMatchObject({ code: 0 });
    expect(await document()).toBe(text);
  }, 360_000);

  test("a purge leaves nothing, in debconf's memory neither", async () => {
    await host.root("rm /etc/default/lxc-net");
    expect(await purge()).toMatchObject({ code: 0 });
    expect((await host.root("debconf-show tarr-steps; ls /var/lib/dpkg/info | grep ^tarr-steps")).stdout).toBe("");
    expect(await fingerprint(host)).toBe(before);
  }, 360_000);

  test("does as preseeded: address, range, reach, who may use and administer", async () => {
    await preseed(
      [
        "address string 10.20.0.1/24",
        "range string 10.20.0.50-10.20.0.99",
        "reach select routed",
        "use string %etudiants alice",
        "administer string %profs",
        "",
      ].join("\n"),
    );
    expect(await install()).toMatchObject({ code: 0 });
    const text = await document();
    for (const line of ["address: 10.20.0.1/24", "range: 10.20.0.50-10.20.0.99", "max: 50", "reach: routed"])
      expect(text).toContain(line);
    expect(text).toMatch(/use: \[ ?"?%etudiants"?, "?alice"? ?\]|use:\n +- "%etudiants"\n +- alice/);
    expect((await host.root("tarr-steps network list")).stdout).toMatch(/10\.20\.0\.1\/24 +up +routed/);
    expect(await purge()).toMatchObject({ code: 0 });
  }, 360_000);

  test("a preseed that cannot be is said in the journal, and the usual document is written", async () => {
    await preseed("address string 10.20.0.1/24\nrange string 192.0.2.1-192.0.2.9\n");
    expect(await install()).toMatchObject({ code: 0 });
    expect(await document()).toContain("address: 192.168.194.1/24");
    expect((await host.root("journalctl -u tarr-stepsd -o cat")).stdout).toContain("192.0.2.1-192.0.2.9");
    expect(await purge()).toMatchObject({ code: 0 });
  }, 360_000);

  test("with the prototype's bridge in use by lxc-net another subnet is taken, and both are there", async () => {
    expect(await host.root("apt-get install -y --no-install-recommends lxc", { timeout: 300_000 })).toMatchObject({
      code: 0,
    });
    await host.root("cat >/etc/default/lxc-net", { stdin: prototype.replace("%BRIDGE%", "lxcbr0") });
    await host.root("systemctl restart lxc-net");
    expect(await install()).toMatchObject({ code: 0 });
    const text = await document();
    expect(text).toContain("# 192.168.50.1/24: lxcbr0 (192.168.50.0/24)");
    expect(text).toContain("address: 192.168.194.1/24");
    const { stdout } = await host.root("ip -brief -4 address; pgrep -c dnsmasq; tarr-steps plan --check; echo $?");
    expect(stdout).toMatch(/lxcbr0 .*192\.168\.50\.1\/24/);
    expect(stdout).toMatch(/vswitch0 .*192\.168\.194\.1\/24/);
    expect(stdout.trim().split("\n").at(-1)).toBe("0");
  }, 600_000);
});
