import { basename } from "node:path";
import * as v from "valibot";
import { TarrError } from "../error.ts";
import { parseImageName } from "../model/names.ts";
import type { Recipe } from "../model/recipe.ts";
import type { ReadBeside } from "./parts.ts";
import { nameFrom } from "./names.ts";
import { parseFile } from "./parts.ts";
import type { Source } from "./place.ts";
import { at, readSource } from "./place.ts";
import { soundPart } from "./sound.ts";
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

/** A recipe, and where in its file everything stands: for what shows only when it is built. */
export type PlacedRecipe = { readonly recipe: Recipe; readonly source: Source };

/**
 * Parses a recipe, whole, before anything is done with it, and tells all that is wrong with it at once.
 *
 * @param taken names that images have which need no recipe
 * @throws TarrError, FaultyFile with the lines, what stands there and what is wrong with it
 */
export function parseRecipe(
  file: string,
  text: string,
  how: { readonly beside: ReadBeside; readonly taken: readonly string[] },
): PlacedRecipe {
  const source = readSource(file, text, "tarr-steps image build");
  const part = soundPart(recipeShape, source) ?? {};
  const said = part.name ?? nameFrom(basename(file).replace(/\.ya?ml$/i, ""));
  if (how.taken.includes(said)) source.note(["name"], { value: said, expected: `my-${said}` });
  const name = at({ source }, ["name"], () => parseImageName(said));
  const users = Object.entries(part.users ?? {}).map(([user, one]) => {
    if (!v.is(userName, user)) source.note(["users", user], { value: user, expected: "alice" });
    return { name: user, password: one?.password ?? null, sudo: one?.sudo ?? false };
  });
  const files = Object.entries(part.files ?? {}).flatMap(([path, one]) => {
    const found = one === undefined ? null : parseFile({ source, beside: how.beside }, ["files", path], one);
    return found === null ? [] : [found];
  });
  source.refuse();
  const { suite, memory = 512 } = part;
  if (suite === undefined || name === null) throw new TarrError("bug", { reason: "a recipe without faults and name" });
  const [packages, commands] = [part.packages ?? [], part.commands ?? []].map((list) =>
    list.filter((one) => one !== undefined),
  );
  const recipe = { name, suite, packages: packages ?? [], commands: commands ?? [], memory, users, files };
  return { recipe, source };
}
