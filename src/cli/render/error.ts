import type { Call } from "../../api/client.ts";
import { ServiceError } from "../../api/client.ts";
import type { ErrorValues } from "../../error.ts";
import { errorClasses, exitCodes, FaultyFile, isErrorCode, PlacedError, TarrError } from "../../error.ts";
import { writeRefusal } from "../../host/files.ts";
import type { Language, WordKey } from "../../messages/messages.ts";
import { errorText, fill, say, spoken } from "../../messages/messages.ts";
import { dataFolder } from "../../providers/folders.ts";
import { loadProvider, parseProviderName } from "../../providers/registry.ts";
import { hintHere } from "./hint.ts";

type Told = {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly exit: number;
  /** Of a file that was written: each of its errors. */
  readonly faults?: readonly ToldFault[];
};
/** `rule`: the code of what does not hold. */
type ToldFault = {
  readonly line: number;
  readonly key: string;
  readonly value: string;
  readonly rule: string;
  readonly message: string;
  readonly hint: string;
};
type Sentence = { readonly message: string; readonly hint: string };

/**
 * The only printer of errors: a sentence, the next command to type, and the exit code; never a stack.
 *
 * @param how `call`: for hints that not everybody can follow; without it they are an administrator's
 */
export async function renderError(
  error: unknown,
  how: { readonly language: Language; readonly json: boolean; readonly call?: Call },
): Promise<Told & { text: string }> {
  const { language, call } = how;
  const anybody = await tell(error, language);
  const told = call === undefined ? anybody : await forReader(anybody, error, { language, call });
  const { code, message, hint, faults } = told;
  const text = how.json
    ? JSON.stringify({ error: { code, message, hint, ...(faults === undefined ? {} : { faults }) } })
    : [
        `tarr-steps: ${message}`,
        ...(faults === undefined || faults.length === 1 ? [] : faults.flatMap(faultLines)),
        ...(hint === "" ? [] : [`  → ${hint}`]),
      ].join("\n");
  return { ...told, text };
}

async function forReader(
  told: Told,
  error: unknown,
  { language, call }: { readonly language: Language; readonly call: Call },
): Promise<Told> {
  const context = { call, say: (key: WordKey, values?: ErrorValues) => say(language, key, values) };
  const faults = error instanceof FaultyFile ? error.faults : [error];
  const network = (one: unknown) => (one instanceof TarrError ? one.values["network"] : undefined);
  const mended = told.faults?.map(async (one, index) => ({
    ...{ ...one, hint: await hintHere({ hint: one.hint, network: network(faults[index]) }, context) },
  }));
  const reason = error instanceof PlacedError ? error.reason : error;
  const hint = await hintHere({ hint: told.hint, network: network(reason) }, context);
  return { ...told, hint, ...(mended === undefined ? {} : { faults: await Promise.all(mended) }) };
}

/** What one place of a file is told with: its own remedy, where that is more than to write something else. */
function toldFault(fault: TarrError, language: Language): ToldFault {
  const { line = "", key = "", value = "", reason = "" } = fault.values;
  const rule = reason === "" ? "value-unexpected" : reason;
  const { message } = errorText(fault, language);
  const hint = isErrorCode(reason) ? errorText({ code: reason, values: fault.values }, language).hint : "";
  return { line: Number(line), key, value, rule, message, hint };
}

const ofFiles: ReadonlySet<string> = new Set(["lab-value", "lab-syntax", "lab-whole"]);

/** Whether somebody refuses it: then the remedy is not only another word in the file. */
function isRefused({ rule }: ToldFault): boolean {
  return isErrorCode(rule) && !["usage", "document"].includes(errorClasses[rule]);
}

function faultLines(fault: ToldFault): readonly string[] {
  return [`  ${fault.message}`, ...(isRefused(fault) && fault.hint !== "" ? [`    → ${fault.hint}`] : [])];
}

/** An error's sentence; of what only one hypervisor can do wrong, its provider has the words. */
export async function errorWords(error: TarrError, language: Language): Promise<Sentence> {
  if (error.code !== "provider-problem") return errorText(error, language);
  const { provider = "", problem = "" } = error.values;
  const { words } = (await loadProvider(parseProviderName(provider))).features;
  const own = words[problem]?.[language];
  if (own === undefined) return errorText(error, language);
  const values = spoken(error.values, language);
  return { message: fill(own.message, values, language), hint: fill(own.hint, values, language) };
}

/** Errors about a machine, which name it by the name that no other has: what is to be typed is to mean it alone. */
const ofMachines =
  /^(?:machine-(?!ambiguous|foreign|native|unknown)|snapshot-|reset-|lab-first-boot|plugged-own|unplug-own|port-of-machine|provider-problem)/;

async function shown(error: TarrError): Promise<TarrError> {
  const { name } = error.values;
  if (name === undefined || !ofMachines.test(error.code)) return error;
  return new TarrError(error.code, { ...error.values, name: await (await import("../own-machines.ts")).shownAs(name) });
}

/** A file, or a device, where the user's folder is to be: of what failed there only its name would be told. */
function homeRefusal(error: unknown): TarrError | null {
  const value = process.env["XDG_DATA_HOME"] ?? "";
  if (value === "" || !(error instanceof Error) || !("code" in error) || !("path" in error)) return null;
  const [code, path] = [String(error.code), String(error.path)];
  const isThere = path === dataFolder() || path.startsWith(`${dataFolder()}/`);
  return code === "ENOTDIR" && isThere ? new TarrError("data-home-unusable", { value, path }, error) : null;
}

async function tell(thrown: unknown, language: Language): Promise<Told> {
  const error = thrown instanceof TarrError ? await shown(thrown) : thrown;
  if (error instanceof TarrError) {
    const { provider = "", problem } = error.values;
    const code = error.code === "provider-problem" ? `${provider}-${problem ?? ""}` : error.code;
    const told = { code, exit: exitCodes[error.class], ...(await errorWords(error, language)) };
    if (!ofFiles.has(error.code)) return told;
    const fault = toldFault(error, language);
    return { ...told, faults: [fault], ...(isRefused(fault) ? { hint: fault.hint } : {}) };
  }
  if (error instanceof FaultyFile) {
    const faults = error.faults.map((one) => toldFault(one, language));
    const words = errorText({ code: "lab-faults", values: error.values }, language);
    return { code: "lab-faults", exit: exitCodes.document, ...words, faults };
  }
  if (error instanceof PlacedError) {
    const told = await tell(error.reason, language);
    return { ...told, message: say(language, "lab-place", { ...error.place, why: told.message }) };
  }
  if (error instanceof ServiceError) {
    return { code: error.code, message: error.message, hint: error.hint, exit: error.exit };
  }
  const refusal = homeRefusal(error) ?? writeRefusal(error, dataFolder());
  if (refusal !== null) return tell(refusal, language);
  const reason = error instanceof Error ? error.message : String(error);
  return { code: "bug", exit: exitCodes.bug, ...errorText({ code: "bug", values: { reason } }, language) };
}
