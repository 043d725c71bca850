/** What `lab check` and `lab up` tell beforehand of a lab that is too much for its user, or in another one's way. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, spyOn, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Context, Run } from "../../src/cli/command.ts";
import { check, up } from "../../src/cli/commands/lab.ts";
import { openRecord } from "../../src/cli/lab/made.ts";
import { renderError } from "../../src/cli/render/error.ts";
import { parseNetworkName } from "../../src/model/names.ts";
import { qemuProvider } from "../../src/providers/qemu/provider.ts";
import type { Stub } from "./stub-service.ts";
import { stubService } from "./stub-service.ts";

let stub: Stub;
const before = process.cwd();
const user = spyOn(process, "getuid");
const spies = [
  spyOn(qemuProvider, "create").mockResolvedValue(undefined),
  spyOn(qemuProvider, "machines").mockResolvedValue([]),
  spyOn(qemuProvider, "start").mockRejectedValue(new Error("not here")),
];
beforeAll(() => void user.mockReturnValue(1000));
afterAll(() => [user, ...spies].forEach((spy) => spy.mockRestore()));
beforeEach(async () => {
  stub = await stubService();
  process.chdir(stub.folder);
});
afterEach(() => {
  process.chdir(before);
  stub.close();
});

type Quotas = { readonly memory: number | null; readonly disk: number | null };

/** Exit code, and the lines that are printed, with these quotas. */
async function told(run: Run, text: string, quotas: Quotas = { memory: null, disk: null }) {
  writeFileSync("tp.yaml", text);
  const given = stub.context({ file: "tp.yaml" });
  const call = (async (...asked: Parameters<Context["call"]>) => {
    const reply: unknown = await given.call(...asked);
    return asked[0] === "GetQuotas" ? quotas : reply;
  }) as Context["call"];
  try {
    return [await run({ ...given, call })];
  } catch (error) {
    const { exit, text: lines } = await renderError(error, { language: "en", json: false });
    return [exit, ...lines.split("\n")];
  }
}

const machines = (count: number, more = "") =>
  `machines:\n${Array.from({ length: count }, (_, index) => `  m${index}: {provider: qemu${more}}\n`).join("")}`;

describe("quotas", () => {
  test("the memory of the whole lab is added up, with the line that is too much", async () => {
    const quotas = { memory: 1024, disk: null };
    expect(await told(check, machines(8), quotas)).toEqual([0]);
    expect(await told(check, machines(2, ", memory: 512"), quotas)).toEqual([0]);
    expect(await told(check, machines(4, ", memory: 400"), quotas)).toEqual([
      65,
      "tarr-steps: tp.yaml:4: machines.m2.memory: the lab's machines need 1600 MiB of memory; yours have 0 MiB, and all together may have 1024 MiB.",
      "  → Give them less (memory:), or delete others: tarr-steps machine list --size",
    ]);
  });

  test("a disk quota that is used up is told before the first machine", async () => {
    expect((await told(check, machines(1), { memory: null, disk: 0 }))[1]).toStartWith(
      "tarr-steps: tp.yaml:2: machines.m0: Your machines and images may take 0 GiB of disk here",
    );
  });

  test("they are asked for twice, however many machines are made", async () => {
    const image = {
      ...{ format: 1, name: "tiny", architecture: "x86_64", kernel: "k", packedKernel: "k", initrd: "i" },
      ...{ kernelVersion: "6", commandLine: "", modules: [], programs: [], built: "2026-01-01T00:00:00Z" },
    };
    mkdirSync(join(stub.folder, "tarr-steps/images/tiny"), { recursive: true });
    writeFileSync(join(stub.folder, "tarr-steps/images/tiny/image.json"), JSON.stringify(image));
    stub.networks.push("lab");
    await told(up, machines(3));
    expect(stub.calls.filter((one) => one === "CreatePort")).toHaveLength(3);
    expect(stub.calls.filter((one) => one === "GetQuotas").length).toBeLessThanOrEqual(2);
  });
});

describe("more than the service looks at in one question is told as such", () => {
  test("networks", async () => {
    const networks = Array.from({ length: 33 }, (_, index) => `  n${index}: {}\n`).join("");
    expect((await told(check, `networks:\n${networks}${machines(1)}`)).slice(0, 2)).toEqual([
      65,
      "tarr-steps: tp.yaml:34: networks.n32: the lab has 33 networks; a lab file has 32 at most.",
    ]);
  });

  test("network cards", async () => {
    const nics = `, nics: [${Array.from({ length: 8 }, () => "lab").join(", ")}]`;
    expect((await told(check, machines(33, nics))).slice(0, 2)).toEqual([
      65,
      "tarr-steps: tp.yaml:34: machines.m32.nics.0: the lab has 264 network cards; a lab file has 256 at most.",
    ]);
    expect(stub.calls).not.toContain("Foresee");
  });
});

describe("a network that is there already", () => {
  const text = "name: tp\nnetworks:\n  salle: {}\n  dmz: {}\nmachines: {web: {provider: qemu, nics: [salle, dmz]}}\n";

  test("of another user's lab: who has it, and a command that makes a copy which can be", async () => {
    stub.networks.push("salle", "salle-2");
    user.mockReturnValue(1001);
    writeFileSync("tp-3.yaml", "mine");
    const lines = await told(check, text);
    user.mockReturnValue(1000);
    const copy = "sed 's/^name:.*/name: tp-4/; s/\\bsalle\\b/salle-4/g' tp.yaml >tp-4.yaml";
    expect(lines).toEqual([
      65,
      "tarr-steps: tp.yaml:3: networks.salle: etu has a network salle on this computer, and no two networks here have one name.",
      `  → Use a copy of the lab with names of its own: ${copy} && tarr-steps lab check tp-4.yaml`,
    ]);
    expect(Bun.spawnSync(["sh", "-c", copy]).exitCode).toBe(0);
    expect(readFileSync("tp-4.yaml", "utf8")).toBe(
      text.replaceAll("salle", "salle-4").replace("name: tp", "name: tp-4"),
    );
    expect(existsSync("tp-2.yaml")).toBe(false);
  });

  test("of another lab of the same user's", async () => {
    stub.networks.push("salle");
    await (await openRecord("tp-old")).add({ network: { name: parseNetworkName("salle"), said: "" } });
    expect((await told(check, text)).slice(1)).toEqual([
      "tarr-steps: tp.yaml:3: networks.salle: Your lab tp-old made a network salle already.",
      "  → Delete that lab: tarr-steps lab down tp-old; or give the network another name here, for instance salle-2.",
    ]);
  });

  test("everybody's", async () => {
    stub.networks.push("lab");
    const lines = await told(check, "networks: {lab: {}}\nmachines: {web: {provider: qemu}}\n");
    expect(lines[1]).toContain("The network lab is everybody's on this computer; no lab makes it.");
    expect(await told(check, "machines: {web: {provider: qemu, nics: [lab]}}\n")).toEqual([0]);
  });
});
