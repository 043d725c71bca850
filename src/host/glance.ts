import { TarrError } from "../error.ts";
import type { Glance, Known } from "../plan/observed.ts";
import { mustRun } from "./command.ts";
import { parseLinks, withTapOwners } from "./links/observe.ts";
import { parseRoutes } from "./routes/observe.ts";

/** Two questions to one `ip`, which answers each with a line of JSON: a program less on the way of every command. */
const questions = "address show\nroute show table main\n";

export async function glance(): Promise<Glance> {
  const answers = mustRun(["ip", "-json", "-details", "-batch", "-"], { stdin: questions }).then((text) =>
    text.split("\n"),
  );
  const [links, routes] = await Promise.all([
    known(answers.then(([first = ""]) => withTapOwners(parseLinks(first)))),
    known(answers.then(([, second = ""]) => parseRoutes(second))),
  ]);
  return { links, routes };
}

/** What could not be observed is unknown, with the reason, and is nobody's failure yet. */
export async function known<T>(observation: Promise<T>): Promise<Known<T>> {
  try {
    return { known: true, value: await observation };
  } catch (error) {
    return {
      known: false,
      reason: error instanceof TarrError ? (error.values["said"] ?? error.message) : String(error),
    };
  }
}
