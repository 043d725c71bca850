import { readFile } from "node:fs/promises";
import { TarrError } from "../../error.ts";
import { documentPath, parseDocument } from "../../model/document.ts";
import { parseNetworks, userNetworksPath } from "../../model/kept.ts";
import { firstSwitch } from "../../model/vmware-networking.ts";
import { readSmall } from "../files.ts";
import type { MappingOutcome, MappingPlaces } from "./networking.ts";
import { keepVmwareMapping, mappingPlaces } from "./networking.ts";

/** Where it is written what networks there are: the document, and the service's list of those that users made. */
type WrittenPlaces = { readonly document: string; readonly ofUsers: string };

/** For the journal, and for the administrator who typed it. */
const sentences: Readonly<Record<MappingOutcome, string>> = {
  absent: "no VMware Workstation is set up on this host",
  unchanged: "VMware's file of networks is as it should be",
  written: "VMware's file of networks was changed; in force when VMware's networks start",
  "written-machines-run":
    "VMware's file of networks was changed; in force from the next boot, since VMware machines run and would lose their" +
    " network: when they are off, sudo tarr-stepsd --vmware-networking --apply",
  applied: "VMware's networks were restarted with the file as it is now",
};

/**
 * `tarr-stepsd --vmware-networking [--remove] [--apply]`: has VMware know the switches. Runs as root, from
 * tarr-steps-vmware.service whenever somebody changed VMware's file, and by hand.
 */
export async function vmwareNetworking(
  options: readonly string[],
  places: MappingPlaces & WrittenPlaces = { ...mappingPlaces, document: documentPath, ofUsers: userNetworksPath },
): Promise<number> {
  if (options.some((option) => option !== "--remove" && option !== "--apply")) {
    process.stderr.write("tarr-stepsd --vmware-networking [--remove] [--apply]\n");
    return 64;
  }
  const how = { remove: options.includes("--remove"), apply: options.includes("--apply"), places };
  try {
    const switches = how.remove ? [] : await switchesOf(places);
    process.stderr.write(`tarr-steps: ${sentences[await keepVmwareMapping(switches, how)]}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof TarrError)) throw error;
    process.stderr.write(`tarr-steps: ${error.message}\n`);
    return 1;
  }
}

/**
 * The switches of all networks. Before the service's first start there is no document: the first switch alone. What cannot be
 * read now is an error: no switch's line is taken out for it.
 *
 * @throws TarrError what is wrong with the document, `state-unreadable`
 */
async function switchesOf(places: WrittenPlaces): Promise<readonly string[]> {
  const text = await readFile(places.document, "utf8").catch(() => null);
  const own = text === null ? [firstSwitch] : parseDocument(text).networks.map((network) => network.switch);
  return [...own, ...(await userSwitches(places.ofUsers))];
}

/** The service, which is not root, may write here: what is no small regular file is not its doing, or not well meant. */
async function userSwitches(path: string): Promise<readonly string[]> {
  try {
    const text = await readSmall(path);
    return text === null ? [] : parseNetworks(text).map((network) => network.switch);
  } catch (error) {
    throw new TarrError("state-unreadable", { path, reason: String(error) }, error);
  }
}
