import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import { blocksOf } from "../../src/providers/recipes/blocks.ts";
import type { Recipe, RecipeNames } from "../../src/providers/recipes/recipes.ts";
import { isRecipeKind, recipe, recipeKinds, recipesOf } from "../../src/providers/recipes/recipes.ts";
import { root } from "./sources.ts";

const plugged: RecipeNames = {
  network: "dmz",
  switch: "vswitch7",
  address: "198.51.100.1/25",
  domain: "dmz.example.org",
  tap: "tsabc234",
  mac: "00:50:56:12:34:56",
  user: "etu",
  vmnet: 12,
};
const bare: RecipeNames = {
  ...plugged,
  network: "lab",
  switch: "vswitch0",
  address: "192.168.194.1/24",
  domain: "lab.internal",
  tap: "tap0",
  mac: null,
  vmnet: null,
};

const stepsOf = (one: Recipe) => [...one.steps, ...one.checks];
const codeOf = (text: string, recipes: readonly Recipe[]) =>
  recipes.flatMap(stepsOf).flatMap(({ code }) => (code !== undefined && text.includes(`\n\n${code}`) ? [code] : []));

describe.each(recipeKinds)("the recipe for %s", (kind) => {
  describe.each([
    ["a port", plugged],
    ["tap0", bare],
  ])("with %s", (_, names) => {
    const made = recipesOf(kind, names);
    const english = recipe({ kind, language: "en", names });
    const french = recipe({ kind, language: "fr", names });

    test("has the same commands in both languages, all of them", () => {
      const all = made.flatMap(stepsOf).flatMap(({ code }) => (code === undefined ? [] : [code]));
      expect(all.length).toBeGreaterThan(2);
      expect(codeOf(english, made)).toEqual(all);
      expect(codeOf(french, made)).toEqual(all);
    });

    test("leaves no hole", () => {
      expect(`${english}\n${french}`).not.toMatch(/undefined|null|NaN|\$\{|(?<!\{)\{[a-z]+\}(?!\})|<[A-Z]+>/);
      expect(english).toContain(names.switch);
    });

    test("names no other switch, network or tap", () => {
      const others = names === plugged ? /vswitch0|tap0|192\.168|lab\.internal/ : /vswitch[1-9]|ts[a-z2-7]{6}/;
      expect(english).not.toMatch(others);
    });

    test("asks root for nothing that an ordinary user does", () => {
      const own = made.flatMap(stepsOf).filter((one) => one.who === "user");
      const text = own.map((one) => [one.code, one.words.en, one.words.fr].join("\n")).join("\n");
      expect(text).not.toMatch(/\bsudo\b|\bsu -|doas|pkexec/);
    });

    test("puts French signs where they belong", () => {
      const prose = made.flatMap((one) => [
        one.title.fr,
        ...stepsOf(one).map((step) => step.words.fr),
        ...one.traps.map((trap) => trap.fr),
      ]);
      for (const text of prose) {
        expect(text).not.toMatch(/[“”]|[^ ] ?»(?<! »)|«(?! )|\p{L}[;?!](?!\w)|\p{L}: /u);
        expect(text).not.toBe("");
      }
    });
  });

  test("is no longer than a screen is wide, but for what is typed", () => {
    const made = recipesOf(kind, bare);
    const typed = new Set(made.flatMap(stepsOf).flatMap(({ code }) => code?.split("\n") ?? []));
    const text = `${recipe({ kind, language: "en", names: bare })}\n${recipe({ kind, language: "fr", names: bare })}`;
    const titles = made.flatMap((one) => [one.title.en, one.title.fr]);
    const long = text.split("\n").filter((line) => line.length > 100 && !typed.has(line) && !titles.includes(line));
    expect(long).toEqual([]);
  });
});

test("the four providers can be done by an ordinary user alone, once VMware is bridged and LXC allowed", () => {
  for (const kind of ["qemu", "virtualbox", "vmware"] as const) {
    expect(recipesOf(kind, plugged).flatMap((one) => one.steps.filter((step) => step.who !== "user"))).toEqual([]);
  }
});

// The service drops frames with a port's MAC that come from anywhere but its owner's ports.
test("a port's MAC is used on the port alone", () => {
  const forms = [plugged.mac ?? "", "005056123456"];
  const using = recipeKinds.filter((kind) => {
    const text = recipe({ kind, language: "en", names: plugged });
    return forms.some((mac) => text.includes(mac));
  });
  expect(using).toEqual(["qemu", "virtualbox", "vmware", "lxc", "libvirt", "libvirt-session"]);
  const onTap0 = recipe({ kind: "qemu", language: "en", names: { ...plugged, tap: "tap0" } });
  expect(onTap0).not.toContain("mac=00");
});

test("VirtualBox is bridged to the tap and never to the switch", () => {
  const text = recipe({ kind: "virtualbox", language: "en", names: plugged });
  expect(text).toContain("--bridgeadapter1 tsabc234");
  expect(text).toContain("--macaddress1 005056123456");
  expect(text).not.toContain("bridgeadapter1 vswitch");
});

test("VMware takes a MAC of its own range only", () => {
  const text = (mac: string) => recipe({ kind: "vmware", language: "en", names: { ...plugged, mac } });
  expect(text("00:50:56:3f:00:01")).toContain('ethernet0.address = "00:50:56:3f:00:01"');
  expect(text("00:50:56:40:00:01")).toContain('ethernet0.addressType = "generated"');
  expect(text("52:54:00:00:00:01")).toContain('ethernet0.addressType = "generated"');
});

test("libvirt stands for both", () => {
  const both = [...recipesOf("libvirt-session", bare), ...recipesOf("libvirt-system", bare)];
  expect(recipesOf("libvirt", bare)).toEqual(both);
});

test("a kind is one of the table's", () => {
  expect(isRecipeKind("qemu")).toBe(true);
  for (const text of ["", "toString", "constructor", "QEMU", "hyperv"]) expect(isRecipeKind(text)).toBe(false);
});

describe("addresses for engines that give their own", () => {
  test.each([
    ["192.168.194.1/24", ["192.168.194.10-192.168.194.223", "192.168.194.224/28", "192.168.194.240-192.168.194.254"]],
    ["192.168.194.254/24", ["192.168.194.10-192.168.194.191", "192.168.194.192/28", "192.168.194.208-192.168.194.223"]],
    ["10.0.0.1/16", ["10.0.0.10-10.0.255.223", "10.0.255.224/28", "10.0.255.240-10.0.255.254"]],
    ["198.51.100.1/25", ["198.51.100.10-198.51.100.95", "198.51.100.96/28", "198.51.100.112-198.51.100.126"]],
    ["198.51.100.1/28", ["198.51.100.2-198.51.100.11", "198.51.100.12/31", "198.51.100.14-198.51.100.14"]],
    ["198.51.100.1/29", ["198.51.100.2-198.51.100.3", "198.51.100.4/31", "198.51.100.6-198.51.100.6"]],
  ])("%s: ours, Docker's, Podman's are %j", (address, [...expected]) => {
    const { ours, docker, podman } = blocksOf(address);
    expect([ours, docker, `${podman.first}-${podman.last}`]).toEqual(expected);
  });
});

describe("the documents for each hypervisor", () => {
  const fences = (path: string) =>
    [...readFileSync(join(root, path), "utf8").matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, , code]) => code ?? "");

  test.each(["qemu", "virtualbox", "vmware", "lxc", "others", "providers"])(
    "%s has the same in both languages",
    (page) => {
      const typed = (code: string) => code.replaceAll(/\s+#.*$/gm, "").replaceAll(/\s+/g, " ");
      expect(fences(`docs/fr/${page}.md`).map(typed)).toEqual(fences(`docs/en/${page}.md`).map(typed));
    },
  );

  // The page shows the recipes as they are on a host like any other, for tap0 and the user etu.
  test("each command of others.md is one of a recipe", () => {
    const kinds = recipeKinds.filter((kind) => !["qemu", "virtualbox", "vmware", "lxc"].includes(kind));
    const known = kinds.flatMap((kind) => recipesOf(kind, bare).flatMap(stepsOf)).map((step) => step.code ?? "");
    const inRecipes = new Set(known.flatMap((code) => code.split("\n")));
    const strange = fences("docs/en/others.md")
      .flatMap((code) => code.split("\n"))
      .filter((line) => line !== "" && !line.startsWith("tarr-steps ") && !inRecipes.has(line));
    expect(strange).toEqual([]);
  });
});
