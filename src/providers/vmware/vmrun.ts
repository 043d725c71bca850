import { release } from "node:os";
import type { Argv, CommandOptions } from "../../host/command.ts";
import { run } from "../../host/command.ts";
import type { TarrError } from "../../error.ts";
import { providerProblem } from "../absent.ts";
import { headersPackage, kvmLoaded } from "./host.ts";
import type { Problem } from "./problems.ts";
import { failed, problemOf, withKvm } from "./problems.ts";

/** Which machine a program is run for: the holes of its sentences. */
export type Subject = { readonly name: string; readonly vmx: string };

/** vmrun waits for VMware's windows and processes; powering on a machine with much memory takes long. */
const patience = 180_000;

/** Runs one of VMware's programs. @returns what went wrong, or null */
export async function tryVmware(argv: Argv, options: CommandOptions = {}): Promise<Problem | null> {
  const result = await run(argv, { timeout: patience, ...options });
  return failed(result) ? problemOf(result.stdout + result.stderr) : null;
}

/** @throws TarrError `provider-problem` */
export async function mustVmware(argv: Argv, subject: Subject): Promise<void> {
  const problem = await tryVmware(argv);
  if (problem !== null) throw await problemError(problem, subject);
}

export async function problemError(found: Problem, subject: Subject): Promise<TarrError> {
  const { problem, said } = withKvm(found, await kvmLoaded());
  const headers = headersPackage(release());
  return providerProblem("vmware", problem, { ...subject, headers, said: said === "" ? "vmrun" : said });
}
