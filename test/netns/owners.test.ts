/** Root looks at others' machines, and a user keeps to what the policy gives. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { User } from "./stage.ts";
import { Stage } from "./stage.ts";

setDefaultTimeout(60_000);

const homes = ["etu", "eve"].flatMap((name) => [
  `mkdir -p /mnt/home/${name}; chown ${name} /mnt/home/${name}; chmod 700 /mnt/home/${name}`,
  `sed -i 's|^\\(${name}:.*\\):/nonexistent:|\\1:/mnt/home/${name}:|' /etc/passwd`,
]);

let host: Stage;
beforeAll(async () => {
  host = await Stage.open({ before: homes.join("\n") });
  await makeMachine("etu", "web", 1024);
  await makeMachine("etu", "db", 512);
  await makeMachine("eve", "spy", 256);
});
afterAll(() => host.destroy());

const folderOf = (user: User) => `/mnt/home/${user}/.local/share/tarr-steps/machines`;

/** A machine that never ran: its port and its record. */
async function makeMachine(user: "etu" | "eve", name: string, memory: number): Promise<void> {
  const { port } = await host.as(user, "CreatePort", { network: "lab", name, kind: "qemu" });
  const plug = { id: port.id, interface: port.interface, switch: port.switch, mac: port.mac };
  const record = { version: 2, name, provider: "qemu", image: "tiny", memory, nics: [{ network: "lab", port: plug }] };
  const folder = `${folderOf(user)}/${name}`;
  await host.must(`mkdir -p ${folder}; cat >${folder}/machine.json; head -c 3000000 /dev/zero >${folder}/disk`, {
    user,
    stdin: JSON.stringify(record),
  });
}

const typed = (line: string, user: User = "root") =>
  host.sh(`tarr-steps ${line}`, { user, env: { LANG: "C", HOME: user === "root" ? "/root" : `/mnt/home/${user}` } });

test("everybody sees their own machines' memory and disk space", async () => {
  const { stdout } = await typed("machine list --size", "etu");
  expect(stdout).toMatch(/^NAME .*MEMORY +DISK$/m);
  expect(stdout).toMatch(/^db .* 512 MiB +3 MiB$/m);
  expect(stdout).toMatch(/^web .* 1024 MiB +3 MiB$/m);
  expect(stdout).not.toContain("spy");
});

describe("root", () => {
  test("sees everybody's machines, and whose they are", async () => {
    const { stdout, code } = await typed("machine list --all");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^OWNER +NAME +STATE/m);
    for (const line of [/^etu +db +stopped .*512 MiB +3 MiB$/m, /^etu +web +stopped/m, /^eve +spy +stopped/m])
      expect(stdout).toMatch(line);
    const { machines } = JSON.parse((await typed("machine list --all --json")).stdout) as {
      machines: { owner: string; name: string; memory: number }[];
    };
    expect(machines.map(({ owner, name, memory }) => `${owner}/${name} ${memory}`)).toEqual([
      "etu/db 512",
      "etu/web 1024",
      "eve/spy 256",
    ]);
  });

  test("sees one user's", async () => {
    const { stdout } = await typed("machine list --owner eve");
    expect(stdout).toContain("spy");
    expect(stdout).not.toContain("web");
  });

  test("is told when there is no such user, and that nobody else may", async () => {
    expect(await typed("machine list --owner nobody-here")).toMatchObject({ code: 64 });
    expect((await typed("machine list --owner root")).code).toBe(64);
    expect((await typed("machine list --owner '; touch /mnt/x'")).stderr).toContain("; touch /mnt/x");
    expect((await host.sh("ls /mnt/x")).code).not.toBe(0);
    const refused = await typed("machine list --all", "etu");
    expect(refused.code).toBe(77);
    expect(refused.stderr).toContain(
      "Your own: tarr-steps machine list. An administrator may type: sudo tarr-steps machine",
    );
  });

  test("stops one user's, each as that user's own command would; nobody else may", async () => {
    expect(await typed("machine stop --owner etu")).toMatchObject({ code: 0, stderr: "There is no such machine.\n" });
    const { code, stderr } = await typed("machine stop --owner etu web nothing");
    expect([code, stderr]).toEqual([1, expect.stringContaining("etu has no machine “nothing”.") as string]);
    expect(stderr).not.toContain("You have");
    expect((await typed("machine stop --owner eve spy", "etu")).code).toBe(77);
    expect((await typed("machine stop", "etu")).code).toBe(64);
  });

  test("opens no file of theirs: a link to what only root may read leads nowhere", async () => {
    await host.must(`echo secret >/mnt/secret; chmod 600 /mnt/secret; cd ${folderOf("eve")}; mv spy/machine.json kept
      ln -s /mnt/secret spy/machine.json`);
    const { stdout, stderr } = await typed("machine list --all");
    expect(stdout + stderr).not.toContain("secret");
    expect(stdout).toMatch(/^etu +web/m);
    await host.must(`cd ${folderOf("eve")}; mv kept spy/machine.json`);
  });

  test("waits for no pipe in the place of a record: lists of machines and ports are right, and at once", async () => {
    const record = `${folderOf("eve")}/spy/machine.json`;
    await host.must(`mv ${record} /mnt/kept; mkfifo ${record}; chown eve ${record}`);
    const before = performance.now();
    const { stdout, code } = await typed("machine list --all");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^etu +db[^]*^etu +web/m);
    const ports = await typed("port list");
    expect(ports.code).toBe(0);
    for (const line of [/ db +lab .* etu +qemu/, / web +lab .* etu +qemu/, / spy +lab .* eve +qemu/])
      expect(ports.stdout).toMatch(line);
    expect((await typed("port list", "eve")).stdout).toBe(ports.stdout);
    expect(performance.now() - before).toBeLessThan(15_000);
    await host.must(`rm ${record}; mv /mnt/kept ${record}`);
  });

  test("is told whose machines could not be listed, and sees the others'", async () => {
    await host.must(`mv ${folderOf("eve")}/spy /mnt/spy; rm -r ${folderOf("eve")}; ln -s /proc ${folderOf("eve")}`);
    expect((await typed("machine list --all")).stdout).toMatch(/^etu +web/m);
    await host.must(`rm ${folderOf("eve")}; mkdir ${folderOf("eve")}; mv /mnt/spy ${folderOf("eve")}/spy`);
    await host.must("mv /mnt/home/eve /mnt/home/gone; ln -s /root /mnt/home/eve");
    const { stdout, stderr } = await typed("machine list --all");
    expect(stdout).toMatch(/^etu +web/m);
    expect(stdout + stderr).not.toContain("spy");
    await host.must("rm /mnt/home/eve; mv /mnt/home/gone /mnt/home/eve");
  });
});

describe("quotas of memory and disk", () => {
  const policy = (line: string) =>
    host.must(`sed -i '/^  memory:/d; /^  disk:/d; s/^policy:.*/policy:\\n  ${line}/' /etc/tarr-steps/tarr-steps.yaml`);

  test("are none unless the policy says so", async () => {
    expect(await host.as("etu", "GetQuotas", {})).toEqual({ memory: null, disk: null });
    await policy("memory: 2048");
    expect(await host.as("etu", "GetQuotas", {})).toEqual({ memory: 2048, disk: null });
  });
});
