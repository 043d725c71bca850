import type { Reply, WireFinding, WireNetwork, WireTrial } from "../../api/types.ts";
import { isErrorCode } from "../../error.ts";
import { errorText, say, sayCode } from "../../messages/messages.ts";
import { firstNetwork, harmless } from "../../model/names.ts";
import type { Context } from "../command.ts";
import type { MachineView } from "../machine-view.ts";
import { commandForPort, nicAddress, shownNames, stateWords } from "../machine-view.ts";
import { displayWidth } from "../../runtime/text.ts";
import type { Paint } from "./table.ts";
import { table } from "./table.ts";
import { columns } from "./wrap.ts";

type Status = Reply<"GetStatus">;

/** A hint about a network, as whoever reads can follow it. */
export type Advise = (network: string, hint: string) => string;

/** How it is drawn: `paint` gives a state its colour where there are colours. */
type Drawing = {
  readonly context: Context;
  readonly paint: (state: string, word: string) => string;
  readonly advise?: Advise;
};

type Shown = MachineView & { readonly shown: string };

/** A picture of the user's lab: each network, what it is, and the machines on it. Only `paint` puts escapes into it. */
export function pictureOf(status: Status, views: readonly MachineView[], how: Drawing): readonly string[] {
  const { context } = how;
  const nameOf = shownNames(views);
  const machines = views.map((one): Shown => ({ ...one, shown: harmless(nameOf(one)) }));
  const { networks, problem, trial, undone } = status;
  const pictures = networks.map((network) => ({ network, own: machinesOn(network, machines) }));
  const shown = pictures.filter(({ network, own }) => own.length > 0 || isOwn(network));
  const others = pictures.length - shown.length;
  return [
    ...shown.flatMap(({ network, own }) => picture(network, own, how)),
    ...(others > 0 ? [context.say("status-other-networks", { count: String(others) })] : []),
    ...withoutNetwork(status, machines, context).map(harmless),
    ...trialLines(trial, context).map(harmless),
    ...[problem, undone].flatMap((finding) => findingLines(finding, context).map(harmless)),
  ];
}

/** Machines of a network that was deleted, or went with the package: no picture has them. */
function withoutNetwork({ networks }: Status, machines: readonly Shown[], context: Context): readonly string[] {
  return machines.flatMap(({ shown: name, nics }) =>
    nics
      .filter((nic) => !networks.some((one) => one.name === nic.network))
      .flatMap(({ network }) => [
        `! ${context.say("status-network-gone", { name, network })}`,
        `  → tarr-steps network create ${network}`,
      ]),
  );
}

function findingLines(finding: WireFinding | null, { language }: Context): readonly string[] {
  if (finding === null || !isErrorCode(finding.code)) return [];
  const { message, hint } = errorText({ code: finding.code, values: finding.values }, language);
  return [`! ${message}`, `  → ${hint}`];
}

function machinesOn(network: WireNetwork, machines: readonly Shown[]): readonly Shown[] {
  return machines.filter((machine) => machine.nics.some((nic) => nic.network === network.name));
}

/** Everybody's, or the user's own. */
function isOwn({ uid }: WireNetwork): boolean {
  return uid === null || uid === process.getuid?.();
}

/** What must be confirmed, and until when. */
export function trialLines(trial: WireTrial | null, context: Context): string[] {
  if (trial === null) return [];
  const { network, reach, uplink, left } = trial;
  const values = { network, reach, uplink: uplink ?? "–", seconds: String(left) };
  return [`! ${context.say("trial", values)}`, `  → ${context.say("trial-hint")}`];
}

