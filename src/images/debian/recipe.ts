import type { Recipe } from "../../model/recipe.ts";
import { contentsOf, passwordLine, placingLines } from "../shell.ts";
import { quoted } from "../../model/shell-word.ts";

/**
 * A recipe as files that the image's own shell runs in the image, once: a script, and the content of each file beside it.
 * Without a recipe the script does nothing.
 */
export function recipeFiles(recipe: Recipe | null): ReadonlyMap<string, string> {
  if (recipe === null) return new Map([["run", ""]]);
  const { users, files, commands } = recipe;
  const lines = [
    ...users.flatMap(({ name, password, sudo }) => [
      `useradd -m -s /bin/bash ${name}`,
      ...(sudo ? [`usermod -aG sudo ${name}`] : []),
      ...(password === null ? [] : [passwordLine(name, password)]),
    ]),
    ...placingLines(files),
    // mmdebstrap's way of saying an error, by which it is found in what was printed.
    ...commands.map((command) => `sh -euc ${quoted(command)} || { echo "E: "${quoted(command)}": $?"; exit 1; }`),
  ];
  return new Map([["run", ["set -eu", 'here="${0%/*}"', ...lines, ""].join("\n")], ...contentsOf(files)]);
}
