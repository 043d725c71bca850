import { askAhead } from "../api/ahead.ts";

/**
 * What every command needs and nothing more: the rest is loaded while the service looks.
 *
 * @param typed the words behind the program's name. @returns the exit code
 */
export async function cli(typed: readonly string[], version: string): Promise<number> {
  if (typed[0] === "status") await askAhead("GetStatus");
  // Asked by shells at each press of the tab key, and typed by nobody: it is no command of the list that it completes.
  if (typed[0] === "complete" && typed[1] === "--") {
    return (await import("./completion/complete.ts")).complete(typed.slice(2));
  }
  const { run } = await import("./dispatch.ts");
  return run(typed, version);
}
