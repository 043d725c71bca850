import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { OnStage } from "./life.ts";
import { people, student } from "./stage.ts";

const zeros = "0".repeat(64);
const one = "machines: {one: {provider: qemu}}";

type Refusal = {
  readonly files?: Readonly<Record<string, readonly string[]>>;
  readonly line: string;
  readonly code: number;
  /** How its one sentence begins. */
  readonly told: RegExp;
};

/** Labs and images that cannot be made: one sentence with file and line, and nothing half made. */
const refusals: Readonly<Record<string, Refusal>> = {
  "an unknown key": {
    files: { "key.yaml": ["machines:", "  a:", "    colour: red"] },
    ...{
      line: "lab up key.yaml",
      code: 65,
      told: /^key\.yaml:3: machines\.a\.colour: there is no key “colour” here\./,
    },
  },
  "a cycle": {
    files: { "cycle.yaml": ["machines:", "  a: {after: [b]}", "  b: {after: [a]}"] },
    ...{ line: "lab up cycle.yaml", code: 65, told: /^cycle\.yaml:2: machines\.a\.after: .* a → b → a\./ },
  },
  "a name twice": {
    files: { "name.yaml": ["machines:", "  a: {}", "  a: {}"] },
    ...{ line: "lab up name.yaml", code: 65, told: /^name\.yaml:3: a: “a” stands here a second time\./ },
  },
  "an address twice": {
    files: {
      "address.yaml": ["machines:", ...["a", "b"].map((name) => `  ${name}: {nics: [{network: lab, host: 20}]}`)],
    },
    ...{
      line: "lab up address.yaml",
      code: 65,
      told: /^address\.yaml:3: machines\.b\.nics\.0\.host: the host part 20 /,
    },
  },
  "a card of no network": {
    files: { "card.yaml": ["machines:", "  a:", "    nics: [{host: 20}]"] },
    ...{
      line: "lab up card.yaml",
      code: 65,
      told: /^card\.yaml:3: machines\.a\.nics\.0\.network: “network” is missing\./,
    },
  },
  "an image that is missing": {
    files: { "image.yaml": ["networks: {salle: {}}", "machines:", "  a: {image: nosuch}"] },
    ...{
      line: "lab up image.yaml",
      code: 65,
      told: /^image\.yaml:3: machines\.a\.image: There is no image “nosuch”\./,
    },
  },
  "a missing image, when the file is only checked": {
    files: { "image.yaml": ["machines:", "  a: {image: nosuch}"] },
    ...{
      line: "lab check image.yaml",
      code: 65,
      told: /^image\.yaml:2: machines\.a\.image: There is no image “nosuch”\./,
    },
  },
  "somebody else's network": {
    files: { "network.yaml": ["networks:", "  evenet: {}", one] },
    ...{
      line: "lab up network.yaml",
      code: 65,
      told: /^network\.yaml:2: networks\.evenet: eve has a network evenet on this computer/,
    },
  },
  "a subnet that is another network's, behind one that is free": {
    files: { "subnet.yaml": ["networks:", "  free: {}", "  b: {subnet: 192.168.194.0/24}", one] },
    ...{ line: "lab up subnet.yaml", code: 65, told: /^subnet\.yaml:3: networks\.b\.subnet: .*192\.168\.194\.0\/24/ },
  },
  "an archive that leads outside": {
    ...{
      line: "image import up /srv/refusals/up.tar",
      code: 65,
      told: /^The archive .* would write outside of its root: \.\.\//,
    },
  },
  "a checksum that lies": {
    line: `image import lie http://127.0.0.1:8099/whole.raw --sha256 ${zeros}`,
    ...{ code: 65, told: /whole\.raw is not what it should be: its checksum is [0-9a-f]{64}, not 0{64}/ },
  },
  "a download that is cut half way": {
    line: `image import cut http://127.0.0.1:8098/whole.raw --sha256 ${zeros}`,
    ...{ code: 1, told: /^The download of http:\/\/127\.0\.0\.1:8098\/whole\.raw ended after 1 of 2 MiB\./ },
  },
};

/**
 * What answers a request: it says two MiB, and sends as many bytes as it is told. It hangs up on half of them once they
 * are with the user: what is still on the way at the end of a connection may be lost with it.
 */
const answer = [
  'while read -r line && [ "${#line}" -gt 1 ]; do :; done',
  String.raw`printf 'HTTP/1.1 200 OK\r\nContent-Length: 2097152\r\nConnection: close\r\n\r\n'`,
  'head -c "$1" /dev/zero',
  '[ "$1" -eq 2097152 ] || timeout 20 sh -c "until find $2 -size ${1}c | grep -q .; do sleep 0.1; done"',
].join("\n");
const folder = "/srv/refusals";
const downloads = `/home/${people.student}/.local/share/tarr-steps/downloads`;
const server = (port: number, sent: number) =>
  `socat TCP-LISTEN:${port},bind=127.0.0.1,reuseaddr,fork EXEC:"sh ${folder}/answer ${sent} ${downloads}"`;

