import * as v from "valibot";
import { isErrorCode, TarrError } from "../error.ts";
import { converse, ExchangeError } from "../runtime/exchange.ts";
import { answerTo } from "./ahead.ts";
import { interfaceName, messageLimit, questionOf, servicePath } from "./socket.ts";
import type { MethodName, Parameters, Reply } from "./types.ts";
import { methods, wireErrorShape } from "./types.ts";

/** An error that the service told, with its own sentence for a code that this version does not know. */
export class ServiceError extends Error {
  readonly exit: number;
  readonly code: string;
  readonly hint: string;

  constructor(told: { exit: number; code: string; message: string; hint: string }) {
    super(told.message);
    this.exit = told.exit;
    this.code = told.code;
    this.hint = told.hint;
  }
}

/** Calls the service. One connection for each call: commands make one or two. */
export type Call = <Name extends MethodName>(method: Name, parameters: Parameters<Name>) => Promise<Reply<Name>>;

const replyShape = v.object({ error: v.optional(v.string()), parameters: v.optional(v.unknown()) });

export function client(path = servicePath()): Call {
  return async (method, parameters) => {
    const text = await ask(path, questionOf(method, parameters));
    const message = v.safeParse(replyShape, parseJson(text));
    if (!message.success) throw new TarrError("service-unreachable", { reason: "reply" });
    if (message.output.error !== undefined) throw toError(message.output.error, message.output.parameters);
    const reply = v.safeParse(methods[method].reply, message.output.parameters ?? {});
    if (!reply.success) throw new TarrError("service-unreachable", { reason: reply.issues[0].message });
    return reply.output;
  };
}

export type Listening<Name extends MethodName> = {
  /** Called with each part in turn; false when no more are wanted. */
  readonly onPart: (part: Reply<Name>) => boolean | Promise<boolean>;
  /** Ends it from this side. */
  readonly signal: AbortSignal;
};

/** Calls for an answer of many parts. */
export function streamClient(path = servicePath()) {
  return async <Name extends MethodName>(
    method: Name,
    parameters: Parameters<Name>,
    { onPart, signal }: Listening<Name>,
  ): Promise<void> => {
    const text = JSON.stringify({ method: `${interfaceName}.${method}`, parameters, more: true });
    const onMessage = async (message: string) => {
      const { part, continues } = readPart(method, message);
      return (await onPart(part)) && continues;
    };
    try {
      await converse(path, text, { limit: messageLimit * 16, signal, onMessage });
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error;
      throw await unreachable(error);
    }
  };
}

function readPart<Name extends MethodName>(method: Name, text: string) {
  const message = v.safeParse(v.object({ ...replyShape.entries, continues: v.optional(v.boolean()) }), parseJson(text));
  if (!message.success) throw new TarrError("service-unreachable", { reason: "reply" });
  const { error, parameters, continues = false } = message.output;
  if (error !== undefined) throw toError(error, parameters);
  const reply = v.safeParse(methods[method].reply, parameters ?? {});
  if (!reply.success) throw new TarrError("service-unreachable", { reason: reply.issues[0].message });
  return { part: reply.output as Reply<Name>, continues };
}

async function ask(path: string, message: string): Promise<string> {
  try {
    return await answerTo(path, message);
  } catch (error) {
    if (!(error instanceof ExchangeError)) throw error;
    throw await unreachable(error);
  }
}

/** Why nobody answers: a unit that is masked is not started by starting it (systemctl(1), mask). */
export async function unreachable(error: Error, folders = ["/etc/systemd/system", "/run/systemd/system"]) {
  const { readlink } = await import("node:fs/promises");
  for (const unit of ["tarr-stepsd.service", "tarr-stepsd.socket"]) {
    const targets = await Promise.all(folders.map((folder) => readlink(`${folder}/${unit}`).catch(() => "")));
    if (targets.includes("/dev/null")) return new TarrError("service-masked", { unit }, error);
  }
  return new TarrError("service-unreachable", { reason: error.message }, error);
}

function toError(name: string, parameters: unknown): Error {
  const told = v.safeParse(wireErrorShape, parameters);
  if (!told.success) return new TarrError("service-unreachable", { reason: name });
  const { code, values, message, hint } = told.output;
  if (isErrorCode(code)) return new TarrError(code, values);
  return new ServiceError({ exit: 1, code, message, hint });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
