import { readFile } from "node:fs/promises";
import { TarrError } from "../error.ts";
import { readSmall } from "../host/files.ts";
import type { MappingPlaces } from "../host/vmware/networking.ts";
import { keepVmwareMapping, mappingPlaces } from "../host/vmware/networking.ts";
import { errorText, languageOf, say } from "../messages/messages.ts";
import { documentPath, parseDocument } from "../model/document.ts";
import { parseNetworks, userNetworksPath } from "../model/kept.ts";
import { firstSwitch } from "../model/vmware-networking.ts";

/** Where it is written what networks there are: the document, and the service's list of those that users made. */
type WrittenPlaces = { readonly document: string; readonly ofUsers: string };

const usage = "tarr-stepsd --vmware-networking [--remove] [--apply]";
const exitUsage = 64;
const exitNotAllowed = 77;

/**
 * `tarr-stepsd --vmware-networking [--remove] [--apply]`: has VMware know the switches' ports. Runs as root, from
 * tarr-steps-vmware.service whenever somebody changed VMware's file, and by hand; what it says is for the journal and for
 * the administrator who typed it.
 */
export async function vmwareNetworking(
  options: readonly string[],
  places: MappingPlaces & WrittenPlaces = { ...mappingPlaces, document: documentPath, ofUsers: userNetworksPath },
): Promise<number> {
  const language = languageOf(process.env);
  const tell = (text: string) => process.stderr.write(`tarr-steps: ${text}\n`);
  if (options.some((option) => option !== "--remove" && option !== "--apply")) {
    process.stderr.write(`${usage}\n`);
    return exitUsage;
  }
  if (process.getuid?.() !== 0) {
    tell(say(language, "vmware-needs-root", { command: ["tarr-stepsd --vmware-networking", ...options].join(" ") }));
    return exitNotAllowed;
  }
  const how = { remove: options.includes("--remove"), apply: options.includes("--apply"), places };
  try {
    const switches = how.remove ? [] : await switchesOf(places);
    const outcome = await keepVmwareMapping(switches, how);
    tell(say(language, `vmware-${outcome}`));
    return outcome === "full" ? 1 : 0;
  } catch (error) {
    if (!(error instanceof TarrError)) throw error;
    const { message, hint } = errorText(error, language);
    tell(hint === "" ? message : `${message}\n  → ${hint}`);
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
