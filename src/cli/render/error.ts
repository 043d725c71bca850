import { ServiceError } from "../../api/client.ts";
import { exitCodes, TarrError } from "../../error.ts";
import type { Language } from "../../messages/messages.ts";
import { errorText } from "../../messages/messages.ts";

type Told = { readonly code: string; readonly message: string; readonly hint: string; readonly exit: number };

/** The only printer of errors: a sentence, the next command to type, and the exit code; never a stack. */
export function renderError(
  error: unknown,
  how: { readonly language: Language; readonly json: boolean },
): Told & { text: string } {
  const told = tell(error, how.language);
  const { code, message, hint } = told;
  const text = how.json
    ? JSON.stringify({ error: { code, message, hint } })
    : [`tarr-steps: ${message}`, ...(hint === "" ? [] : [`  → ${hint}`])].join("\n");
  return { ...told, text };
}

function tell(error: unknown, language: Language): Told {
  if (error instanceof TarrError) {
    return { code: error.code, exit: exitCodes[error.class], ...errorText(error, language) };
  }
  if (error instanceof ServiceError) {
    return { code: error.code, message: error.message, hint: error.hint, exit: error.exit };
  }
  const reason = error instanceof Error ? error.message : String(error);
  return { code: "bug", exit: exitCodes.bug, ...errorText({ code: "bug", values: { reason } }, language) };
}
