import type { WirePort } from "../../api/types.ts";
import { TarrError } from "../../error.ts";
import { sayCode } from "../../messages/messages.ts";
import { meantBy, shownName } from "../../model/machine-names.ts";
import { printable } from "../../model/names.ts";
import { shellWord } from "../../model/shell-word.ts";
import type { Context, Run } from "../command.ts";
import { showCable } from "../cables.ts";
import { firstCards, ownMachines, shownAt } from "../own-machines.ts";
import { ambiguousError } from "../target.ts";
import { table } from "../render/table.ts";

export const list: Run = async (context) => {
  const { ports } = await context.call("ListPorts", {});
  if (context.json) {
    context.print(JSON.stringify({ ports }));
    return 0;
  }
  const heading = [
    "column-port",
    "column-name",
    "column-network",
    "column-address",
    "column-state",
    "column-owner",
    "column-kind",
    "column-interface",
  ] as const;
  const rows = ports.map((port) => [
    port.id,
    port.name,
    port.network,
    addressOf(port),
    port.cable === "out" ? context.say("cable-out") : sayCode(context.language, `state-${port.state}`),
    port.owner,
    port.kind,
    port.interface,
    port.mac,
    lineText(port),
  ]);
  const titles = [...heading.map((key) => context.say(key)), "MAC", context.say("column-line")];
  for (const line of table([titles, ...rows])) context.print(line);
  return 0;
};

export const show: Run = async (context) => {
  const port = await findPort(context);
  if (context.json) {
    context.print(JSON.stringify({ port }));
    return 0;
  }
  const rows = [
    [context.say("column-port"), port.id],
    [context.say("column-name"), port.fqdn],
    [context.say("column-network"), port.network],
    [context.say("column-address"), addressOf(port)],
    [context.say("column-state"), sayCode(context.language, `state-${port.state}`)],
    [context.say("column-owner"), port.owner],
    [context.say("column-kind"), port.kind],
    [context.say("column-interface"), port.interface],
    ["MAC", port.mac],
    [context.say("column-cable"), sayCode(context.language, `cable-${port.cable}`)],
    [context.say("column-line"), lineText(port) || context.say("line-normal")],
  ];
  for (const line of table(rows)) context.print(line);
  return 0;
};

export const down: Run = (context) => setCable(context, false);
export const up: Run = (context) => setCable(context, true);

async function setCable(context: Context, up: boolean): Promise<number> {
  const { id } = await findPort(context);
  const { port } = await context.call("SetPort", { id, up, reset: false, settings: [] });
  await showCable(port);
  const values = { name: shownAt(port, await ownMachines()), port: asTyped(context) };
  context.print(context.json ? JSON.stringify({ port }) : context.say(up ? "port-plugged" : "port-pulled", values));
  return 0;
}

/** `normal` first begins with a line as usual; what follows makes it worse. */
export const set: Run = async (context) => {
  const [first] = context.rest;
  if (first === undefined)
    throw new TarrError("usage-missing-argument", { argument: "KEY=VALUE", command: "port set" });
  const reset = first === "normal";
  const settings = (reset ? context.rest.slice(1) : context.rest).map(settingIn);
  const { id } = await findPort(context);
  const { port } = await context.call("SetPort", { id, up: null, reset, settings });
  const values = { name: shownAt(port, await ownMachines()), port: asTyped(context), line: lineText(port) };
  const words = port.line.length === 0 ? "port-line-normal" : "port-line";
  context.print(context.json ? JSON.stringify({ port }) : context.say(words, values));
  return 0;
};

/** What found the port finds it again: a name alone may be that of a port on each of two networks. */
function asTyped(context: Context): string {
  const network = context.option("network");
  const port = shellWord(context.argument("port"));
  return network === undefined ? port : `${port} --network ${shellWord(network)}`;
}

/** What its words are worth is for the service to say: one place knows the units. */
function settingIn(text: string) {
  const at = text.indexOf("=");
  if (at <= 0) throw new TarrError("line-syntax", { value: printable(text) });
  return { key: text.slice(0, at), value: text.slice(at + 1) };
}

/** A port by its number, or by its machine's name; the user's own before others' of that name. */
export async function findPort(context: Context): Promise<WirePort> {
  const text = context.argument("port");
  const network = context.option("network");
  const [{ ports }, all] = await Promise.all([context.call("ListPorts", {}), ownMachines()]);
  const there = ports.filter((port) => network === undefined || port.network === network);
  const numbered = there.find(({ id, fqdn }) => id === text || fqdn === text);
  if (numbered !== undefined) return numbered;
  const meant = meantBy(text, all);
  const cards = new Set(meant.flatMap(firstCards));
  // Without a machine that is called so: the second card of one, a machine of a hypervisor's own, somebody else's.
  const others = new Set(meant.length === 0 ? [] : all.flatMap(({ nics }) => nics.map(({ port }): string => port.id)));
  const found = there.filter(({ id, name }) => cards.has(id) || (name === text && !others.has(id)));
  const own = found.filter((port) => port.uid === process.getuid?.());
  const [port, ...more] = own.length > 0 ? own : found;
  if (port === undefined) throw new TarrError("port-unknown", { port: printable(text) });
  if (more.length === 0) return port;
  const machines = meant.filter((one) => firstCards(one).some((id) => own.some((other) => other.id === id)));
  if (machines.length > 1) {
    throw ambiguousError(
      text,
      machines.map((one) => shownName(one, all)),
    );
  }
  const list = [port, ...more].map(({ id, fqdn }) => `${id} (${fqdn})`).join(", ");
  throw new TarrError("port-ambiguous", { name: printable(text), ports: list, example: port.id });
}

function addressOf(port: WirePort): string {
  return port.address ?? (port.reserved === "" ? "" : `(${port.reserved})`);
}

export function lineText({ line }: Pick<WirePort, "line">): string {
  return line.map(({ key, value }) => `${key}=${value}`).join(" ");
}
