import { expect, test } from "bun:test";
import { thrown } from "../../test/unit/thrown.ts";
import { errorText } from "../messages/messages.ts";
import { parseRecipe } from "./recipe.ts";

const how = { beside: (name: string) => (name === "motd" ? "from beside\n" : null), taken: ["tiny", "debian-13"] };
const parse = (text: string) => parseRecipe("web.yaml", text, how).recipe;

test("a recipe is called as its file, and asks for no more than a release", () => {
  expect(parse("suite: trixie")).toEqual({
    ...{ name: "web", suite: "trixie", packages: [], users: [], files: [], commands: [], memory: 512 },
  } as unknown as ReturnType<typeof parse>);
});

test("users, files and commands are as they are written", () => {
  const text = `name: tp-web
suite: bookworm
packages: [apache2, php]
memory: 768
users:
  alice: {password: "it's a secret", sudo: true}
  bob:
files:
  /etc/motd: {source: motd, mode: "600"}
  /srv/a: text
commands: ["systemctl enable apache2", "echo 'a b' >/srv/b"]
`;
  expect(parse(text)).toMatchObject({
    ...{ name: "tp-web", suite: "bookworm", packages: ["apache2", "php"], memory: 768 },
    users: [
      { name: "alice", password: "it's a secret", sudo: true },
      { name: "bob", password: null, sudo: false },
    ],
    files: [
      { path: "/etc/motd", mode: 0o600, content: "from beside\n" },
      { path: "/srv/a", mode: 0o644, content: "text" },
    ],
    commands: ["systemctl enable apache2", "echo 'a b' >/srv/b"],
  });
});

test.each([
  ["suite: sid", "web.yaml:1: suite: “sid”"],
  ["packages: [ab]", "web.yaml:1: suite: “suite” is missing."],
  ["sute: trixie", "web.yaml:1: sute: there is no key “sute” here."],
  ["suite: trixie\npackges: [a]", "web.yaml:2: packges"],
  ["suite: trixie\nname: tiny", "web.yaml:2: name"],
  ["suite: trixie\nname: a/b", "web.yaml:2: name"],
  ["suite: trixie\npackages: ['-x']", "web.yaml:2: packages.0"],
  ["suite: trixie\nusers: {'Al ice': }", "web.yaml:2: users.Al ice"],
  ["suite: trixie\nusers: {a: {password: 'x:y'}}", "web.yaml:2: users.a.password"],
  ["suite: trixie\nfiles: {../etc/x: a}", "web.yaml:2: files.../etc/x"],
  ["suite: trixie\nfiles: {/etc/x: {source: nothing}}", "web.yaml:2: files./etc/x.source"],
  ["packages: [a", "web.yaml:1"],
])("%j: one sentence with the file and the line, and what to type then", (text, beginning) => {
  const { message, hint } = errorText(
    thrown(() => parse(text)),
    "en",
  );
  expect(message).toStartWith(beginning);
  expect(hint).toBe("Correct that line, then: tarr-steps image build web.yaml");
});
