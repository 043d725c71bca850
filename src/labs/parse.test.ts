import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { TarrError } from "../error.ts";
import { errorText } from "../messages/messages.ts";
import { parseLab } from "./parse.ts";

const smallest = "machines:\n  web: {image: tiny}\n  db: {image: tiny, provider: lxc}\n";

function refusal(text: string): TarrError {
  try {
    parseLab("tp.yaml", text);
  } catch (error) {
    if (error instanceof TarrError) return error;
    throw error;
  }
  throw new Error("it was taken");
}

describe("a lab file", () => {
  test("the smallest: machines on the first network, by the file's own name", () => {
    const { lab } = parseLab("/home/prof/tp-web.yaml", smallest);
    expect(String(lab.name)).toBe("tp-web");
    expect(lab.networks).toEqual([]);
    expect(lab.machines.map(({ name, provider, image, memory }) => [String(name), provider, image, memory])).toEqual([
      ["web", null, "tiny", null],
      ["db", "lxc", "tiny", null],
    ]);
    expect(lab.machines.map(({ nics }) => nics)).toMatchObject([
      [{ network: "lab", host: null }],
      [{ network: "lab", host: null }],
    ]);
  });

  test("all that can be said of a machine", () => {
    const text = `name: tp
networks:
  salle: {subnet: 192.168.210.0/24, dhcp: off, reach: isolated}
machines:
  a: {after: [b], memory: 256, nics: [salle, {network: lab, host: 20}]}
  b: {image: debian-13, files: {/etc/motd: hi, /srv/x: {source: x.txt, mode: "0755"}}, script: "true", password: secret, packages: [nginx]}
check:
  - {from: a, to: b, port: 80, reach: no}
  - {from: host, to: a, ping: true}
  - {from: a, run: id, expect: root}
`;
    const { lab } = parseLab("x.yaml", text, (name) => `content of ${name}`);
    expect(lab).toMatchObject({
      name: "tp",
      networks: [
        {
          name: "salle",
          subnet: "192.168.210.0/24",
          settings: [
            { key: "dhcp", value: "off" },
            { key: "reach", value: "isolated" },
          ],
        },
      ],
      machines: [
        { memory: 256, after: ["b"], nics: [{ network: "salle" }, { network: "lab", host: 20 }], firstBoot: null },
        {
          nics: [{ network: "salle" }],
          firstBoot: {
            files: [
              { path: "/etc/motd", mode: 0o644, content: "hi" },
              { path: "/srv/x", mode: 0o755, content: "content of x.txt" },
            ],
            packages: ["nginx"],
            script: "true",
            password: "secret",
          },
        },
      ],
      checks: [
        { from: "a", line: "8", what: { kind: "port", to: "b", port: 80, reach: false } },
        { from: "host", what: { kind: "ping", to: "a", reach: true } },
        { from: "a", what: { kind: "run", command: "id", expect: "root" } },
      ],
    });
  });

  test.each([
    ["an unknown key", "machines:\n  web:\n    imag: tiny\n", "3", "lab-key-unknown"],
    ["a name that is none", "machines:\n  Web_1: {}\n", "2", "lab-name"],
    ["a name that every object has", "machines:\n  web: {}\n  constructor: {}\n", "3", "lab-name-reserved"],
    ["a provider that is none", "machines:\n  web:\n    provider: kvm\n", "3", "provider-unknown"],
    ["a network that nobody makes", "machines:\n  web:\n    nics: [salle]\n", "3", "lab-no-network"],
    ["a network's wrong subnet", "networks:\n  a:\n    subnet: 192.168.1.1/24\nmachines: {web: {}}\n", "3", null],
    ["a reach that is none", "networks:\n  a:\n    reach: far\nmachines: {web: {}}\n", "3", "reach-invalid"],
    [
      "one host part twice",
      "machines:\n  a: {nics: [{network: lab, host: 20}]}\n  b: {nics: [{network: lab, host: 20}]}\n",
      "3",
      "lab-host-twice",
    ],
    ["machines that wait for each other", "machines:\n  a: {after: [b]}\n  b: {after: [a]}\n", "2", "lab-cycle"],
    ["a machine that waits for nobody", "machines:\n  a: {after: [z]}\n", "2", "lab-no-machine"],
    ["a check of nobody", "machines:\n  a: {}\ncheck:\n  - {from: z, to: a, port: 1}\n", "4", "lab-no-machine"],
    ["a check of nothing", "machines:\n  a: {}\ncheck:\n  - {from: a}\n", "4", "lab-check-empty"],
    ["a file beside that is not there", "machines:\n  a:\n    files:\n      /x: {source: y}\n", "4", "lab-file-source"],
    ["a file outside", "machines:\n  a:\n    files:\n      /x: {source: ../y}\n", "4", "lab-file-source"],
    ["a path that leads out", "machines:\n  a:\n    files:\n      /x/../y: z\n", "4", "lab-path"],
    ["no machines", "machines: {}\n", "1", ""],
    ["machines that are a list", "machines:\n  - image: tiny\n", "1", ""],
    ["a name twice", "machines:\n  web: {}\n  web: {}\n", "3", "key-twice"],
    ["a card of no network", "machines:\n  web:\n    nics:\n      - host: 20\n", "4", "key-missing"],
    ["a card's misspelt key", "machines:\n  web:\n    nics: [{netwrok: lab}]\n", "3", "lab-key-unknown"],
  ])("%s is told with its line", (...[, text, line, reason]) => {
    const error = refusal(text);
    expect(error).toMatchObject({ code: "lab-value", class: "document", values: { file: "tp.yaml", line } });
    if (reason !== null) expect(error.values["reason"]).toBe(reason);
  });

  test("what is no YAML is told with its line", () => {
    const error = refusal("machines: {web: [}\n");
    expect(error).toMatchObject({ code: "lab-syntax", class: "document", values: { line: "1" } });
  });

  test.each([
    ["nics: [{host: 20}]", "nics.0.network: “network” is missing.", "nics.0.network : « network » manque."],
    [
      "nics: [12]",
      "nics.0: “12” is not what can stand here (a text, keys with their values).",
      "(un texte, des clés avec leurs valeurs).",
    ],
    ["nics: lab", "nics: “lab” is not what can stand here (a list).", "(une liste)."],
    ["image: {a: 1}", 'image: “{"a":1}” is not what can stand here (a text).', "(un texte)."],
    ["script: [a]", 'script: “["a"]” is not what can stand here (a text).', "(un texte)."],
    ...["big", "99.5", "3", '"64"'].map((one) => [
      `memory: ${one}`,
      `memory: “${one.replaceAll('"', "")}” is not a valid memory size: a whole number of MiB, from 64 to 999999.`,
      "un nombre entier de Mio, de 64 à 999999.",
    ]),
    [
      "packages: [A B]",
      "packages.0: “A B” is not a valid package name: lower-case letters, digits, and the signs + - and dot.",
      "minuscules, chiffres, et les signes + - et point.",
    ],
    [
      "files: {/x: {mode: '9'}}",
      "files./x.mode: “9” is not a valid mode: three octal digits between quotes.",
      "trois chiffres en octal, entre guillemets.",
    ],
  ])("%s: in words of people who write files, in both languages", (line = "", english = "", french = "") => {
    const error = refusal(`machines:\n  web:\n    ${line}\n`);
    expect(errorText(error, "en").message).toBe(`tp.yaml:3: machines.web.${english}`);
    expect(errorText(error, "fr").message).toEndWith(french);
  });

  test("what has itself inside, by an alias", () => {
    const error = refusal("machines:\n  web: &web\n    image: {inside: *web}\n");
    expect(errorText(error, "en").message).toStartWith("tp.yaml:3: machines.web.image: ");
  });

  test("a switch of a network that is none", () => {
    const error = refusal("networks: {a: {dhcp: maybe}}\nmachines: {web: {}}\n");
    expect(errorText(error, "en").message).toEndWith("“maybe” is not what can stand here (true, false, on, off).");
  });
});

describe("the ready labs", () => {
  const folder = join(import.meta.dir, "../../labs");
  test.each(readdirSync(folder).filter((name) => name.endsWith(".yaml")))(
    "%s can be read and checks itself",
    (name) => {
      const { lab } = parseLab(name, readFileSync(join(folder, name), "utf8"));
      expect(lab.checks.length).toBeGreaterThan(1);
    },
  );
});
