import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import ts from "typescript";
import { emptyWords, importRules, impureNames, packageRules, pureImports, purePlaces } from "./import-rules.ts";
import type { Source } from "./sources.ts";
import { filesUnder, namesIn, root, sourceOf, sources } from "./sources.ts";

const all = sources();
const folderOf = (path: string) => path.split("/").slice(0, 2).join("/");
/** Imports that every file may have: the one error type, and texts that the build puts in. */
const isFree = (path: string, name: string) =>
  name === "src/error.ts" || folderOf(path) === folderOf(name) || name === "package.json";

/** The sentences of what a file must not import; none when it keeps the rules. */
function brokenRules({ path, imports }: Source): string[] {
  const rule = importRules.find((one) => one.of.test(path));
  if (rule === undefined) return [`${path}: no rule says what it may import`];
  const own = imports.filter((name) => name.startsWith("src/") || name === "package.json");
  const foreign = own
    .filter((name) => !isFree(path, name) && !rule.mayImport.some((may) => may.test(name)))
    .map((name) => `${path} imports ${name}: ${rule.because}`);
  const packages = imports.flatMap((name) =>
    packageRules
      .filter((one) => one.name.test(name) && !one.in.test(path))
      .map((one) => `${path} imports ${name}: ${one.because}`),
  );
  return [...foreign, ...packages, ...impurities({ path, imports })];
}

function impurities({ path, imports }: Pick<Source, "path" | "imports">): string[] {
  if (!purePlaces.test(path)) return [];
  return imports
    .filter((name) => /^(node|bun):/.test(name) && !pureImports.includes(name))
    .map((name) => `${path} imports ${name}: it is to be a pure function of what it is given`);
}

describe("who must not import what", () => {
  test("every file keeps the table", () => {
    expect(all.flatMap(brokenRules)).toEqual([]);
  });

  test("nothing of Node's net is in pure places", () => {
    const named = all
      .filter((source) => purePlaces.test(source.path) && source.imports.includes("node:net"))
      .flatMap((source) => [...source.text.matchAll(/import (.*) from "node:net"/g)].map(([, names]) => names));
    expect(named).toEqual([]);
  });

  // The table itself is tested: a rule that lets everything pass would never be seen to.
  test.each([
    ["src/model/x.ts", 'import { run } from "../host/command.ts";', "nouns know nobody"],
    ["src/model/x.ts", 'export * from "../plan/plan.ts";', "nouns know nobody"],
    ["src/model/x.ts", 'import { readFile } from "node:fs/promises";', "pure function"],
    ["src/plan/x.ts", 'const x = await import("../host/host.ts");', "made of data alone"],
    ["src/host/x.ts", 'type X = import("../daemon/service.ts").Service;', "must not know who asked"],
    ["src/host/x.ts", 'import { spawn } from "node:child_process";', "one place starts programs"],
    ["src/providers/x.ts", 'import type { Host } from "../host/host.ts";', "not within its reach"],
    ["src/cli/commands/x.ts", 'import { linuxHost } from "../../host/linux-host.ts";', "a command asks the service"],
    ["src/cli/x.ts", 'import { reconcile } from "../daemon/reconcile.ts";', "a command asks the service"],
    ["src/daemon/x.ts", 'import { loadProvider } from "../providers/registry.ts";', "no providers"],
    ["src/api/x.ts", 'import "../daemon/service.ts";', "both sides"],
    ["src/messages/x.ts", 'import "../model/names.ts";', "words are said of codes"],
    ["src/daemon/x.ts", 'import { dlopen } from "bun:ffi";', "only Bun"],
    ["src/daemon/x.ts", 'import express from "express";', "there are two"],
    ["src/elsewhere/x.ts", "", "no rule says"],
  ])("%s with %s is found", (path, text, because) => {
    expect(brokenRules(sourceOf(path, text)).join("\n")).toContain(because);
  });
});

describe("no I/O, no clock, no randomness in model, plan and messages", () => {
  const impure = (source: Source) =>
    [...namesIn(source.tree)].filter((name) => impureNames.some((one) => one.test(name)));

  test("in none of their files", () => {
    const found = all.filter((one) => purePlaces.test(one.path)).map((one) => [one.path, impure(one)] as const);
    expect(found.length).toBeGreaterThan(20);
    expect(found.filter(([, names]) => names.length > 0)).toEqual([]);
  });

  test.each(["Date.now()", "new Date()", "Math.random()", "performance.now()", "process.env", "setTimeout(f, 1)"])(
    "%s would be found",
    (text) => {
      expect(impure(sourceOf("src/model/x.ts", `export const x = () => ${text};`))).not.toEqual([]);
    },
  );

  test("a property of that name is nothing", () => {
    expect(impure(sourceOf("src/model/x.ts", "export const x = (y: { process: 1 }) => y.process;"))).toEqual([]);
  });
});

