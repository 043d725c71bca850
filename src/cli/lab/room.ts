import { mostForeseen } from "../../api/types.ts";
import { TarrError } from "../../error.ts";
import type { Action } from "../../labs/plan.ts";
import { cardPath } from "../../labs/segments.ts";
import { listMachines } from "../../providers/records.ts";
import { traitsOf } from "../image-of.ts";
import { refuseOverDisk } from "../sizes.ts";
import type { Work } from "./furnish.ts";

/**
 * Machines of a lab that would be more than their user may have, all together: noted where the first of them stands, and
 * before the others are made.
 */
export async function noteOverQuota({ lab, source, context }: Work, actions: readonly Action[]): Promise<void> {
  const wanted = actions.flatMap((one) => (one.do === "create-machine" ? [one.machine] : []));
  const [first] = wanted;
  if (first === undefined) return;
  const quotas = await context.call("GetQuotas", {});
  await refuseOverDisk(quotas).catch((error: unknown) => {
    if (!(error instanceof TarrError)) throw error;
    source.note(["machines", first.name], { value: first.name, cause: error });
  });
  if (quotas.memory === null) return;
  const gone = new Set(actions.flatMap((one) => (one.do === "delete-machine" ? [one.as] : [])));
  const kept = (await listMachines()).filter(({ name }) => !gone.has(name));
  const used = kept.reduce((sum, one) => sum + one.memory, 0);
  const sizes = await Promise.all(wanted.map(async ({ image, memory }) => memory ?? (await traitsOf(image)).memory));
  const sums = sizes.map((_, index) => sizes.slice(0, index + 1).reduce((sum, one) => sum + one, used));
  const over = wanted[sums.findIndex((sum) => sum > (quotas.memory ?? sum))];
  if (over === undefined) return;
  const values = {
    lab: lab.name,
    used: String(used),
    needed: String(sizes.reduce((sum, one) => sum + one, 0)),
    quota: String(quotas.memory),
  };
  const path = ["machines", over.name, "memory"];
  source.note(source.has(path) ? path : ["machines", over.name], {
    ...{ value: over.name, cause: { code: "lab-memory-many", values } },
  });
}

/** More than the service looks at in one question: it would be refused there as a whole. @returns whether there is more */
export function noteTooLarge({ lab, source }: Pick<Work, "lab" | "source">): boolean {
  const network = lab.networks[mostForeseen.networks];
  if (network !== undefined) {
    const values = { count: String(lab.networks.length), most: String(mostForeseen.networks) };
    source.note(["networks", network.name], { value: network.name, cause: { code: "lab-networks-most", values } });
  }
  const cards = lab.machines.flatMap(({ name, nics }) => nics.map((_, index) => ({ name, index })));
  const card = cards[mostForeseen.ports];
  if (card !== undefined) {
    const values = { count: String(cards.length), most: String(mostForeseen.ports) };
    source.note(cardPath(source, card.name, card.index), {
      ...{ value: card.name, cause: { code: "lab-ports-most", values } },
    });
  }
  return network !== undefined || card !== undefined;
}
