import type { Parameters, WireRefusal } from "../../api/types.ts";
import type { ErrorCode } from "../../error.ts";
import { isErrorCode, TarrError } from "../../error.ts";
import type { Lab, LabMachine } from "../../labs/lab.ts";
import type { Path, Source } from "../../labs/place.ts";
import type { Action, Present } from "../../labs/plan.ts";
import { findForeign } from "../../labs/plan.ts";
import { cardPath, hostPath } from "../../labs/segments.ts";
import type { NetworkName } from "../../model/names.ts";
import { readMachine } from "../../providers/records.ts";
import type { Context } from "../command.ts";
import { refuseUnknownImage } from "../commands/image.ts";
import { providerFor } from "../image-of.ts";
import { noteForeign } from "./foreign.ts";
import type { Work } from "./furnish.ts";
import { macOfCard } from "./furnish.ts";
import { noteOverQuota, noteTooLarge } from "./room.ts";

/** Images that are neither here nor can be built: noted at their places in the file. */
export async function noteUnknownImages({ lab, source }: Pick<Work, "lab" | "source">): Promise<void> {
  for (const { name, image } of lab.machines) {
    await refuseUnknownImage(image).catch((error: unknown) => {
      if (!(error instanceof TarrError)) throw error;
      source.note(["machines", name, "image"], { value: image, cause: error });
    });
  }
}

/** Hypervisors that are not here, or do not work: noted where a machine is to be one's. */
export async function noteMissingProviders({ lab, source }: Pick<Work, "lab" | "source">): Promise<void> {
  const asked = new Map<string, TarrError | null>();
  for (const { name, image, provider } of lab.machines) {
    const key = `${image} ${provider ?? ""}`;
    const before = asked.get(key);
    // Of those that are anybody's, one is enough.
    if (provider === null && before !== undefined) continue;
    const error = before === undefined ? await refusalOf(image, provider) : before;
    asked.set(key, error);
    if (error === null) continue;
    const path = ["machines", name, "provider"];
    source.note(provider === null ? ["machines", name] : path, { value: provider ?? name, cause: error });
  }
}

async function refusalOf(image: string, provider: LabMachine["provider"]): Promise<TarrError | null> {
  try {
    await providerFor(image, provider);
    return null;
  } catch (error) {
    if (error instanceof TarrError) return error;
    throw error;
  }
}

/**
 * What stands in the way of a lab on this computer as it is now, found out before anything is done: what is there and is
 * not the lab's, and all that the service would refuse. Noted at its places in the file.
 */
export async function noteRefusals(work: Work, actions: readonly Action[], present: Present): Promise<void> {
  const foreign = findForeign(work.lab, work.record.made(), present);
  await noteForeign(work, foreign);
  await noteOverQuota(work, actions);
  if (noteTooLarge(work)) return;
  const asked = await requestOf(work, soundActions(work, actions), foreign);
  const { deletedNetworks, networks, ports } = asked.request;
  if (deletedNetworks.length + networks.length + ports.length === 0) return;
  const { refusals } = await work.context.call("Foresee", asked.request);
  // What the file alone is wrong with is not told a second time.
  const fresh = refusals.filter((one) => !work.source.isLost(placeOf(work.source, one, asked).path));
  for (const one of fresh) noteRefusal(work, one, asked);
}

/**
 * Of a file with faults what is asked of the service all the same: nothing that would follow from what could not be read, as
 * a network which seems to be no longer wanted.
 */
function soundActions({ source }: Work, actions: readonly Action[]): readonly Action[] {
  if (!source.isWrong()) return actions;
  const isUnsure = (network: string) =>
    source.isFaulty(["networks", network]) ||
    actions.some((one) => one.do === "delete-network" && one.name === network);
  return actions.flatMap((one): readonly Action[] => {
    if (one.do === "delete-network") return [];
    if (one.do === "create-network") return isUnsure(one.name) ? [] : [one];
    if (one.do !== "create-machine") return [one];
    const nics = one.machine.nics.filter(({ network }) => !isUnsure(network));
    return [{ ...one, machine: { ...one.machine, nics } }];
  });
}

type Asked = {
  readonly request: Parameters<"Foresee">;
  /** The card of the file that each port of the request is for. */
  readonly cards: readonly { readonly machine: string; readonly index: number }[];
};

