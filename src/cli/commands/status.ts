import type { WireNetwork } from "../../api/types.ts";
import { errorText, say, sayCode } from "../../messages/messages.ts";
import { isErrorCode } from "../../error.ts";
import type { Context, Run } from "../command.ts";
import type { MachineView } from "../machines.ts";
import { machineViews, shownAddress } from "../machines.ts";
import { table } from "../render/table.ts";

/** A picture of the user's lab: each network, what it is, and the machines on it. */
export const status: Run = async (context) => {
  const [reply, machines] = await Promise.all([context.call("GetStatus", {}), machineViews(context.call)]);
  const { version, networks, pending, problem } = reply;
  if (context.json) {
    context.print(JSON.stringify({ version, networks, machines, pending, problem }));
    return 0;
  }
  for (const network of networks) {
    const own = machines.filter((machine) => machine.nics.some((nic) => nic.network === network.name));
    for (const line of picture(network, own, context)) context.print(line);
  }
  if (problem !== null && isErrorCode(problem.code)) {
    const words = errorText({ code: problem.code, values: problem.values }, context.language);
    context.print(`! ${words.message}`);
    context.print(`  → ${words.hint}`);
  }
  return 0;
};

function picture(network: WireNetwork, machines: readonly MachineView[], context: Context): string[] {
  const { language } = context;
  const state = say(language, network.state === "up" ? "state-up" : "state-down");
  const reach = sayCode(language, `reach-${network.reach}`, { uplink: network.uplink ?? "–" });
  const dhcp = network.dhcp.enabled
    ? say(language, "status-dhcp", {
        first: network.dhcp.first,
        last: network.dhcp.last,
        max: String(network.dhcp.max),
      })
    : say(language, "status-no-dhcp");
  const others = network.ports - machines.length;
  const rows = machines.map((machine) => machineRow(machine, network, context));
  const lines = table(rows).map((line, index) => {
    const last = index === rows.length - 1 && others <= 0;
    return `${last ? "└─" : "├─"} ${line}`;
  });
  if (others > 0) lines.push(`└─ ${say(language, "status-others", { count: String(others) })}`);
  if (network.ports === 0) lines.push(`└─ ${say(language, "status-empty")}`);
  return [
    `${network.name} · ${network.switch} · ${network.address} · ${state} · ${reach} · ${dhcp}`,
    ...lines,
    ...pendingLines(network, context),
  ];
}

function machineRow(machine: MachineView, network: WireNetwork, context: Context): string[] {
  const nic = machine.nics.find((one) => one.network === network.name);
  const state = sayCode(context.language, `state-${machine.state}`);
  return [machine.name, shownAddress(machine, network.name), state, machine.provider, nic?.mac ?? ""];
}

/** What the document says and the switch does not do yet. */
export function pendingLines(network: WireNetwork, context: Context): string[] {
  if (network.changes.length === 0) return [];
  const changes = network.changes.map(({ key, value }) => `   ${key}: ${value}`);
  return [context.say("pending-title"), ...changes, `   ${context.say("pending-hint")}`];
}
