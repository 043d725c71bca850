import { TarrError } from "../error.ts";
import type { Line, LineSetting } from "../model/line.ts";
import { changeLine, formatLine, isNormal, normalLine } from "../model/line.ts";
import { providerTraits } from "../model/machine.ts";
import type { Network } from "../model/network.ts";
import { pairOf } from "../model/pairs.ts";
import type { Caller } from "../model/policy.ts";
import type { Port } from "../model/port.ts";
import { plainPort } from "../model/port.ts";
import { same } from "../plan/compare.ts";
import { requireOwner } from "./access.ts";
import { audit } from "./journal.ts";
import { changePorts } from "./ports.ts";
import type { Service } from "./service.ts";
import { findNetwork, wantedNow } from "./service.ts";

export type CableRequest = {
  readonly id: string;
  /** Whether its cable is in; null leaves it. */
  readonly up: boolean | null;
  /** Begins with a line that is as usual. */
  readonly reset: boolean;
  readonly settings: readonly LineSetting[];
};

/** The caller's port. @throws TarrError `port-unknown`, `denied-owner` */
export async function ownPort(service: Service, caller: Caller, what: { id: string; verb: string }) {
  const now = await wantedNow(service.world);
  const port = now.ports.find((one) => one.id === what.id);
  if (port === undefined) throw new TarrError("port-unknown", { port: what.id });
  requireOwner({ caller, policy: await service.policy() }, port, `port ${what.verb} ${port.id}`);
  return { port, now, network: findNetwork(now, port.network) };
}

/** Pulls the cable of a port or puts it back, and makes its line better or worse. */
export async function setPort(service: Service, caller: Caller, request: CableRequest): Promise<Port> {
  const { port, now, network } = await ownPort(service, caller, { id: request.id, verb: "set" });
  refuseShared(port, request.settings);
  const line = changeLine(request.reset ? normalLine : (port.line ?? normalLine), request.settings);
  const pulled = request.up === null ? port.pulled === true : !request.up;
  const changed: Port = {
    ...plainPort(port),
    ...(pulled ? { pulled } : {}),
    ...(isNormal(line) ? {} : { line }),
  };
  if (!isNormal(line) && !same(line, port.line)) await refuseImpossible(service, { port, network, line });
  await changePorts(
    service,
    now.ports,
    now.ports.map((one) => (one === port ? changed : one)),
  );
  const words = `${pulled ? "out" : "in"} ${formatLine(line) || "normal"}`;
  audit(caller, `port set ${port.id} ${port.name} on ${port.network} ${words}`, "done");
  return changed;
}

type Asked = { readonly port: Port; readonly network: Network; readonly line: Line };

/** @throws TarrError `line-unsupported` */
async function refuseImpossible(service: Service, { port, network, line }: Asked): Promise<void> {
  // A machine that does not run has no interface yet on which the kernel could refuse.
  if (providerTraits[port.kind].joins !== "hook") await service.world.host.tryLine(trialPlace(network), line);
}

/** Packet rules drop what is one machine's; nothing of the kernel's holds it back among others'. @throws TarrError `line-shared` */
function refuseShared(port: Port, settings: readonly LineSetting[]): void {
  const delays = settings.some(({ key, value }) => (key === "delay" || key === "jitter") && value !== "none");
  if (delays && providerTraits[port.kind].joins === "hook") throw new TarrError("line-shared", { name: port.name });
}

/** The far end of the switch's carrier: an interface of ours that nothing passes. */
function trialPlace({ switch: on }: Network) {
  return pairOf("carrier", on).peer;
}
