import { isatty } from "node:tty";
import { streamClient } from "../../api/client.ts";
import { mostCaptured } from "../../api/types.ts";
import { TarrError } from "../../error.ts";
import { printable } from "../../model/names.ts";
import { writeOutput } from "../../runtime/write-output.ts";
import type { Context, Run } from "../command.ts";
import { findPort } from "./port.ts";

const standardOutput = 1;

/** Frames as a file of libpcap's on standard output, until it is interrupted or nobody reads any more. */
export const capture: Run = async (context) => {
  const [count, seconds] = [limitIn(context, "count"), limitIn(context, "for")];
  const name = context.argument("port");
  if (isatty(standardOutput)) throw new TarrError("capture-terminal", { name: printable(name) });
  const { id } = await findPort(context);
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
  let [frames, dropped] = [0, 0];
  const stream = streamClient();
  await stream(
    "Capture",
    { id, count, seconds },
    {
      signal: interrupted.signal,
      onPart: (part) => {
        ({ frames, dropped } = part);
        // Whoever reads has gone (`| head`, a window that was closed): that is an end, and no failure.
        return writeOutput(Buffer.from(part.pcap, "base64"));
      },
    },
  );
  context.note(context.say("capture-ended", { frames: String(frames), dropped: String(dropped) }));
  return 0;
};

function limitIn(context: Context, option: string): number | null {
  const text = context.option(option);
  if (text === undefined) return null;
  const number = /^[1-9]\d{0,6}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > mostCaptured) throw new TarrError("capture-limit-invalid", { value: printable(text) });
  return number;
}
