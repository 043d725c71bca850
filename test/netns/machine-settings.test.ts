/** A machine as new, with other memory, and files that go in and out, as a student types it. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { until } from "../room/processes.ts";
import { Stage } from "./stage.ts";
import { furnishHome, home, type } from "./student.ts";

setDefaultTimeout(60_000);

let host: Stage;
const folder = `${home}/tarr-steps/machines/web`;
beforeAll(async () => {
  host = await Stage.open();
  await furnishHome(host);
  await type(host, "tarr-steps machine create web --image blank --provider qemu --start");
});
afterAll(async () => {
  await type(host, "tarr-steps machine stop web --hard");
  await host.destroy();
});

async function said(line: string): Promise<readonly [number, string]> {
  const { code, stdout, stderr } = await type(host, line);
  return [code, stdout + stderr];
}

async function web() {
  const [, shown] = await said("tarr-steps machine show web --json");
  return JSON.parse(shown) as { state: string; memory: number; cpus: number; nics: { mac: string; port: string }[] };
}

test("memory and processors are others from the next start on", async () => {
  expect(await said("tarr-steps machine set web memory=96 cpus=1")).toEqual([
    0,
    expect.stringMatching(/^web runs: from its next start on .*tarr-steps machine restart web\n$/) as string,
  ]);
  expect(await web()).toMatchObject({ state: "running", memory: 96, cpus: 1 });
  await said("tarr-steps machine restart web --hard");
  expect((await host.sh(`tr '\\0' ' ' </proc/$(cat ${folder}/qemu.pid)/cmdline`)).stdout).toContain("-m 96 -smp 1");
  expect((await said("tarr-steps machine show web"))[1]).toMatch(/MEMORY +96 MiB\nCPUS +1\n/);
});

test.each([
  ["memory=12", "12"],
  ["memory=9999999", "more than this computer has"],
  ["cpus=0", "“0” is not a number of processors from 1 to"],
  ["cpus=999", "“999” is not a number of processors"],
  ["disk=3", "“disk=3” is not a setting of a machine"],
  ["memory", "“memory” is not a setting of a machine"],
  ["", "is missing"],
])("machine set web %s is refused, and nothing is changed", async (words, why) => {
  const before = await web();
  const [code, text] = await said(`tarr-steps machine set web ${words}`);
  expect([code, text]).toEqual([64, expect.stringContaining(why) as string]);
  expect(await web()).toEqual(before);
});

test("as new: another disk, the same MAC and port, and it runs again", async () => {
  const before = await web();
  await host.must(`echo mark >${folder}/mark`);
  const [code, text] = await said("tarr-steps machine reset web");
  expect([code, text]).toEqual([0, expect.stringContaining("web is as new.\n") as string]);
  expect(await web()).toEqual(before);
  expect((await host.sh(`ls ${folder}`)).stdout).toMatch(/disk\.qcow2/);
  expect((await host.sh(`ls ${folder}`)).stdout).not.toContain("mark");
});

test("one that is stopped stays so; its snapshots are not given up without a word", async () => {
  await said("tarr-steps machine stop web --hard");
  await said("tarr-steps machine snapshot web kept");
  const [code, text] = await said("tarr-steps machine reset web");
  expect([code, text]).toEqual([1, expect.stringContaining("would be lost: kept.") as string]);
  expect(text).toContain("tarr-steps machine restore web kept");
  await said("tarr-steps machine snapshot web kept --delete");
  expect(await said("tarr-steps machine reset web")).toEqual([0, "web is as new.\n"]);
  expect((await web()).state).toBe("stopped");
});

test("without its image a machine is not taken apart", async () => {
  await host.must(`mv ${home}/tarr-steps/images/blank ${home}/away`);
  expect((await said("tarr-steps machine reset web"))[0]).toBe(1);
  await host.must(`mv ${home}/away ${home}/tarr-steps/images/blank; test -s ${folder}/disk.qcow2`);
});

/** A server in the place of a guest's: it runs the line that ssh was given in a folder of its own, as root's home. */
async function openServer(): Promise<void> {
  await said("tarr-steps machine start web");
  const line = '#!/bin/sh\ncd /mnt/guest && exec sh -c "$SSH_ORIGINAL_COMMAND"\n';
  await host.must("mkdir -p /mnt/sshd; cat >/mnt/sshd/run; chmod 755 /mnt/sshd/run", { stdin: line });
  await host.must(`mkdir -p /mnt/guest/etc /run/sshd; echo inside >/mnt/guest/etc/motd
    ssh-keygen -q -t ed25519 -N '' -f /mnt/sshd/key
    sed -i 's/^root:[^:]*:/root:*:/' /etc/shadow
    ip address add $(tarr-steps port list --json | sed 's/.*"reserved":"\\([0-9.]*\\)".*/\\1/')/32 dev lo
    /usr/sbin/sshd -f /dev/null -h /mnt/sshd/key -o AuthorizedKeysFile=/mnt/sshd/keys -o StrictModes=no \\
      -o PidFile=none -o ForceCommand=/mnt/sshd/run`);
  await until("sshd", async () => (await host.sh("ss -Hltn sport = :22")).stdout !== "" || undefined);
  // The key for machines is made with the first connection, which is refused.
  await said("tarr-steps machine ssh web true");
  await host.must(`cp ${home}/tarr-steps/ssh/id_ed25519.pub /mnt/sshd/keys`);
}

