/** What a user is told first: by the doctor, by a refusal, before work that would be lost. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, spyOn, test } from "bun:test";
import { unreachable } from "../../src/api/client.ts";
import type { Context } from "../../src/cli/command.ts";
import { doctor } from "../../src/cli/commands/doctor.ts";
import { tellElsewhere } from "../../src/cli/elsewhere.ts";
import { build } from "../../src/cli/commands/image.ts";
import { create } from "../../src/cli/commands/machine-create.ts";
import { interfaceName, parseNetworkName } from "../../src/model/names.ts";
import { maskedUnit } from "../../src/host/dnsmasq/supervisor.ts";
import { holderAmong } from "../../src/host/probe/holders.ts";
import { errorText, say } from "../../src/messages/messages.ts";
import { parseIpv4 } from "../../src/model/address.ts";
import { rejected } from "./thrown.ts";

const rights = { user: "eve", mayUse: false, mayAdminister: false, use: ["%tp"] };

/** A context whose service answers from a table, and what was asked and printed. */
function stage(answers: Readonly<Record<string, object>>, typed: Readonly<Record<string, string>> = {}) {
  const [asked, printed]: [string[], string[]] = [[], []];
  const call = (method: string) => {
    asked.push(method);
    return Promise.resolve(answers[method] ?? {});
  };
  const context: Context = {
    ...{ language: "en", version: "0", json: false, rest: [], call: call },
    say: (key, values) => say("en", key, values),
    argument: (name) => typed[name] ?? "",
    ...{ option: () => undefined, values: () => [], flag: () => false },
    print: (line) => printed.push(line),
    note: (line) => printed.push(line),
  };
  return { context, asked, printed };
}

