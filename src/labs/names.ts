import { basename } from "node:path";
import { TarrError } from "../error.ts";
import type { MachineName, NetworkName } from "../model/names.ts";
import { isMachineName, isNetworkName, lostKeys, parseMachineName, printable, reservedNames } from "../model/names.ts";

/** The name of a lab whose file does not say one: the file's own, as far as it can be a name. */
export function labNameOf(file: string): MachineName {
  const name = nameFrom(basename(file).replace(/\.ya?ml$/i, ""));
  return parseMachineName(isMachineName(name) ? name : "lab");
}

/** What letters are without their accents: those that Unicode does not take apart. */
const plain: Readonly<Record<string, string>> = { œ: "oe", æ: "ae", ß: "ss", ø: "o", ł: "l", đ: "d" };

/** The nearest text that is a name: `tp réseau` → `tp-reseau`, `05-image` → `lab-05-image`. Empty where nothing is left. */
export function nameFrom(text: string, most = 63): string {
  const letters = text
    .toLowerCase()
    .replace(/[œæßøłđ]/g, (one) => plain[one] ?? "")
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  if (letters === "") return "";
  const begun = /^[a-z]/.test(letters) && !reservedNames.has(letters) ? letters : `lab-${letters}`;
  return begun.slice(0, most).replace(/-+$/, "");
}

/** @throws TarrError `lab-name`, `lab-name-reserved` */
export function parseMachine(text: string): MachineName {
  if (reservedNames.has(text) || lostKeys.has(text)) {
    throw new TarrError("lab-name-reserved", { value: printable(text), near: nameFrom(`${text}-1`) });
  }
  if (!isMachineName(text)) throw new TarrError("lab-name", { value: printable(text), near: nameFrom(text) });
  return text;
}

/** @throws TarrError `lab-network-name`, `lab-name-reserved` */
export function parseNetwork(text: string): NetworkName {
  if (lostKeys.has(text)) throw new TarrError("lab-name-reserved", { value: text, near: nameFrom(`${text}-1`, 15) });
  if (!isNetworkName(text)) {
    throw new TarrError("lab-network-name", { value: printable(text), near: nameFrom(text, 15) });
  }
  return text;
}
