import { TarrError } from "../../error.ts";

/** What a machine is told through its kernel command line (README.md of this directory). */
export type GuestSettings = {
  readonly hostname?: string;
  /** Lines of authorized_keys: "ssh-ed25519 AAAA… comment". */
  readonly keys?: readonly string[];
};

/** The kernel cuts a longer command line without a word (COMMAND_LINE_SIZE of x86). */
const commandLineLimit = 2048;

/**
 * The image's own words and the machine's. A key becomes one word by commas in the place of its spaces, and its
 * comment is left out: it may hold anything.
 *
 * @throws TarrError `machine-start-failed` for a key that cannot be one word, or when all is longer than the kernel takes.
 */
export function guestCommandLine(base: string, settings: GuestSettings): string {
  const words = [base];
  const name = settings.hostname ?? "";
  if (settings.hostname !== undefined) words.push(`tarr.hostname=${plainWord(settings.hostname)}`);
  for (const key of settings.keys ?? []) {
    const [type = "", data = ""] = key.trim().split(/\s+/);
    words.push(`tarr.key=${plainWord(type)},${plainWord(data)}`);
  }
  const line = words.join(" ");
  if (line.length >= commandLineLimit) {
    throw new TarrError("machine-start-failed", {
      name,
      said: `its kernel command line has ${line.length} characters`,
    });
  }
  return line;
}

function plainWord(text: string): string {
  if (!/^[A-Za-z0-9@._+/=-]+$/.test(text)) {
    throw new TarrError("machine-start-failed", { name: "", said: `not one word: ${JSON.stringify(text)}` });
  }
  return text;
}