describe("doctor", () => {
  const checks = [
    { id: "tap0", status: "fail", values: { interface: "tap0", switch: "vswitch0" } },
    { id: "rules", status: "pass", values: {} },
    { id: "forwarding", status: "fail", values: { interfaces: "eth0" } },
  ];

  test("tells a remedy directly below what it is for, and one for several once", async () => {
    const { context, printed } = stage({
      Diagnose: { checks },
      GetRights: { ...rights, mayUse: true, mayAdminister: true },
    });
    expect(await doctor(context)).toBe(1);
    const at = printed.findIndex((line) => line.startsWith("✗  tap0"));
    expect(printed[at + 1]).toBe("   → tarr-steps network reload");
    expect(printed[at + 2]).toStartWith("✓  ");
    expect(printed.filter((line) => line.includes("tarr-steps network reload"))).toHaveLength(1);
  });

  test("hands on to an administrator what only they may, and leaves a user's own network to the user", async () => {
    const status = {
      networks: [
        { name: "mine", uid: process.getuid?.() ?? 0 },
        { name: "lab", uid: null },
      ],
    };
    const overlaps = ["lab", "mine"].map((network) => ({
      id: "subnet",
      status: "fail",
      values: { network, address: "10.0.0.1/24", subnet: "10.0.0.0/24", interface: "eth1", proposed: "10.1.0.1/24" },
    }));
    const told = async (mayAdminister: boolean) => {
      const answers = { GetRights: { ...rights, mayUse: true, mayAdminister }, GetStatus: status };
      const { context, printed } = stage({ Diagnose: { checks: [...checks, ...overlaps] }, ...answers });
      await doctor(context);
      return printed.filter((line) => line.startsWith("   → ") && line.includes("tarr-steps network"));
    };
    const [reload, lab, mine] = ["network reload", "network set lab", "network set mine"].map(
      (one) => `tarr-steps ${one}`,
    );
    expect(await told(false)).toEqual([
      `   → Ask an administrator: ${reload}`,
      `   → Ask an administrator: take another subnet: ${lab} address=10.1.0.1/24`,
      `   → Take another subnet: ${mine} address=10.1.0.1/24`,
    ]);
    expect(await told(true)).toEqual([
      `   → ${reload}`,
      `   → Take another subnet: ${lab} address=10.1.0.1/24`,
      `   → Take another subnet: ${mine} address=10.1.0.1/24`,
    ]);
  });

  test("has one line for all hypervisors that nobody installed", async () => {
    const { context, printed } = stage({ Diagnose: { checks: [] }, GetRights: { ...rights, mayUse: true } });
    await doctor(context);
    expect(printed.filter((line) => /not installed/i.test(line)).length).toBeLessThan(2);
  });

  test("says that a name service is masked, with what unmasks it, and puts what a program said into a sentence", async () => {
    const unit = "tarr-steps-dnsmasq@dmz.service";
    const bad = [
      { id: "name-service-masked", status: "fail", values: { network: "dmz", unit } },
      { id: "rules-unknown", status: "warn", values: { reason: "Operation not permitted" } },
    ];
    const { context, printed } = stage({ Diagnose: { checks: bad }, GetRights: { ...rights, mayUse: true } });
    expect(await doctor(context)).toBe(1);
    expect(printed.slice(0, 3)).toEqual([
      `✗  DHCP and DNS of dmz do not run: an administrator has masked ${unit}.`,
      `   → An administrator unmasks it: sudo systemctl unmask ${unit} && sudo tarr-steps network reload`,
      "!  The packet rules could not be read; the system said: “Operation not permitted”.",
    ]);
    const folder = await mkdtemp(join(tmpdir(), "tarr-steps-masked-"));
    const isMasked = (network: string) => maskedUnit(parseNetworkName(network), [join(folder, "none"), folder]);
    expect(await isMasked("dmz")).toBeNull();
    await symlink("/dev/null", join(folder, unit));
    expect([await isMasked("dmz"), await isMasked("lab")]).toEqual([unit, null]);
    await symlink("/dev/null", join(folder, "tarr-steps-dnsmasq@.service"));
    expect(await isMasked("lab")).toBe("tarr-steps-dnsmasq@.service");
    await rm(folder, { recursive: true });
  });

  test("tells a user whom the policy leaves out", async () => {
    const { context, asked, printed } = stage({ Diagnose: { checks: [] }, GetRights: rights });
    expect(await doctor(context)).toBe(1);
    expect(asked.filter((method) => method === "GetRights")).toHaveLength(1);
    const at = printed.indexOf("✗  eve may not use the switch: it is for %tp.");
    expect(printed[at + 1]).toBe("   → An administrator can grant it: sudo adduser eve tp");
  });
});

describe("who may not use the switch is told before anything is built", () => {
  test("image build", async () => {
    const { context, asked, printed } = stage({ GetRights: rights }, { image: "tiny" });
    expect((await rejected(build(context))).code).toBe("denied-use");
    expect([asked, printed]).toEqual([["GetRights"], []]);
  });

  test("machine create", async () => {
    const uid = spyOn(process, "getuid").mockReturnValue(1000);
    const { context, asked, printed } = stage({ GetRights: rights }, { name: "web" });
    const error = await rejected(create(context));
    uid.mockRestore();
    expect([error.code, asked, printed]).toEqual(["denied-use", ["GetRights"], []]);
  });
});

test("a recipe that is named without its ending is offered as it is built", async () => {
  const [folder, before] = [await mkdtemp(join(tmpdir(), "tarr-steps-recipe-")), process.cwd()];
  await writeFile(join(folder, "mauvaise.yaml"), "suite: trixie\n");
  process.chdir(folder);
  const error = await rejected(build(stage({}, { image: "mauvaise" }).context)).finally(() => process.chdir(before));
  await rm(folder, { recursive: true });
  expect(errorText(error, "en").hint).toBe("tarr-steps image build mauvaise.yaml");
});

