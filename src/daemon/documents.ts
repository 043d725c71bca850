import { TarrError } from "../error.ts";
import { writeWhole } from "../host/files.ts";
import { errorText } from "../messages/messages.ts";
import { formatCidr } from "../model/address.ts";
import type { Document } from "../model/document.ts";
import { firstAddress, parseDocument } from "../model/document.ts";
import type { Wishes } from "../model/first-document.ts";
import { parseWishes, wishedAddress, wishedDocument, wishesOfLxcNet } from "../model/first-document.ts";
import type { Network } from "../model/network.ts";
import { sameNetwork } from "../model/network.ts";
import { joinNetworks } from "../model/networks.ts";
import type { Policy } from "../model/policy.ts";
import { defaultPolicy } from "../model/policy.ts";
import { clashOf, freeAddress } from "../plan/free-subnet.ts";
import type { Glance } from "../plan/observed.ts";
import { log } from "./journal.ts";
import { parseOnce } from "./parsed.ts";
import type { Folders } from "./state.ts";
import { readText, readUserNetworks } from "./state.ts";

/** The document as it stands on disk, read anew each time: the administrator edits it with an editor too. */
export async function readDocument(folders: Folders): Promise<{ text: string; document: Document }> {
  const text = await readText(folders.document);
  if (text === null) throw new TarrError("document-unreadable", { path: folders.document });
  return { text, document: parseOnce(text) };
}

/** All that is wanted: the document, and the networks that users made. */
export type WantedNetworks = {
  readonly text: string;
  readonly ofUsers: readonly Network[];
  /** Both. */
  readonly networks: readonly Network[];
};

/** @throws TarrError what is wrong with the document, or between the two */
export async function readWanted(folders: Folders): Promise<WantedNetworks> {
  const [{ text, document }, ofUsers] = await Promise.all([readDocument(folders), readUserNetworks(folders)]);
  return { text, ofUsers, networks: joinNetworks(document.networks, ofUsers) };
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

/**
 * Writes the first document when there is none: as it was preseeded, or else as the prototype had it, on a subnet that
 * nothing here reaches by another way.
 */
export async function ensureDocument(folders: Folders, observed: Glance): Promise<void> {
  if ((await readText(folders.document)) !== null) return;
  const wishes = await readWishes(folders);
  try {
    await writeDocument(folders, composeDocument(observed, wishes));
  } catch (error) {
    if (!(error instanceof TarrError) || error.code === "file-unwritable") throw error;
    log("warning", `the first document is the usual one: ${errorText(error, "en").message}`);
    await writeDocument(folders, composeDocument(observed, {}));
  }
}

/** Where LXC has its bridge's settings, and the prototype had its own. */
const lxcNetPath = "/etc/default/lxc-net";

async function readWishes(folders: Folders): Promise<Wishes> {
  const [preseeded, lxcNet] = await Promise.all([
    readText(`${folders.state}/first-document`).catch(() => null),
    readText(lxcNetPath).catch(() => null),
  ]);
  try {
    const asked = parseWishes(preseeded ?? "");
    // A range of the prototype's belongs to its address.
    return asked.address === undefined ? { ...wishesOfLxcNet(lxcNet ?? ""), ...asked } : asked;
  } catch (error) {
    log("warning", `what was preseeded counts for nothing: ${String(error)}`);
    return {};
  }
}

function composeDocument(observed: Glance, wishes: Wishes): string {
  const wanted = wishedAddress(wishes) ?? firstAddress;
  const clash = clashOf(wanted, observed, []);
  const address = clash === null ? wanted : freeAddress(observed);
  const note = clash === null ? "" : `# ${formatCidr(wanted)}: ${clash.interface} (${clash.subnet})\n`;
  return note + wishedDocument(address, wishes);
}

export function isPending(wanted: readonly Network[], applied: readonly Network[]): boolean {
  return wanted.length !== applied.length || wanted.some((network) => !isApplied(network, applied));
}

function isApplied(network: Network, applied: readonly Network[]): boolean {
  return applied.some((one) => one.name === network.name && sameNetwork(one, network));
}
