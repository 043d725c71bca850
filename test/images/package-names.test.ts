import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { chmod, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "bun";
import { run } from "../../src/host/command.ts";
import { missingIn, nameHooks, unknownPackages, withNearest } from "../../src/images/debian/package-names.ts";

const folder = mkdtempSync(join(tmpdir(), "tarr-names-"));
const names = join(folder, "names");

/** Packages that hold nothing, in an archive that lies in a folder. */
const archive: readonly (readonly [name: string, more: string])[] = [
  ["base-files", "Essential: yes"],
  ["apache2", "Provides: httpd, httpd-cgi (= 2.4)"],
  ["nginx", "Provides: httpd"],
  ["postfix", "Provides: mail-transport-agent"],
  ["php", "Recommends: gone-long-ago"],
];

beforeAll(async () => {
  await $`mkdir -p ${folder}/debs ${folder}/repo/dists/trixie/main/binary-amd64`;
  for (const [name, more] of archive) {
    const control = [`Package: ${name}`, "Version: 1", "Architecture: all", "Maintainer: x <x@example.org>", more];
    await $`mkdir -p ${folder}/${name}/DEBIAN`;
    await Bun.write(`${folder}/${name}/DEBIAN/control`, [...control, "Description: x", ""].join("\n"));
    await $`dpkg-deb -b ${folder}/${name} ${folder}/repo/${name}.deb`.quiet();
  }
  await $`dpkg-scanpackages --multiversion . >dists/trixie/main/binary-amd64/Packages`.cwd(`${folder}/repo`).quiet();
  await Bun.write(`${folder}/repo/dists/trixie/Release`, "Suite: trixie\nCodename: trixie\nComponents: main\n");
  await chmod(folder, 0o755);
});
afterAll(() => rm(folder, { recursive: true }));

/** Up to where packages would be fetched. */
async function build(...packages: readonly string[]) {
  const place = join(folder, "out.tar");
  const source = `deb [trusted=yes] file:${folder}/repo trixie main`;
  const words = ["--mode=root", "--variant=custom", "--architectures=amd64", `--include=${packages.join(",")}`];
  const done = ["--setup-hook=touch /nowhere/fetching"];
  const argv = ["mmdebstrap", ...words, ...nameHooks(names), ...done, "trixie", place, source] as const;
  const { code, stdout, stderr } = await run(argv, { timeout: 120_000, env: { TMPDIR: folder } });
  expect(code).not.toBe(0);
  const said = `${stdout}\n${stderr}`;
  return { missing: missingIn(said), fetches: said.includes("/nowhere/fetching': No such file"), said };
}

test("a package that there is not ends a build before anything is fetched, and the nearest is known", async () => {
  const { missing, fetches, said } = await build("apachee2", "php", "nothing-like-it", "httpd-cgi");
  expect({ missing, fetches }, said).toEqual({ missing: ["apachee2", "nothing-like-it"], fetches: false });
  expect(await withNearest(missing, names)).toEqual([
    { name: "apachee2", near: "apache2" },
    { name: "nothing-like-it", near: null },
  ]);
  // The temporary root too.
  expect((await readdir(folder)).filter((one) => one.startsWith("mmdebstrap"))).toEqual([]);
}, 120_000);

test("what several provide is none that apt would install", async () => {
  expect((await build("httpd")).missing).toEqual(["httpd"]);
}, 120_000);

test("names that there are, and what one package alone provides, go on", async () => {
  const { missing, fetches, said } = await build("apache2", "mail-transport-agent");
  expect({ missing, fetches }, said).toEqual({ missing: [], fetches: true });
  expect(said).toContain("I: running apt-get update...");
  // For labs, later.
  expect(await unknownPackages(["php", "mail-transport-agent", "httpd-cgi", "posfix"], names)).toEqual([
    { name: "posfix", near: "postfix" },
  ]);
}, 120_000);