async function requestOf(
  { lab, context }: Work,
  actions: readonly Action[],
  foreign: readonly NetworkName[],
): Promise<Asked> {
  const deleted = actions.flatMap((one) => (one.do === "delete-machine" ? [one.as] : []));
  const machines = actions.flatMap((one) => (one.do === "create-machine" ? [one.machine] : []));
  const { computer } = await context.call("GetStatus", {});
  const cards = await Promise.all(machines.map((machine) => cardsOf(lab.name, machine, computer)));
  const wanted = cards.flat().filter(({ port }) => !foreign.includes(port.network));
  const records = await Promise.all(deleted.map((name) => readMachine(name)));
  return {
    request: {
      deletedNetworks: actions.flatMap((one) => (one.do === "delete-network" ? [one.name] : [])),
      deletedPorts: records.flatMap(({ nics }) => nics.map(({ port }) => port.id)),
      networks: actions.flatMap((one) => {
        if (one.do !== "create-network") return [];
        const { name, subnet, settings } = one.network;
        return [{ network: name, subnet, settings: [...settings] }];
      }),
      ports: wanted.map(({ port }) => port),
    },
    cards: wanted,
  };
}

/** Where another machine answers to its name, it takes any that is free: @see build */
async function cardsOf(lab: Lab["name"], { name, image, provider, nics }: LabMachine, computer: string) {
  const kind = await providerFor(image, provider).then(
    ({ features }) => features.name,
    () => provider ?? "qemu",
  );
  return nics.map(({ network, host }, index) => {
    const mac = macOfCard({ lab, machine: name, index }, kind, computer);
    return { machine: name, index, port: { network, name: null, kind, host, mac } };
  });
}

/** Nobody chose a MAC: it is made of the names of lab and machine. */
const ofMacs: Readonly<Record<string, ErrorCode>> = {
  ...{ "mac-taken": "lab-mac-taken", "mac-elsewhere": "lab-mac-elsewhere" },
};

function noteRefusal({ source, lab }: Work, refusal: WireRefusal, asked: Asked): void {
  const { values } = refusal;
  const code = ofMacs[refusal.code] ?? refusal.code;
  // Of a service that is newer than this program.
  if (!isErrorCode(code)) throw new TarrError("service-unreachable", { reason: code });
  const { path, value } = placeOf(source, refusal, asked);
  source.note(path, { value: values["value"] ?? value, cause: { code, values: { ...values, lab: lab.name } } });
}

type Spot = { readonly path: Path; readonly value: string };

function placeOf(source: Source, refusal: WireRefusal, asked: Asked): Spot {
  const { request } = asked;
  switch (refusal.of) {
    case "port":
      return placeOfCard(source, refusal, asked);
    case "network":
      return placeOfNetwork(source, refusal, request.networks[refusal.index]?.network ?? "");
    case "deletion": {
      const name = request.deletedNetworks[refusal.index] ?? "";
      const path = ["networks", name];
      return { path: source.has(path) ? path : ["networks"], value: name };
    }
  }
}

function placeOfCard(source: Source, { code, values, index }: WireRefusal, { cards }: Asked): Spot {
  const { machine = "", index: card = 0 } = cards[index] ?? {};
  if (code.startsWith("host-")) return { path: hostPath(source, machine, card), value: values["address"] ?? "" };
  return { path: cardPath(source, machine, card), value: machine };
}

const ofSubnet = /^(?:subnet|address|prefix)-|^denied-subnet$|^network-clash$/;

function placeOfNetwork(source: Source, { code, values }: WireRefusal, name: string): Spot {
  const path = ["networks", name];
  const keys = ofSubnet.test(code) ? ["subnet", "address"] : [values["setting"] ?? values["key"] ?? ""];
  const key = keys.find((one) => source.has([...path, one]));
  return { path: key === undefined ? path : [...path, key], value: name };
}

/** Whether the service is there to be asked. */
export async function isAnswering(context: Context): Promise<boolean> {
  try {
    await context.call("ListNetworks", {});
    return true;
  } catch (error) {
    if (error instanceof TarrError && error.code === "service-unreachable") return false;
    throw error;
  }
}
