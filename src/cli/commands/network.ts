import type { WireNetwork } from "../../api/types.ts";
import { TarrError } from "../../error.ts";
import { firstNetwork } from "../../model/names.ts";
import { parseSetting } from "../../model/network.ts";
import { say, sayCode } from "../../messages/messages.ts";
import type { Context, Run } from "../command.ts";
import { table } from "../render/table.ts";
import { plan, printMoves, printSteps } from "./plan.ts";
import { pendingLines, reachWords, trialLines } from "../render/status.ts";

export const list: Run = async (context) => {
  const { networks } = await context.call("GetStatus", {});
  if (context.json) {
    context.print(JSON.stringify({ networks }));
    return 0;
  }
  const heading = [
    "column-name",
    "column-switch",
    "column-address",
    "column-state",
    "column-reach",
    "column-ports",
    "column-owner",
  ] as const;
  const rows = networks.map((network) => [
    network.name,
    network.switch,
    network.address,
    sayCode(context.language, `state-${network.state}`),
    network.reach,
    String(network.ports),
    network.owner ?? "–",
  ]);
  for (const line of table([heading.map((key) => context.say(key)), ...rows])) context.print(line);
  for (const line of networks.flatMap((network) => pendingLines(network, context))) context.print(line);
  return 0;
};

export const show: Run = async (context) => {
  const { networks } = await context.call("GetStatus", {});
  const network = pick(networks, nameOf(context));
  if (context.json) context.print(JSON.stringify(network));
  else printNetwork(network, context);
  return 0;
};

function printNetwork(network: WireNetwork, context: Context): void {
  const { language } = context;
  const { dhcp } = network;
  const rows = [
    [say(language, "column-name"), network.name],
    [say(language, "column-switch"), network.switch],
    [say(language, "column-state"), sayCode(language, `state-${network.state}`)],
    ["address", network.address],
    ["range", `${dhcp.first}-${dhcp.last}`],
    ["max", String(dhcp.max)],
    ["dhcp", dhcp.enabled ? "on" : "off"],
    ["domain", network.domain],
    ["reach", `${network.wanted} (${reachWords(network, context)})`],
    ["pool", network.pool ?? "none"],
    [say(language, "column-ports"), String(network.ports)],
    [say(language, "column-owner"), network.owner ?? "–"],
  ];
  for (const line of table(rows)) context.print(line);
  for (const line of pendingLines(network, context)) context.print(line);
}

export const set: Run = async (context) => {
  if (context.rest.length === 0) {
    throw new TarrError("usage-missing-argument", { argument: "KEY=VALUE", command: "network set" });
  }
  const settings = context.rest.map(parseSetting);
  const dryRun = context.flag("dry-run");
  const reply = await context.call("SetNetwork", {
    network: context.argument("network"),
    settings,
    apply: true,
    dryRun,
  });
  if (context.json) {
    const { steps, pending, trial, also, moved } = reply;
    context.print(JSON.stringify({ steps, pending, trial, also, moved }));
    return 0;
  }
  if (dryRun) printSteps(reply.steps, context);
  else context.print(context.say("applied", { count: String(reply.steps.length) }));
  for (const { key, before, after } of reply.also) context.print(context.say("also-changed", { key, before, after }));
  printMoves(reply.moved, context);
  for (const line of trialLines(reply.trial, context)) context.print(line);
  return 0;
};

export const reload: Run = async (context) => {
  if (context.flag("dry-run")) return plan(context);
  const { steps, trial, unknown, moved } = await context.call("Reload", {});
  if (context.json) {
    context.print(JSON.stringify({ steps, trial, unknown, moved }));
    return 0;
  }
  context.print(context.say(steps.length === 0 ? "plan-empty" : "applied", { count: String(steps.length) }));
  printMoves(moved, context);
  if (unknown.length > 0) context.print(context.say("check-grantees-bad", { names: unknown.join(", ") }));
  for (const line of trialLines(trial, context)) context.print(line);
  return 0;
};

export const start: Run = async (context) => {
  const network = nameOf(context);
  const { steps } = await context.call("StartNetwork", { network });
  return finish(context, { steps, text: context.say("network-started", { network }) });
};

export const stop: Run = async (context) => {
  const network = nameOf(context);
  const { steps } = await context.call("StopNetwork", { network });
  return finish(context, { steps, text: context.say("network-stopped", { network }) });
};

function finish(context: Context, result: { readonly steps: readonly object[]; readonly text: string }): number {
  context.print(context.json ? JSON.stringify({ steps: result.steps }) : result.text);
  return 0;
}

function nameOf(context: Context): string {
  return context.argument("network") || firstNetwork;
}

function pick(networks: readonly WireNetwork[], name: string): WireNetwork {
  const network = networks.find((one) => one.name === name);
  if (network !== undefined) return network;
  throw new TarrError("network-unknown", { network: name, known: networks.map((one) => one.name).join(", ") });
}