test("an empty list tells where the others are when XDG_DATA_HOME leads elsewhere", async () => {
  const before = process.env["XDG_DATA_HOME"];
  const home = await mkdtemp(join(tmpdir(), "tarr-steps-home-"));
  const usual = join(home, ".local/share/tarr-steps");
  await mkdir(join(usual, "images/tiny"), { recursive: true });
  process.env["XDG_DATA_HOME"] = join(home, "elsewhere");
  const { context, printed } = stage({});
  await tellElsewhere("images", context, usual);
  await tellElsewhere("machines", context, usual);
  if (before === undefined) delete process.env["XDG_DATA_HOME"];
  else process.env["XDG_DATA_HOME"] = before;
  await rm(home, { recursive: true });
  expect(printed).toEqual([
    `XDG_DATA_HOME says ${home}/elsewhere/tarr-steps, and you have others in ${usual}: unset XDG_DATA_HOME`,
  ]);
});

describe("a right is granted as this computer's policy has it", () => {
  test.each([
    ["denied-administer", "%tarr-steps-admin", "sudo adduser eve tarr-steps-admin"],
    ["denied-administer", "%profs", "sudo adduser eve profs"],
    ["denied-administer", "bob, %profs", "sudo adduser eve profs"],
    ["denied-use", "%old teachers", "sudo adduser eve 'old teachers'"],
    ["denied-use", "bob", "add eve to policy.use in /etc/tarr-steps/tarr-steps.yaml, then: tarr-steps network reload"],
    [
      "denied-administer",
      "",
      "add eve to policy.administer in /etc/tarr-steps/tarr-steps.yaml, then: tarr-steps network reload",
    ],
  ] as const)("%s, for %j", (code, who, how) => {
    const { hint } = errorText({ code, values: { user: "eve", who } }, "en");
    expect(hint).toBe(`An administrator can grant it: ${how}`);
  });
});

describe("who holds a port of ours", () => {
  const at = { address: parseIpv4("192.168.194.1"), switch: interfaceName("vswitch0") };
  const line = (local: string, more: string) => `udp UNCONN 0      0      ${local} 0.0.0.0:* ${more} <-> cgroup:/\n`;
  const ofLxc = line("0.0.0.0%lxcbr0:67", "uid:110 ino:1 sk:1 cgroup:/system.slice/lxc-net.service");

  test("is not whoever is bound to another interface, as lxc-net and libvirt are", () => {
    expect(holderAmong(ofLxc, 67, at)).toBeNull();
    expect(holderAmong(line("10.0.3.1:53", "ino:1 sk:1 cgroup:/system.slice/lxc-net.service"), 53, at)).toBeNull();
    expect(holderAmong("", 67, at)).toBeNull();
  });

  test.each([
    ["0.0.0.0:67", { address: "*", uid: 33, unit: "isc-dhcp-server.service" }],
    ["*:67", { address: "*", uid: 33, unit: "isc-dhcp-server.service" }],
    ["192.168.194.1:67", { address: "192.168.194.1", uid: 33, unit: "isc-dhcp-server.service" }],
    ["192.168.194.1%vswitch0:67", { address: "192.168.194.1", uid: 33, unit: "isc-dhcp-server.service" }],
  ])("is who is bound to %s, behind others that are not in the way", (local, holder) => {
    const other = line(local, "uid:33 ino:1 sk:1 cgroup:/system.slice/isc-dhcp-server.service");
    expect(holderAmong(ofLxc + other, 67, at)).toEqual(holder);
  });

  test("is never a unit of ours", () => {
    const ours = line("0.0.0.0%vswitch0:67", "uid:994 ino:1 cgroup:/system.slice/x/tarr-steps-dnsmasq@lab.service");
    expect(holderAmong(ours, 67, at)).toBeNull();
  });
});

test("a masked service is told as such, with what unmasks it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tarr-steps-units-"));
  expect((await unreachable(new Error("refused"), [folder])).code).toBe("service-unreachable");
  await symlink("/dev/null", join(folder, "tarr-stepsd.service"));
  const error = await unreachable(new Error("refused"), [folder]);
  expect(errorText(error, "en").hint).toBe(
    "An administrator unmasks it: sudo systemctl unmask tarr-stepsd.service && sudo systemctl start tarr-stepsd",
  );
  await rm(folder, { recursive: true });
});