function picture(network: WireNetwork, machines: readonly Shown[], how: Drawing): string[] {
  const { context } = how;
  const { language } = context;
  const state = how.paint(network.state, say(language, network.state === "up" ? "state-up" : "state-down"));
  const reach = sayCode(language, `reach-${network.reach}`, { uplink: network.uplink ?? "–" });
  const why = network.why === "asked" ? [] : [sayCode(language, `why-${network.why}`)];
  const dhcp = network.dhcp.enabled
    ? say(language, "status-dhcp", {
        first: network.dhcp.first,
        last: network.dhcp.last,
        max: String(network.dhcp.max),
      })
    : say(language, "status-no-dhcp");
  const rows = machines.flatMap((machine) => rowsOn(network, machine, context));
  const held = machines.flatMap((machine) => machine.nics).filter((nic) => nic.network === network.name && !nic.lost);
  const others = network.ports - held.length;
  const paintRow: Paint = (cell, { row, column }) => (column === 2 ? how.paint(rows[row]?.state ?? "", cell) : cell);
  const lines = table(
    rows.map(({ cells }) => cells),
    paintRow,
  ).map((line, index) => {
    const last = index === rows.length - 1 && others <= 0;
    return `${last ? "└─" : "├─"} ${line}`;
  });
  if (others > 0) lines.push(`└─ ${say(language, "status-others", { count: String(others) })}`);
  const on = network.name === firstNetwork ? "" : `--network ${network.name} `;
  if (network.ports === 0 && rows.length === 0) lines.push(`└─ ${say(language, "status-empty", { on })}`);
  const owner = network.owner === null ? [] : [say(language, "status-owner", { owner: network.owner })];
  return [
    ...folded([...[network.name, network.switch, network.address].map(harmless), state, harmless(reach)]),
    ...folded([dhcp, ...owner, ...why].map(harmless)).map((line) => `│  ${line}`),
    ...lines,
    ...[
      ...network.rivals.map(({ address, mac }) => `! ${say(language, "status-rival", { address, mac })}`),
      ...clashLines(network, context, how.advise),
      ...pendingLines(network, context),
    ].map(harmless),
  ];
}

/** As many on a line as a terminal shows. */
function folded(parts: readonly string[]): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const longer = [...lines.slice(-1), part].join(" · ");
    if (lines.length > 0 && displayWidth(longer) <= columns - 3) lines.splice(-1, 1, longer);
    else lines.push(lines.length === 0 ? part : `   ${part}`);
  }
  return lines;
}

/** Another way to the network's subnet, and where the network could go. */
export function clashLines(
  { name, address, clash }: WireNetwork,
  { say: tell }: Context,
  advise: Advise = (_, hint) => hint,
): string[] {
  if (clash === null) return [];
  const { subnet, interface: by, proposed } = clash;
  const told = `! ${tell("status-clash", { address, subnet, interface: by })}`;
  if (proposed === null) return [told];
  return [told, `  → ${advise(name, tell("status-clash-hint", { network: name, proposed }))}`];
}

/** How far a network reaches, and, where that was left to us, why. */
export function reachWords(network: WireNetwork, { language }: Context): string {
  const reach = sayCode(language, `reach-${network.reach}`, { uplink: network.uplink ?? "–" });
  return network.why === "asked" ? reach : `${reach} (${sayCode(language, `why-${network.why}`)})`;
}

type Row = { readonly state: string; readonly cells: readonly string[] };

function rowsOn(network: WireNetwork, machine: Shown, context: Context): readonly Row[] {
  const state = stateWords(machine, context.language);
  return machine.nics
    .filter((nic) => nic.network === network.name)
    .map((nic) => {
      const cable = nic.cable === "out" ? context.say("status-cable-out") : "";
      const port = nic.lost ? context.say("port-lost", { command: commandForPort(machine, machine.shown) }) : cable;
      const cells = [machine.shown, nicAddress(nic), state, machine.provider, nic.mac, port, nic.line];
      return { state: machine.state, cells };
    });
}

/** What the document says and the switch does not do yet. */
export function pendingLines(network: WireNetwork, context: Context): string[] {
  if (network.changes.length === 0) return [];
  const changes = network.changes.map(({ key, value }) => `   ${key}: ${value}`);
  return [context.say("pending-title"), ...changes, `   ${context.say("pending-hint")}`];
}
