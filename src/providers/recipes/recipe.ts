/** A recipe as data, and how it is printed. What is typed is the same in every language: only the words differ. */

export type RecipeLanguage = "en" | "fr";

/** What fills a recipe: the names that hold on this host. */
export type RecipeNames = {
  readonly network: string;
  readonly switch: string;
  /** The switch's own, with its prefix: `192.168.194.1/24`. */
  readonly address: string;
  readonly domain: string;
  /** The interface of a port, or `tap0`. */
  readonly tap: string;
  /** The port's MAC; null: whatever the program gives. */
  readonly mac: string | null;
  readonly user: string;
  /** The number of the vmnet that is bridged to the switch; null: none is yet. */
  readonly vmnet: number | null;
};

export type RecipeWords = Readonly<Record<RecipeLanguage, string>>;

export type RecipeStep = {
  readonly who: "user" | "administrator";
  readonly words: RecipeWords;
  /** Lines to type or to write, ready to be copied. */
  readonly code?: string;
};

export type Recipe = {
  readonly title: RecipeWords;
  readonly steps: readonly RecipeStep[];
  /** How to see that it works. */
  readonly checks: readonly RecipeStep[];
  readonly traps: readonly RecipeWords[];
};

const labels = {
  en: {
    user: "you",
    administrator: "an administrator",
    checks: "How to see that it works",
    traps: "What goes wrong",
    bullet: "-",
  },
  fr: {
    user: "vous",
    administrator: "un administrateur",
    checks: "Comment voir que cela marche",
    traps: "En cas de problème",
    bullet: "-",
  },
} as const;

const width = 100;

/**
 * What is typed starts at the margin, so that it can be copied as it is: a shell wants the end of a here-document there.
 */
export function printRecipe(recipe: Recipe, language: RecipeLanguage): string {
  const label = labels[language];
  const step = (one: RecipeStep, mark: string): string => {
    const words = wrap(`${mark} (${label[one.who]}) ${one.words[language]}`, " ".repeat(mark.length + 1));
    return one.code === undefined ? words : `${words}\n\n${one.code}`;
  };
  return [
    recipe.title[language],
    ...recipe.steps.map((one, index) => step(one, `${index + 1}.`)),
    label.checks,
    ...recipe.checks.map((one) => step(one, label.bullet)),
    ...(recipe.traps.length === 0 ? [] : [label.traps]),
    ...recipe.traps.map((words) => wrap(`${label.bullet} ${words[language]}`, "  ")),
  ].join("\n\n");
}

export function lines(...all: readonly string[]): string {
  return all.join("\n");
}

/** A no-break space keeps the signs of French where they belong. */
function wrap(text: string, hang: string): string {
  const done: string[] = [];
  let line = "";
  for (const word of text
    .replaceAll(/ ([:;?!»])/g, "\u00a0$1")
    .replaceAll("« ", "«\u00a0")
    .split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      done.push(line);
      line = `${hang}${word}`;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...done, line].join("\n").replaceAll("\u00a0", " ");
}
