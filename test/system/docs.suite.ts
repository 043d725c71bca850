import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { CommandResult } from "../../src/host/command.ts";
import type { Release } from "../room/debian-root.ts";
import type { Shown } from "../unit/page.ts";
import { commandsOf } from "../unit/page.ts";
import { openStage, people } from "./stage.ts";

type Options = { readonly timeout?: number };

/** A PC with the package, at which somebody types. */
export type Desk = {
  readonly root: (line: string, options?: Options) => Promise<CommandResult>;
  readonly as: (person: string, line: string, options?: Options) => Promise<CommandResult>;
  readonly destroy: () => Promise<void>;
};

export type Page = {
  readonly name: string;
  /** A heading of it: only what is under that one. */
  readonly section?: string;
  /** Who types what does not begin with `sudo`. A student if not said; an administrator types what does. */
  readonly typist?: string;
  /** What must be to be had where nothing can be fetched from outside. */
  readonly packages: readonly string[];
  /** What wants a person at a terminal, another program, or something from outside: other suites have these. */
  readonly elsewhere: readonly RegExp[];
  /** What stands for a line in a test: a server that is outside, a screen. */
  readonly instead: readonly (readonly [RegExp, string])[];
  /** What a reader of the page has already: root's commands, then the typist's. */
  readonly given?: string;
  readonly before: string;
  /** What the typist sees at the end, if it worked. */
  readonly after?: string;
};

const fiveMinutes: Page = {
  name: "start",
  packages: ["tshark"],
  elsewhere: [/machine console/, /port set \S+ delay=/, /^tarr-steps machine ssh \S+$/],
  // Wireshark without its window, which ends by itself and says what it saw.
  instead: [
    [
      /^(tarr-steps port capture web) \| wireshark -k -i -/,
      "(sleep 1; ping -c 3 web.lab.internal >/dev/null) & $1 --for 6 | tshark -r - -Y icmp | grep 'Echo (ping) request' && wait",
    ],
  ],
  given: "env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends tshark",
  before: "true",
};

const lxcPage: Page = {
  name: "lxc",
  packages: ["lxc", "uidmap"],
  elsewhere: [/machine console/, /lxc-unpriv-attach/, /sudo tee/],
  instead: [[/-t download .*/, "-t busybox"]],
  before: "true",
};

const qemuPage: Page = {
  name: "qemu",
  packages: [],
  // No system is on the disk, and only a system lets go of a card.
  elsewhere: [/unplug qemu:v1/],
  // QEMU stays in the foreground, with a window; whoever types the next line has ended the one before.
  instead: [
    [
      /^(qemu-system[\s\S]*)$/,
      "[ ! -e own.pid ] || kill $(cat own.pid); sleep 1; ($1 -display none -pidfile own.pid >qemu.out 2>&1 &); sleep 3; kill -0 $(cat own.pid)",
    ],
  ],
  before: "qemu-img create -q -f qcow2 debian.qcow2 1G",
};

/** Machines without a system on their disk: that they run, and hold a tap, is what the page is about. */
const libvirtMachine = (uri: string) => `
  virt-install --connect ${uri} --virt-type qemu --name v1 --memory 64 --disk none --import --graphics none \
    --osinfo detect=off,require=off --network user --print-xml >v1.xml && virsh -c ${uri} define v1.xml`;
const libvirt = ["libvirt-daemon-system", "libvirt-clients", "virtinst"] as const;

const libvirtSession: Page = {
  name: "others",
  section: "### Your own session",
  packages: libvirt,
  elsewhere: [],
  instead: [],
  given: `env DEBIAN_FRONTEND=noninteractive apt-get install -y ${libvirt.join(" ")}`,
  before: libvirtMachine("qemu:///session"),
  // The second of the two ways is in force from the next start on.
  after: `ip -brief link show dev tap0 | grep -w UP &&
    virsh -c qemu:///session destroy v1 && virsh -c qemu:///session start v1 &&
    ip -brief link show master vswitch0 | grep '^tap[1-9]'`,
};

const libvirtSystem: Page = {
  ...libvirtSession,
  section: "### The system's",
  typist: people.installer,
  before: `sudo sh -euc '${libvirtMachine("qemu:///system")}'`,
  after: `sudo virsh -c qemu:///system start v1 && ip -brief link show master vswitch0 | grep vnet`,
};

/** A small image for programs that would fetch one: `busybox` is all that is in there. */
const smallRoot = "mkdir -p /root/small/bin && cp /bin/busybox /root/small/bin/ && tar -C /root/small -c .";
const reachesHost = "debian /bin/busybox ping -c 3 192.168.194.1";