test("files and folders go in and out, whatever they are called", async () => {
  await openServer();
  await host.must(
    `cd ${home} && mkdir -p "a b/c" && echo one >"a b/c/it's" && echo two >plain && chown -R etu: "a b" plain`,
  );
  expect(await said(`tarr-steps machine copy plain "a b" web:`)).toEqual([
    0,
    "Copied: plain → web:\nCopied: a b → web:\n",
  ]);
  expect((await host.sh(`cat /mnt/guest/plain "/mnt/guest/a b/c/it's"`)).stdout).toBe("two\none\n");
  expect((await said("tarr-steps machine copy plain web:etc/renamed"))[0]).toBe(0);
  expect((await host.sh("cat /mnt/guest/etc/renamed; ls -A /mnt/guest/etc")).stdout).toBe("two\nmotd\nrenamed\n");
  expect((await said("tarr-steps machine copy web:etc/motd ."))[0]).toBe(0);
  expect((await said("tarr-steps machine copy web:'a b' back && cat motd \"back/c/it's\""))[1]).toContain(
    "inside\none\n",
  );
  expect((await said("ls -A"))[1]).not.toContain(".copy-");
});

test.each([
  ["web:etc/nothing .", 1, "was not copied (web)"],
  ["nothing web:", 1, "There is no file nothing here."],
  ["plain web:no/such/place", 1, "Make it first: tarr-steps machine ssh web mkdir -p no/such\n"],
  ["plain web:no/such/", 1, "web has no folder no/such/ to copy into."],
  ["web:etc/motd no/such/place/", 1, "There is no folder no/such/place/"],
  ["plain other", 64, "does not copy between this computer and one machine"],
  ["web:a web:b", 64, "does not copy between this computer and one machine"],
  ["web:.. .", 64, "names no file"],
  ["web:/ .", 64, "names no file"],
  ["web:etc/motd onto", 1, "could not be put at onto/motd: cannot overwrite directory"],
  ["onto/motd web:etc/motd", 1, "was not copied (web)"],
])("machine copy %s ends with %p", async (words, code, why) => {
  await said("mkdir -p onto/motd");
  expect(await said(`tarr-steps machine copy ${words}`)).toEqual([code, expect.stringContaining(why) as string]);
  expect((await host.sh(`find ${home} /mnt/guest -name '.copy-*' -o -name '.*.build-*'`)).stdout).toBe("");
});

test("pipes, links and folders that are not to be written come as they are, and through no link", async () => {
  await host.must(`cd /mnt/guest && mkdir odd odd/closed && mkfifo odd/fifo && ln -s /etc/passwd odd/link
    touch odd/closed/file odd/other; chmod 555 odd/closed`);
  expect(await said("tarr-steps machine copy web:odd .")).toEqual([0, "Copied: web:odd → .\n"]);
  expect((await said("stat -c '%n %F' odd/* odd/closed/*"))[1].split("\n")).toEqual([
    ...["odd/closed directory", "odd/fifo fifo", "odd/link symbolic link", "odd/other regular empty file"],
    ...["odd/closed/file regular empty file", ""],
  ]);
  await host.must("rm /mnt/guest/odd/link; echo changed >/mnt/guest/odd/link");
  await said("touch mine; ln -sf ../mine odd/link");
  expect((await said("tarr-steps machine copy web:odd/link odd"))[0]).toBe(0);
  expect((await said("cat odd/link mine; ls -A | grep copy"))[1]).toBe("changed\n");
});

test("a machine that takes the key no longer is told as such, and not as one that is out of reach", async () => {
  await host.must("mv /mnt/sshd/keys /mnt/sshd/away");
  for (const line of ["machine ssh web true", "machine copy plain web:", "machine copy web:plain ."]) {
    const [, text] = await said(`tarr-steps ${line}`);
    expect(text).toContain("web answers ssh, but does not let root in with your key for machines.");
    expect(text).not.toContain("could not reach");
  }
  await host.must("mv /mnt/sshd/away /mnt/sshd/keys");
});

test("on a stopped network it is the network that is told, at once", async () => {
  await host.must("tarr-steps network stop lab");
  const began = performance.now();
  for (const line of ["machine start web", "machine ssh web true", "machine restart web --hard"]) {
    const [code, text] = await said(`tarr-steps ${line}`);
    expect([code, text]).toEqual([1, expect.stringContaining("but its network lab is stopped") as string]);
    expect(text).toContain("sk an administrator: start the network: tarr-steps network start lab\n");
  }
  expect(performance.now() - began).toBeLessThan(20_000);
  await host.must("tarr-steps network start lab");
});
