import type { Reply } from "../../api/types.ts";
import type { Context } from "../command.ts";

/** What changes networks; the service refuses it to whoever may not administer them, but for networks of their own. */
const administrative = /\btarr-steps (?:network (?:set|start|stop|reload)|confirm)\b/;
const alreadySaid = /administrat/i;

/** Who reads: a hint is to work for them as it stands. */
export type Reader = { readonly mayAdminister: boolean; readonly ownNetworks: ReadonlySet<string> };

/** What was asked already. */
type Known = { readonly status?: Reply<"GetStatus">; readonly rights?: Promise<Reply<"GetRights">> };

/** A service of before this version does not tell; then nobody is held to be a student. */
export async function readerOf({ call }: Pick<Context, "call">, known: Known = {}): Promise<Reader> {
  try {
    const [{ mayAdminister }, { networks }] = await Promise.all([
      known.rights ?? call("GetRights", {}),
      known.status ?? call("GetStatus", {}),
    ]);
    const own = networks.filter(({ uid }) => uid !== null && uid === process.getuid?.());
    return { mayAdminister, ownNetworks: new Set(own.map(({ name }) => name)) };
  } catch {
    return { mayAdminister: true, ownNetworks: new Set() };
  }
}

/** The hint of an error as whoever typed the command can follow it. The service is asked only where that matters. */
export async function hintHere(
  told: { readonly hint: string; readonly network: string | undefined },
  context: Pick<Context, "call" | "say">,
): Promise<string> {
  return administrative.test(told.hint) ? hintFor(await readerOf(context), told, context) : told.hint;
}

/** The hint as this reader can follow it: what only administrators may is to be asked of one. */
export function hintFor(
  reader: Reader,
  { hint, network }: { readonly hint: string; readonly network: string | undefined },
  { say }: Pick<Context, "say">,
): string {
  const isOwn = network !== undefined && reader.ownNetworks.has(network);
  if (reader.mayAdminister || isOwn || !administrative.test(hint) || alreadySaid.test(hint)) return hint;
  // A command keeps its letters; a sentence goes on.
  const goesOn = /^\p{Lu}\p{Ll}/u.test(hint) ? hint.charAt(0).toLowerCase() + hint.slice(1) : hint;
  return say("ask-administrator", { hint: goesOn });
}
