import { TarrError } from "../../error.ts";
import { harmless, printable } from "../../model/names.ts";
import { shellWord } from "../../model/shell-word.ts";
import { sayCode } from "../../messages/messages.ts";
import type { Owner, OwnedMachine } from "../as-owner.ts";
import { asOwner, findOwner, machinesOf, requireRoot, shownByOwner } from "../as-owner.ts";
import type { Context } from "../command.ts";
import { sizeColumns } from "../render/size.ts";
import { renderError } from "../render/error.ts";
import { table } from "../render/table.ts";

type Owned = { readonly owner: string; readonly machines: readonly OwnedMachine[] | null };

/** Everybody's machines, or one user's, for root. */
export async function listOwned(context: Context): Promise<number> {
  const user = context.option("owner");
  requireRoot(user === undefined ? "machine list --all" : `machine list --owner ${printable(user)}`);
  const owners = user === undefined ? await ownersOfPorts(context) : [await findOwner(user)];
  const all = await Promise.all(
    owners.map(async (owner): Promise<Owned> => ({ owner: owner.name, machines: await machinesOf(owner) })),
  );
  if (context.json) {
    const machines = all.flatMap(({ owner, machines: own }) => (own ?? []).map((one) => ({ ...one, owner })));
    context.print(JSON.stringify({ machines }));
    return 0;
  }
  const columns = ["owner", "name", "state", "address", "provider", "memory", "disk"] as const;
  const rows = all.flatMap(({ owner, machines }) =>
    shownByOwner(machines ?? []).map((one) => rowOf(owner, one, context)),
  );
  if (rows.length === 0) context.print(context.say("no-machines-of-others"));
  else for (const line of table([columns.map((key) => context.say(`column-${key}`)), ...rows])) context.print(line);
  for (const { owner } of all.filter(({ machines }) => machines === null)) {
    context.note(context.say("machines-unread", { user: owner }));
  }
  return 0;
}

function rowOf(owner: string, one: OwnedMachine, context: Context): string[] {
  const state = sayCode(context.language, `state-${one.state}`);
  return [owner, one.name, state, one.nics[0]?.address ?? "", one.provider, ...sizeColumns(one, context)];
}

/** Whatever others are called. */
function nativeName({ provider, name }: OwnedMachine): string {
  return `${provider}:${name}`;
}

/** A user who has machines has ports. */
async function ownersOfPorts(context: Context): Promise<readonly Owner[]> {
  const { ports } = await context.call("ListPorts", {});
  const names = [...new Set(ports.filter(({ uid }) => uid !== 0).map(({ owner }) => owner))].sort();
  const found = await Promise.all(names.map((name) => findOwner(name).catch(() => null)));
  return found.filter((owner) => owner !== null);
}

/** Null where they could not be read: that none runs must not be said then. */
async function runningOf(owner: Owner): Promise<readonly string[] | null> {
  const machines = await machinesOf(owner);
  return machines === null ? null : machines.filter(({ state }) => state !== "stopped").map(nativeName);
}

/** Stops a user's machines, those that are named or all that run, for root. */
export async function stopOwned(user: string, names: readonly string[], context: Context): Promise<number> {
  requireRoot(["machine stop --owner", printable(user), ...names.map(printable)].join(" "));
  const owner = await findOwner(user);
  const wanted = names.length > 0 ? names : await runningOf(owner);
  if (wanted === null) {
    context.note(context.say("machines-unread", { user: owner.name }));
    return 1;
  }
  if (wanted.length === 0) context.note(context.say("no-machines-of-others"));
  const words = ["machine", "stop", ...(context.flag("hard") ? ["--hard"] : [])];
  let worst = 0;
  for (const name of wanted) {
    if (names.length > 0 && !(await hasMachine(owner, name))) {
      const error = new TarrError("owner-machine-unknown", { user: shellWord(owner.name), name: printable(name) });
      const { text, exit } = await renderError(error, { language: context.language, json: false });
      context.note(text);
      worst = Math.max(worst, exit);
      continue;
    }
    const { code, stdout, stderr } = await asOwner(owner, [...words, "--", name], context.language);
    for (const line of `${stderr}${stdout}`.split("\n").filter((one) => one !== "")) context.note(harmless(line));
    worst = Math.max(worst, code);
  }
  return worst;
}

/** Their own command would say that to them: “you have no machine”. Whatever else is wrong, it says in their words. */
async function hasMachine(owner: Owner, name: string): Promise<boolean> {
  const { code, stderr } = await asOwner(owner, ["machine", "show", "--json", "--", name]);
  return code === 0 || !stderr.includes('"code":"machine-unknown"');
}
