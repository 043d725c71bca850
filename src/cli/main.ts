import { askAhead } from "../api/ahead.ts";

/**
 * What every command needs and nothing more: the rest is loaded while the service looks.
 *
 * @param typed the words behind the program's name. @returns the exit code
 */
export async function cli(typed: readonly string[], version: string): Promise<number> {
  if (typed[0] === "status") await askAhead("GetStatus");
  const { run } = await import("./dispatch.ts");
  return run(typed, version);
}
