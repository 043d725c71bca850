import { afterAll, afterEach, beforeEach, describe, expect, spyOn, test } from "bun:test";
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "../../src/cli/commands/image.ts";
import { check, up } from "../../src/cli/commands/lab.ts";
import { renderError } from "../../src/cli/render/error.ts";
import * as debian from "../../src/images/debian/build.ts";
import { missingIn } from "../../src/images/debian/package-names.ts";
import type { Language } from "../../src/messages/messages.ts";
import type { Stub } from "./stub-service.ts";
import { stubService } from "./stub-service.ts";

const asUser = spyOn(process, "getuid").mockReturnValue(1000);
afterAll(() => asUser.mockRestore());

let stub: Stub;
const before = process.env["XDG_CACHE_HOME"];
beforeEach(async () => {
  stub = await stubService();
  process.env["XDG_CACHE_HOME"] = join(stub.folder, "cache");
});
afterEach(() => {
  stub.close();
  if (before === undefined) delete process.env["XDG_CACHE_HOME"];
  else process.env["XDG_CACHE_HOME"] = before;
});

function write(name: string, text: string): string {
  const file = join(stub.folder, name);
  writeFileSync(file, text);
  return file;
}

/** What a user sees. */
async function told(work: Promise<number>, language: Language = "en") {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  const { text, exit } = await renderError(error, { language, json: false });
  return { exit, lines: text.replaceAll(`${stub.folder}/`, "").split("\n") };
}

test("apt says in two ways that there is no such package", () => {
  const said = [
    "E: Unable to locate package apachee2",
    "E: Package 'httpd' has no installation candidate",
    "E: Unable to locate package apachee2",
    "E: Failed to fetch http://x/y",
  ];
  expect(missingIn(said.join("\n"))).toEqual(["apachee2", "httpd"]);
});

describe("image build of a recipe with packages that there are not", () => {
  const recipe = "suite: trixie\npackages:\n  - php\n  - apachee2\n  - nothing\n";
  /** As the build tells it, once apt has its lists. */
  const building = () =>
    spyOn(debian, "buildDebian").mockImplementation(({ unknown }) => {
      unknown([
        { name: "apachee2", near: "apache2" },
        { name: "nothing", near: null },
      ]);
      throw new Error("it went on");
    });

  test.each([
    [
      "en" as const,
      [
        "tarr-steps: tp.yaml: 2 errors.",
        "  tp.yaml:4: packages.1: there is no package “apachee2” in Debian 13 (trixie). Did you mean “apache2”?",
        "  tp.yaml:5: packages.2: there is no package “nothing” in Debian 13 (trixie).",
        "  → Correct these lines, then: tarr-steps image build tp.yaml",
      ],
    ],
    [
      "fr" as const,
      [
        "tarr-steps: tp.yaml : 2 erreurs.",
        "  tp.yaml:4 : packages.1 : il n'y a pas de paquet « apachee2 » dans Debian 13 (trixie). Vouliez-vous dire « apache2 » ?",
        "  tp.yaml:5 : packages.2 : il n'y a pas de paquet « nothing » dans Debian 13 (trixie).",
        "  → Corrigez ces lignes, puis : tarr-steps image build tp.yaml",
      ],
    ],
  ])("each with its line, and no “try again” (%s)", async (language, lines) => {
    const spy = building();
    const image = write("tp.yaml", recipe);
    expect(await told(build(stub.context({ image })), language)).toEqual({ exit: 65, lines });
    spy.mockRestore();
  });
});

describe("a lab whose machines could not install their packages", () => {
  const names = () => join(stub.folder, "cache/tarr-steps/debian-13.packages");
  const lab = (more = "") =>
    write("lab.yaml", `machines:\n  web:\n    image: debian-13\n    packages: [php, nginxx, httpd]\n${more}`);
  beforeEach(() => {
    mkdirSync(join(stub.folder, "cache/tarr-steps"), { recursive: true });
    writeFileSync(names(), "php\nnginx\nhttpd, httpd-cgi (= 2)\n");
  });

  test.each([["lab check", check] as const, ["lab up", up] as const])(
    "%s tells before anything is made",
    async (_, run) => {
      expect(await told(run(stub.context({ file: lab() })))).toEqual({
        exit: 65,
        lines: [
          "tarr-steps: lab.yaml:4: machines.web.packages.1: there is no package “nginxx” in Debian 13 (trixie). Did you mean “nginx”?",
          "  → Correct that line, then: tarr-steps lab check lab.yaml",
        ],
      });
      expect(stub.ports.size).toBe(0);
    },
  );

  test("a machine with sources of its own may know more", async () => {
    const file = lab("    files: {/etc/apt/sources.list.d/own.list: deb http://192.0.2.1/ x main}\n");
    expect(await check(stub.context({ file }))).toBe(0);
  });

  test("what was known long ago refuses nothing", async () => {
    utimesSync(names(), 0, Date.now() / 1000 - 90 * 86_400);
    expect(await check(stub.context({ file: lab() }))).toBe(0);
  });
});