const podman: Page = {
  name: "others",
  section: "## Podman",
  packages: ["podman"],
  typist: people.installer,
  elsewhere: [],
  instead: [[/ -it (.*) debian bash$/, ` $1 ${reachesHost}`]],
  // The root of a test host is in layers itself, on which no others can be.
  given: `mkdir -p /etc/containers
    printf '[storage]\ndriver = "vfs"\nrunroot = "/run/containers/storage"\ngraphroot = "/var/lib/containers/storage"\n' >/etc/containers/storage.conf
    printf '[containers]\nkeyring = false\ncgroups = "disabled"\ndefault_capabilities = ["NET_RAW"]\n' >/etc/containers/containers.conf
    env DEBIAN_FRONTEND=noninteractive apt-get install -y podman && ${smallRoot} | podman import - debian`,
  before: "true",
};

export const docker = {
  ...podman,
  section: "## Docker",
  packages: ["docker.io"],
  given: `env DEBIAN_FRONTEND=noninteractive apt-get install -y docker.io && ${smallRoot} | docker import - debian`,
  after: "sudo docker network rm lab && ip -brief link show dev vswitch0",
} satisfies Page;

const nspawn: Page = {
  name: "others",
  section: "## systemd-nspawn",
  packages: ["systemd-container"],
  typist: people.installer,
  // In the foreground, until somebody ends it.
  elsewhere: [/systemd-nspawn --boot/],
  // Whoever types it is slower than a container that boots.
  instead: [[/^(sudo systemctl --machine=v1)/, "sleep 10; $1"]],
  given: `env DEBIAN_FRONTEND=noninteractive apt-get install -y systemd-container
    mkdir -p /var/lib/machines/v1 && cd / && cp -ax bin etc lib lib64 sbin usr var/lib/machines/v1 2>/dev/null
    cd /var/lib/machines/v1 && rm -rf usr/lib/modules etc/machine-id etc/systemd/system/*tarr* && mkdir -p dev proc sys run tmp var root
    machinectl start v1`,
  before: "true",
  after:
    "for i in $(seq 20); do machinectl list | grep -F 192.168.194. && exit; sleep 1; done; machinectl status v1; exit 1",
};

const pages = [fiveMinutes, lxcPage, qemuPage, libvirtSession, libvirtSystem, nspawn, podman, docker];

/** All pages, each on a fresh host of its own. */
export function docsOn(release: Release): void {
  for (const page of pages) docsSuite(release, page, freshHost(release));
}

/** A fresh host of a release in whose apt cache is what the page installs. */
function freshHost(release: Release): (page: Page) => Promise<Desk> {
  return async (page) => {
    const { host, destroy } = await openStage(release, page.packages);
    const as = (person: string, line: string, options: Options = {}) => host.as(person, line, options);
    return { root: (line, options = {}) => host.root(line, options), as, destroy };
  };
}

/** Whoever types what a page shows, block after block, and nothing else. */
export function docsSuite(where: string, page: Page, open: (page: Page) => Promise<Desk>): void {
  const title = [page.name, ...(page.section === undefined ? [] : [page.section.replace(/^#+ /, "")])].join(", ");
  describe(`the page ${title} on ${where}`, () => {
    let opened: Desk | null = null;
    const desk = () => {
      if (opened === null) throw new Error("the PC was not opened: see the failure above");
      return opened;
    };
    beforeAll(async () => {
      opened = await open(page);
      if (page.given !== undefined) {
        expect(await opened.root(page.given, { timeout: 400_000 })).toMatchObject({ code: 0 });
      }
      expect(await opened.as(page.typist ?? people.student, page.before)).toMatchObject({ code: 0 });
    }, 900_000);
    afterAll(async () => {
      await opened?.destroy();
    });

    for (const { line, at } of commandsOf(textOf(page))) {
      if (page.elsewhere.some((pattern) => pattern.test(line))) continue;
      test(`${at === null ? "" : `in ${at}: `}${line}`, async () => {
        const typed = page.instead.reduce((text, [pattern, other]) => text.replace(pattern, other), line);
        const { code, stderr } = await type(desk(), page, { line: typed, at });
        expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
      }, 200_000);
    }

    const { after } = page;
    if (after === undefined) return;
    test("and it works", async () => {
      expect(await type(desk(), page, { line: after, at: null })).toMatchObject({ code: 0 });
    }, 200_000);
  });
}

function textOf({ name, section }: Page): string {
  const page = readFileSync(`docs/en/${name}.md`, "utf8");
  if (section === undefined) return page;
  const [, rest] = page.split(`\n${section}`);
  if (rest === undefined) throw new Error(`docs/en/${name}.md has no ${section}`);
  const level = section.indexOf(" ");
  const [text = ""] = rest.split(new RegExp(`\n#{2,${level}} `));
  return text;
}

function type(desk: Desk, { typist = people.student }: Page, { line, at }: Shown) {
  const options = { timeout: 190_000 };
  if (at !== null) return desk.as(typist, `tarr-steps machine ssh ${at} -- ${line}`, options);
  const install = line.replace("sudo apt install", "sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y");
  return desk.as(/\bsudo /.test(line) ? people.installer : typist, install, options);
}