export function refusalTests(on: OnStage): void {
  describe("labs and images that cannot be made", () => {
    /** All that a user's command could have left. */
    const left = async () => {
      const { stdout } = await student(
        on(),
        "for what in machine image network port; do tarr-steps $what list --json; done; cd ~/.local/share/tarr-steps && find . -path ./downloads -prune -o ! -type d -print | sort",
      );
      return stdout.replaceAll(/"leased":\d+/g, "");
    };
    const servers: { readonly stop: () => Promise<unknown> }[] = [];
    beforeAll(async () => {
      const { host } = on();
      expect(await host.as(people.outsider, "tarr-steps network create evenet")).toMatchObject({ code: 0 });
      const made = await host.root(
        `mkdir -p ${folder}/x && cd ${folder}/x && echo evil >../evil && tar -P -cf ../up.tar ../evil && chmod -R a+rX ${folder} && cat >../answer <<'END'\n${answer}\nEND`,
      );
      expect(made).toMatchObject({ code: 0 });
      for (const [port, sent] of [
        [8098, 1_048_576],
        [8099, 2_097_152],
      ] as const) {
        servers.push(await host.background(server(port, sent)));
      }
      const ready = 'for port in 8098 8099; do until ss -Hltn "sport = $port" | grep -q .; do sleep 0.1; done; done';
      expect(await host.root(ready)).toMatchObject({ code: 0 });
    }, 60_000);
    afterAll(async () => {
      for (const one of servers) await one.stop();
      await on().host.as(people.outsider, "tarr-steps network delete evenet");
    });

    for (const [name, { files = {}, line, code, told }] of Object.entries(refusals)) {
      test(`${name}: exit ${code}, one sentence, nothing made`, async () => {
        for (const [file, lines] of Object.entries(files)) {
          await student(on(), `printf '%s\\n' ${lines.map((one) => `'${one}'`).join(" ")} >${file}`);
        }
        const before = await left();
        const refused = await student(on(), `tarr-steps ${line}`);
        const said = refused.stderr.split("\n").filter((one) => one.startsWith("tarr-steps: "));
        expect({ code: refused.code, said: said.length }).toEqual({ code, said: 1 });
        expect(said[0]?.slice("tarr-steps: ".length)).toMatch(told);
        expect(await left()).toBe(before);
      });
    }

    test("a device in an archive is left out, and said", async () => {
      const make =
        "cd /srv/refusals && mkdir -p t/dev t/bin t/etc && cp /bin/busybox t/bin/sh && mknod t/dev/sda b 8 0 && tar -C t -cf node.tar . && chmod a+r node.tar";
      expect(await on().host.root(make)).toMatchObject({ code: 0 });
      const imported = await student(on(), "tarr-steps image import node /srv/refusals/node.tar");
      expect(imported).toMatchObject({ code: 0 });
      expect(imported.stdout + imported.stderr).toContain("1 device or pipe was left out.");
      expect(await student(on(), "tarr-steps image delete node")).toMatchObject({ code: 0 });
    });

    test("no room for it: exit 1, and nothing is left there", async () => {
      const { host } = on();
      const home = `/home/${people.outsider}/small`;
      const mount = `mkdir ${home} && mount -t tmpfs -o size=1m,mode=777 tmpfs ${home}`;
      expect(await host.root(mount)).toMatchObject({ code: 0 });
      const refused = await host.as(people.outsider, `env XDG_DATA_HOME=${home} tarr-steps image build tiny`);
      const { stdout } = await host.root(`find ${home} -type f; umount ${home}; rmdir ${home}`);
      expect(refused.stderr).toContain(`There is no room left for it in ${home}/tarr-steps.`);
      expect({ code: refused.code, stdout }).toEqual({ code: 1, stdout: "" });
    });

    test("somebody else's port is neither changed nor captured", async () => {
      const { ports } = JSON.parse((await student(on(), "tarr-steps port list --json")).stdout) as {
        ports: { id: string }[];
      };
      const id = ports[0]?.id ?? "";
      for (const line of [`port set ${id} delay=50ms`, `port down ${id}`, `port capture ${id} >/dev/null`]) {
        expect(await on().host.as(people.outsider, `tarr-steps ${line}`)).toMatchObject({ code: 77 });
      }
    });
  });
}
