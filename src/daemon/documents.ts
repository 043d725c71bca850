import { TarrError } from "../error.ts";
import { writeWhole } from "../host/files.ts";
import type { Cidr } from "../model/address.ts";
import { fromNumber, subnetBase, toNumber } from "../model/address.ts";
import type { Document } from "../model/document.ts";
import { firstAddress, firstDocument, parseDocument } from "../model/document.ts";
import type { Network } from "../model/network.ts";
import { sameNetwork } from "../model/network.ts";
import type { Policy } from "../model/policy.ts";
import { defaultPolicy } from "../model/policy.ts";
import { subnetClash, takenSubnets } from "../plan/desired.ts";
import type { Glance } from "../plan/observed.ts";
import { observedLinks } from "../plan/observed.ts";
import { parseOnce } from "./parsed.ts";
import type { Folders } from "./state.ts";
import { readText } from "./state.ts";

/** The document as it stands on disk, read anew each time: the administrator edits it with an editor too. */
export async function readDocument(folders: Folders): Promise<{ text: string; document: Document }> {
  const text = await readText(folders.document);
  if (text === null) throw new TarrError("document-unreadable", { path: folders.document });
  return { text, document: parseOnce(text) };
}

export async function writeDocument(folders: Folders, text: string): Promise<void> {
  // What we write must be what we would read: an edit that breaks the document never reaches the disk.
  parseDocument(text);
  await writeWhole(folders.document, text);
}

/**
 * Who may do what, by the document; while that is broken, by the last one that was not. A policy that nobody could read
 * since the service started lets nobody in but administrators.
 */
export function policyReader(folders: Folders): () => Promise<Policy> {
  let last: Policy = { ...defaultPolicy, use: [] };
  return async () => {
    try {
      last = (await readDocument(folders)).document.policy;
    } catch (error) {
      if (!(error instanceof TarrError)) throw error;
    }
    return last;
  };
}

/** Writes the first document when there is none: on a subnet that nothing here reaches by another way. */
export async function ensureDocument(folders: Folders, observed: Glance): Promise<void> {
  if ((await readText(folders.document)) !== null) return;
  const address = freeAddress(observed);
  const clash = clashOf(firstAddress, observed, []);
  const note =
    clash === null ? "" : `# ${firstAddress.address}/${firstAddress.prefix}: ${clash.interface} (${clash.subnet})\n`;
  await writeDocument(folders, note + firstDocument(address));
}

/** The first free subnet of the usual address's size, that one first. @throws TarrError `no-free-subnet` */
export function freeAddress(observed: Glance): Cidr {
  const tries = 60;
  for (let step = 0; step < tries; step += 1) {
    const address = fromNumber(toNumber(firstAddress.address) + step * 256);
    const candidate = { address, prefix: firstAddress.prefix };
    if (clashOf(candidate, observed, []) === null) return candidate;
  }
  const last = fromNumber(subnetBase(firstAddress) + tries * 256);
  throw new TarrError("no-free-subnet", { first: firstAddress.address, last });
}

export function clashOf(
  address: Cidr,
  observed: Glance,
  networks: readonly Network[],
): { subnet: string; interface: string } | null {
  const routes = observed.routes.known ? observed.routes.value : [];
  return subnetClash(address, takenSubnets({ links: observedLinks(observed), routes }, networks));
}

/** @throws TarrError `subnet-taken` when the host reaches one of these networks' subnets by another way */
export function refuseClash(networks: readonly Network[], observed: Glance): void {
  for (const network of networks) {
    const clash = clashOf(network.address, observed, networks);
    if (clash !== null) throw new TarrError("subnet-taken", { value: network.address.address, ...clash });
  }
}

export function isPending(wanted: readonly Network[], applied: readonly Network[]): boolean {
  return wanted.length !== applied.length || wanted.some((network) => !isApplied(network, applied));
}

function isApplied(network: Network, applied: readonly Network[]): boolean {
  return applied.some((one) => one.name === network.name && sameNetwork(one, network));
}
