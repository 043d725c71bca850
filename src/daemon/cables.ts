import { TarrError } from "../error.ts";
import type { LineSetting } from "../model/line.ts";
import { changeLine, formatLine, isNormal, normalLine } from "../model/line.ts";
import { providerTraits } from "../model/machine.ts";
import { interfaceName } from "../model/names.ts";
import type { Network } from "../model/network.ts";
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

/** The caller's port, if it has a cable of its own. @throws TarrError `port-unknown`, `denied-owner`, `port-hooked` */
export async function ownPort(service: Service, caller: Caller, what: { id: string; verb: string }) {
  const now = await wantedNow(service.world);
  const port = now.ports.find((one) => one.id === what.id);
  if (port === undefined) throw new TarrError("port-unknown", { port: what.id });
  requireOwner({ caller, policy: await service.policy() }, port, `port ${what.verb} ${port.id}`);
  if (providerTraits[port.kind].joins === "hook")
    throw new TarrError("port-hooked", { name: port.name, provider: "VMware" });
  return { port, now, network: findNetwork(now, port.network) };
}

/** Pulls the cable of a port or puts it back, and makes its line better or worse. */
export async function setPort(service: Service, caller: Caller, request: CableRequest): Promise<Port> {
  const { port, now, network } = await ownPort(service, caller, { id: request.id, verb: "set" });
  const line = changeLine(request.reset ? normalLine : (port.line ?? normalLine), request.settings);
  const pulled = request.up === null ? port.pulled === true : !request.up;
  const changed: Port = {
    ...plainPort(port),
    ...(pulled ? { pulled } : {}),
    ...(isNormal(line) ? {} : { line }),
  };
  // A machine that does not run has no interface yet on which the kernel could refuse.
  if (!isNormal(line) && !same(line, port.line)) await service.world.host.tryLine(trialPlace(network), line);
  await changePorts(
    service,
    now.ports,
    now.ports.map((one) => (one === port ? changed : one)),
  );
  const words = `${pulled ? "out" : "in"} ${formatLine(line) || "normal"}`;
  audit(caller, `port set ${port.id} ${port.name} on ${port.network} ${words}`, "done");
  return changed;
}

/** The far end of the switch's carrier: an interface of ours that nothing passes. */
function trialPlace({ switch: on }: Network) {
  return interfaceName(`carrier${on.slice("vswitch".length)}-peer`);
}
