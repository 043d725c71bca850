/** Lab files that `lab check` finds right: `lab up` makes each, as it is written, and `lab down` leaves nothing of it. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Stage } from "./stage.ts";
import { home, openWithTiny } from "./tiny-home.ts";

setDefaultTimeout(240_000);

type Right = {
  readonly name: string;
  /** The lab's file; what is wrong with its name is not its fault. */
  readonly file?: string;
  readonly text: string;
};

/** What a file can say and what a service can refuse, up to the last that is allowed. */
const rightLabs: readonly Right[] = [
  {
    name: "the last hosts of a small network, and a card on the network that all share",
    text: `networks:
  salle: {subnet: 10.11.0.0/29, max: 3}
machines:
  a: {nics: [{network: salle, host: 6}, lab]}
  b:
    nics:
      - network: salle
        host: 2
    after: [a]
check: [{from: b, to: a, ping: true}]
`,
  },
  {
    name: "a file's name that is no name, quotes, anchors and comments",
    file: "05 TP réseau (corrigé).yml",
    text: `# TP de réseau
networks: {isole: {reach: isolated, domain: tp.isole.internal}}
machines:
  web: &serveur
    image: 'tiny'
    memory: 112
    nics: ["isole"]
  client: *serveur
check:
  - {from: client, to: web, ping: true}
  - {from: host, to: web, port: 22}
`,
  },
  {
    name: "files, a script, a password, and checks of what must and must not be",
    text: `name: tp-3
networks:
  dedans: {address: 172.30.4.1/24, range: 172.30.4.100-172.30.4.120, reach: isolated}
machines:
  serveur:
    nics: [dedans]
    password: "un mot # de passe"
    files:
      /etc/motd: "bienvenue\\n"
      /srv/www/index.html: {content: "<p>été</p>", mode: "0640"}
    script: |
      grep -q bienvenue /etc/motd
check:
  - {from: serveur, run: cat /srv/www/index.html, expect: été}
  - {from: serveur, to: host, port: 81, reach: no}
`,
  },
  {
    name: "a network whose addresses the students give, and a machine on it twice",
    text: `networks: {nu: {dhcp: off, subnet: 10.12.0.0/29}}
machines: {pont: {nics: [lab, nu, nu]}}
`,
  },
];

let host: Stage;

beforeAll(async () => {
  host = await openWithTiny();
});
afterAll(() => host.destroy());

async function lab(...words: readonly string[]) {
  const env = { LANG: "C", HOME: home, XDG_DATA_HOME: home, XDG_CACHE_HOME: home, USER: "etu" };
  const { code, stdout, stderr } = await host.cli(["lab", ...words], { user: "etu", env, timeout: 200_000 });
  return { code, text: stdout + stderr };
}

test.each(rightLabs.map((one) => [one.name, one] as const))("%s", async (_, { file = "tp.yaml", text }) => {
  const path = `${home}/${file}`;
  await host.must('cat >"$FILE"', { stdin: text, user: "etu", env: { FILE: path } });
  for (const words of [["check"], ["up", "--dry-run"], ["up"], ["status"], ["down"]]) {
    const [verb = "", ...more] = words;
    const { code, text: said } = await lab(verb, path, ...more);
    expect({ words, said, code }).toEqual({ words, said: expect.any(String) as string, code: 0 });
    if (verb === "up" && more.length === 0) expect((await lab("up", path, "--json")).text).toContain('"actions":[]');
  }
  expect((await host.call("ListNetworks", {})).networks).toEqual(["lab"]);
  expect((await host.call("ListPorts", {})).ports).toEqual([]);
});
