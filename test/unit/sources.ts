import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import ts from "typescript";

export const root = join(import.meta.dir, "..", "..");

export type Source = {
  /** From the project's folder: `src/plan/plan.ts`. */
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
  /** What it imports, types and later loads included: paths from the project's folder, or names of packages. */
  readonly imports: readonly string[];
  /** Of these, what is there when the program runs: a type is gone by then. */
  readonly loads: readonly string[];
};

export function filesUnder(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

/** Every file of the program itself, parsed. Tests are no part of it. */
export function sources(): readonly Source[] {
  return filesUnder("src")
    .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts") && !path.endsWith(".d.ts"))
    .map(readSource);
}

export function readSource(path: string): Source {
  return sourceOf(path, readFileSync(join(root, path), "utf8"));
}

export function sourceOf(path: string, text: string): Source {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true);
  const found = (wanted: (node: ts.Node) => boolean) => importsOf(tree, wanted).map((name) => resolved(path, name));
  return { path, text, tree, imports: found(() => true), loads: found((node) => !isOfTypes(node)) };
}

function resolved(path: string, name: string): string {
  return name.startsWith(".") ? normalize(join(dirname(path), name)) : name;
}

function importsOf(tree: ts.SourceFile, wanted: (node: ts.Node) => boolean): readonly string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const name = importedBy(node);
    if (name !== null && wanted(node)) found.push(name);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

function isOfTypes(node: ts.Node): boolean {
  if (ts.isImportDeclaration(node)) return node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
  return ts.isImportTypeNode(node) || (ts.isExportDeclaration(node) && node.isTypeOnly);
}

/** `import … from "x"`, `export … from "x"`, `import("x")`, as an expression and as a type. */
function importedBy(node: ts.Node): string | null {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return textOf(node.moduleSpecifier);
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? textOf(node.argument.literal) : null;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    return textOf(node.arguments[0]);
  return null;
}

function textOf(node: ts.Node | undefined): string | null {
  return node !== undefined && ts.isStringLiteral(node) ? node.text : null;
}

/** Every name that is read in a file, with what it is read from: `Date.now`, `process`, `Bun.stringWidth`. */
export function namesIn(tree: ts.SourceFile): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
      names.add(`${node.expression.text}.${node.name.text}`);
    }
    if (ts.isNewExpression(node) && ts.isIdentifier(node.expression)) names.add(`new ${node.expression.text}`);
    if (ts.isIdentifier(node) && !isOwnName(node)) names.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return names;
}

/** A name that is declared or is a member's, and so no name of something outside. */
function isOwnName(node: ts.Identifier): boolean {
  return "name" in node.parent && node.parent.name === node;
}
