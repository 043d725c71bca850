import type { WirePort } from "../../api/types.ts";
import { TarrError } from "../../error.ts";
import { sayCode } from "../../messages/messages.ts";
import { printable } from "../../model/names.ts";
import type { Context, Run } from "../command.ts";
import { showCable } from "../cables.ts";
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
  const { name } = port;
  context.print(context.json ? JSON.stringify({ port }) : context.say(up ? "port-plugged" : "port-pulled", { name }));
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
  const values = { name: port.name, line: lineText(port) };
  const words = port.line.length === 0 ? "port-line-normal" : "port-line";
  context.print(context.json ? JSON.stringify({ port }) : context.say(words, values));
  return 0;
};

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
  const { ports } = await context.call("ListPorts", {});
  const named = ports.filter((port) => [port.id, port.name, port.fqdn].includes(text));
  const found = named.filter((port) => network === undefined || port.network === network);
  const own = found.filter((port) => port.uid === process.getuid?.());
  const [port, ...others] = own.length > 0 ? own : found;
  if (port === undefined) throw new TarrError("port-unknown", { port: printable(text) });
  const numbered = found.find((one) => one.id === text);
  if (numbered !== undefined || others.length === 0) return numbered ?? port;
  const all = [port, ...others].map(({ id, fqdn }) => `${id} (${fqdn})`).join(", ");
  throw new TarrError("port-ambiguous", { name: printable(text), ports: all, example: port.id });
}

function addressOf(port: WirePort): string {
  return port.address ?? (port.reserved === "" ? "" : `(${port.reserved})`);
}

export function lineText({ line }: Pick<WirePort, "line">): string {
  return line.map(({ key, value }) => `${key}=${value}`).join(" ");
}
