import * as v from "valibot";
import { linesInBlock, renderBlock } from "./block.ts";
import type { InterfaceName } from "./names.ts";
import { isInterfaceName } from "./names.ts";

/**
 * Which users may plug containers into which switch by themselves. Written by the service, read by a program with
 * root's rights, which takes nothing in it for more than numbers and the names of interfaces.
 */
const usernetShape = v.object({
  users: v.array(
    v.object({
      uid: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(0xffff_fffe)),
      switch: v.pipe(v.string(), v.guard(isInterfaceName)),
      count: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1024)),
    }),
  ),
});
export type Usernet = v.InferOutput<typeof usernetShape>;

/** A line of lxc-usernet(5), with the login that the user database has for the uid. */
export type UsernetLine = { readonly login: string; readonly switch: InterfaceName; readonly count: number };

/** @returns null for what is not such a text */
export function parseUsernet(text: string): Usernet | null {
  try {
    const parsed = v.safeParse(usernetShape, JSON.parse(text));
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}

/** lxc-user-nic(1) parts a line at blanks, takes `@` for a group and `#` for a comment. */
export function isUsernetLogin(text: string): boolean {
  return /^[^\s@#:][^\s:#]{0,97}$/.test(text);
}

const block = {
  begin: "# tarr-steps: who may plug containers in. Made by the service; lines between these two are lost.",
  ours: /^\S+ veth vswitch\d+ \d+$/,
};

/**
 * /etc/lxc/lxc-usernet (lxc-usernet(5)) with our block renewed, or without it; all else stays as it is.
 *
 * @param isWhole false when somebody has no name just now (a directory of users that is not up yet, after a boot): then
 *   nobody loses a line, since who has which is not known
 */
export function renderUsernet(text: string, lines: readonly UsernetLine[], isWhole = true): string {
  const own = lines.map(({ login, switch: on, count }) => `${login} veth ${on} ${count}`);
  const isRenewed = (line: string) => lines.some(({ login, switch: on }) => line.startsWith(`${login} veth ${on} `));
  const before = isWhole ? [] : linesInBlock(text, block).filter((line) => !isRenewed(line));
  return renderBlock(text, block, [...own, ...before]);
}
