import { run } from "../host/command.ts";
import type { Policy } from "../model/policy.ts";

/** getent(1) takes a number for a uid or gid, not for a name that is made of digits. */
const isNumber = /^\d+$/;

/**
 * Users and groups that the policy names and that the user database does not know: a misspelt name shuts a class out, or
 * lets nobody administer.
 *
 * @returns as the configuration writes them: `alice`, `%domain users`
 */
export async function unknownGrantees({ use, administer }: Policy): Promise<readonly string[]> {
  const named = [...new Set([...use, ...administer])].filter((grantee) => grantee !== "*");
  const known = await Promise.all(named.map(isKnown));
  return named.filter((_, index) => known[index] === false);
}

/** A database that does not answer (a directory that is down) knows nobody, and says so in the same way: code 2. */
async function isKnown(grantee: string): Promise<boolean> {
  const [database, name] = grantee.startsWith("%") ? ["group", grantee.slice(1)] : ["passwd", grantee];
  if (isNumber.test(name)) return true;
  return (await run(["getent", database, name])).code !== 2;
}