test("process.exit only in src/main.ts, Bun.* only in src/runtime", () => {
  const using = (name: RegExp) => all.filter((one) => [...namesIn(one.tree)].some((used) => name.test(used)));
  expect(using(/^process\.(exit|abort)$/).map((one) => one.path)).toEqual(["src/main.ts"]);
  expect(
    using(/^Bun(\.|$)/)
      .filter((one) => !one.path.startsWith("src/runtime/"))
      .map((one) => one.path),
  ).toEqual([]);
});

describe("no circles", () => {
  test("between folders", () => {
    const edges = all.flatMap((one) => one.imports.map((name) => [folderOf(one.path), folderOf(name)] as const));
    expect(
      circle(edges.filter(([from, to]) => from !== to && to.startsWith("src/") && to !== "src/error.ts")),
    ).toBeNull();
  });

  // Types may refer to each other both ways inside a folder: nothing is loaded for them.
  test("between files that load each other", () => {
    expect(circle(all.flatMap((one) => one.loads.map((name) => [one.path, name] as const)))).toBeNull();
  });

  test("one would be found", () => {
    expect(
      circle([
        ["a", "b"],
        ["b", "c"],
        ["c", "b"],
      ]),
    ).toBe("b → c → b");
  });
});

/** The first way that leads back to where it started, or null. */
function circle(edges: readonly (readonly [string, string])[]): string | null {
  const next = Map.groupBy(edges, ([from]) => from);
  const finished = new Set<string>();
  const walk = (at: string, way: readonly string[]): string | null => {
    const before = way.indexOf(at);
    if (before >= 0) return [...way.slice(before), at].join(" → ");
    if (finished.has(at)) return null;
    for (const [, to] of next.get(at) ?? []) {
      const found = walk(to, [...way, at]);
      if (found !== null) return found;
    }
    finished.add(at);
    return null;
  };
  for (const from of next.keys()) {
    const found = walk(from, []);
    if (found !== null) return found;
  }
  return null;
}

describe("importing a file does nothing", () => {
  test("at its top a file only declares", () => {
    expect(all.filter((one) => one.path !== "src/main.ts").flatMap(doings)).toEqual([]);
  });

  test.each([
    ["console.log(1);", "ExpressionStatement"],
    ["if (x) y();", "IfStatement"],
    ["for (const x of y) z(x);", "ForOfStatement"],
    ['import { readFileSync } from "node:fs"; const text = readFileSync("/etc/hosts", "utf8");', "readFileSync"],
    ['import { join } from "node:path"; const x = { y: [join("a")] };', "join"],
    ["const x = await y;", "await"],
    ["const home = process.env;", "process"],
  ])("%s would be found", (text, what) => {
    expect(doings(sourceOf("src/host/x.ts", text)).join()).toContain(what);
  });

  test.each([
    "const x = () => process.env;",
    "const shape = v.object({ a: v.string() });",
    "export type X = 1;",
    "let x = null;",
  ])("%s is a declaration", (text) => {
    expect(doings(sourceOf("src/host/x.ts", text))).toEqual([]);
  });
});

/** What a file does when it is loaded, as far as can be seen without running it. */
function doings({ path, tree }: Source): string[] {
  const outside = new Set(
    tree.statements.filter(ts.isImportDeclaration).flatMap((one) => {
      const from = (one.moduleSpecifier as ts.StringLiteral).text;
      const bindings = one.importClause?.namedBindings;
      const named = bindings !== undefined && ts.isNamedImports(bindings) ? bindings.elements : [];
      return /^(node|bun):/.test(from) ? named.map((element) => element.name.text) : [];
    }),
  );
  return tree.statements.flatMap((statement) => {
    if (ts.isVariableStatement(statement)) return callsIn(statement, outside).map((name) => `${path}: ${name}`);
    return isDeclaration(statement) ? [] : [`${path}: ${ts.SyntaxKind[statement.kind]}`];
  });
}

function isDeclaration(node: ts.Statement): boolean {
  return (
    ts.isImportDeclaration(node) ||
    ts.isExportDeclaration(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isModuleDeclaration(node)
  );
}

/** Names of Node's, of the process and of promises that are used outside a function's body. */
function callsIn(statement: ts.Node, outside: ReadonlySet<string>): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) || ts.isTypeNode(node)) return;
    if (ts.isAwaitExpression(node)) found.push("await");
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && outside.has(node.expression.text)) {
      found.push(node.expression.text);
    }
    if (ts.isIdentifier(node) && /^(process|performance|Bun|fetch)$/.test(node.text)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(statement);
  return found;
}

describe("files", () => {
  const written = ["src", "test", "debian", "docs"].flatMap((folder) => {
    try {
      return filesUnder(folder);
    } catch {
      return [];
    }
  });

  test("are at most 400 lines long, shell included", () => {
    const code = written.filter((path) => /\.(ts|sh)$/.test(path));
    const long = code.filter((path) => readFileSync(join(root, path), "utf8").split("\n").length > 401);
    expect(long).toEqual([]);
  });

  test("are named for what is inside", () => {
    const words = (path: string) => path.toLowerCase().split(/[/._-]/);
    const empty = written.filter((path) =>
      words(path).some((word) => emptyWords.some((one) => word === one || word === `${one}s`)),
    );
    expect(empty).toEqual([]);
  });
});
