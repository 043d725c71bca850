import { ServiceError } from "../../api/client.ts";
import { exitCodes, PlacedError, TarrError } from "../../error.ts";
import { writeRefusal } from "../../host/files.ts";
import type { Language } from "../../messages/messages.ts";
import { errorText, fill, say, spoken } from "../../messages/messages.ts";
import { dataFolder } from "../../providers/folders.ts";
import { loadProvider, parseProviderName } from "../../providers/registry.ts";

type Told = { readonly code: string; readonly message: string; readonly hint: string; readonly exit: number };
type Sentence = { readonly message: string; readonly hint: string };

/** The only printer of errors: a sentence, the next command to type, and the exit code; never a stack. */
export async function renderError(
  error: unknown,
  how: { readonly language: Language; readonly json: boolean },
): Promise<Told & { text: string }> {
  const told = await tell(error, how.language);
  const { code, message, hint } = told;
  const text = how.json
    ? JSON.stringify({ error: { code, message, hint } })
    : [`tarr-steps: ${message}`, ...(hint === "" ? [] : [`  → ${hint}`])].join("\n");
  return { ...told, text };
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

async function tell(error: unknown, language: Language): Promise<Told> {
  if (error instanceof TarrError) {
    const { provider = "", problem } = error.values;
    const code = error.code === "provider-problem" ? `${provider}-${problem ?? ""}` : error.code;
    return { code, exit: exitCodes[error.class], ...(await errorWords(error, language)) };
  }
  if (error instanceof PlacedError) {
    const told = await tell(error.reason, language);
    return { ...told, message: say(language, "lab-place", { ...error.place, why: told.message }) };
  }
  if (error instanceof ServiceError) {
    return { code: error.code, message: error.message, hint: error.hint, exit: error.exit };
  }
  const refusal = writeRefusal(error, dataFolder());
  if (refusal !== null) return tell(refusal, language);
  const reason = error instanceof Error ? error.message : String(error);
  return { code: "bug", exit: exitCodes.bug, ...errorText({ code: "bug", values: { reason } }, language) };
}
