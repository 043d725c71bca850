import { TarrError } from "../error.ts";
import type { Glance, Known } from "../plan/observed.ts";
import { mustRun } from "./command.ts";
import { withLines } from "./line/observe.ts";
import { withObstacles } from "./links/obstacles.ts";
import { parseLinks, withTapOwners } from "./links/observe.ts";
import { parseProxies, parseRoutes } from "./routes/observe.ts";

/** Three questions to one `ip`, which answers each with a line of JSON: a program less on the way of every command. */
const questions = "address show\nroute show table main\nneighbour show proxy\n";

export async function glance(): Promise<Glance> {
  const answers = mustRun(["ip", "-json", "-details", "-batch", "-"], { stdin: questions }).then((text) =>
    text.split("\n"),
  );
  const [links, routes, proxies] = await Promise.all([
    known(answers.then(([first = ""]) => withTapOwners(parseLinks(first)).then(withObstacles).then(withLines))),
    known(answers.then(([, second = ""]) => parseRoutes(second))),
    known(answers.then(([, , third = ""]) => parseProxies(third))),
  ]);
  return { links, routes, proxies };
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
