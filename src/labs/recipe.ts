import { basename } from "node:path";
import * as v from "valibot";
import { parseImageName } from "../model/names.ts";
import type { Recipe } from "../model/recipe.ts";
import type { ReadBeside } from "./parts.ts";
import { parseFile, shaped } from "./parts.ts";
import { at, readSource, wrongAt } from "./place.ts";
import { fileShape, keyed, memoryShape, packageShape, passwordShape } from "./shape.ts";

/** useradd(8): what Debian takes for a name. */
const userName = v.pipe(v.string(), v.regex(/^[a-z_][a-z0-9_-]{0,31}$/));

const recipeShape = v.strictObject({
  name: v.optional(v.string()),
  suite: v.picklist(["trixie", "bookworm"]),
  packages: v.optional(v.array(packageShape), []),
  users: v.optional(
    keyed(v.nullable(v.strictObject({ password: v.optional(passwordShape), sudo: v.optional(v.boolean(), false) }))),
    {},
  ),
  files: v.optional(keyed(fileShape), {}),
  commands: v.optional(v.array(v.pipe(v.string(), v.minLength(1))), []),
  memory: v.optional(memoryShape, 512),
});

/**
 * Parses a recipe, whole, before anything is done with it.
 *
 * @param taken names that images have which need no recipe
 * @throws TarrError `lab-syntax`, `lab-value`, with the file and the line
 */
export function parseRecipe(
  file: string,
  text: string,
  how: { readonly beside: ReadBeside; readonly taken: readonly string[] },
): Recipe {
  const source = readSource(file, text, "tarr-steps image build");
  const { name, suite, packages, users, files, commands, memory } = shaped(recipeShape, source);
  const called = name ?? basename(file).replace(/\.ya?ml$/, "");
  if (how.taken.includes(called)) throw wrongAt(source, ["name"], { value: called, expected: `my-${called}` });
  return {
    name: at(source, ["name"], () => parseImageName(called)),
    ...{ suite, packages, commands, memory },
    users: Object.entries(users).map(([user, part]) => {
      if (!v.is(userName, user)) throw wrongAt(source, ["users", user], { value: user, expected: "alice" });
      return { name: user, password: part?.password ?? null, sudo: part?.sudo ?? false };
    }),
    files: Object.entries(files).map(([path, part]) =>
      parseFile({ source, beside: how.beside }, ["files", path], part),
    ),
  };
}
