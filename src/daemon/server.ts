import type { Server, Socket } from "node:net";
import { createServer } from "node:net";
import * as v from "valibot";
import description from "../api/io.tarrsteps.varlink" with { type: "text" };
import { interfaceName, messageLimit } from "../api/socket.ts";
import { isMethodName, methods, streamed, wireErrors } from "../api/types.ts";
import { TarrError } from "../error.ts";
import { errorText } from "../messages/messages.ts";
import type { Caller } from "../model/policy.ts";
import { printable } from "../model/names.ts";
import { log } from "./journal.ts";
import type { Tell } from "./captures.ts";
import type { Asking, Handlers } from "./methods.ts";

/** What a connection of this descriptor's peer may ask as; null when the kernel does not tell who it is. */
export type Identify = (socket: Socket) => number | null;

/** Whether nobody is at the other end any more. While an answer is under way nothing is read, and Node does not tell. */
export type IsGone = (socket: Socket) => boolean;

export type ServerParts = {
  readonly handlers: Handlers;
  readonly identify: Identify;
  readonly isGone: IsGone;
  readonly findCaller: (uid: number) => Promise<Caller>;
  readonly version: string;
};

/** Connections of one user: a program gone wild must not keep the others out. */
const connectionsPerUser = 32;
/** So many more are told that there are too many; those beyond are hung up on. */
const toldPerUser = 32;
/** How long one of those may stay silent. */
const toldPatience = 1_000;
const idlePatience = 10 * 60_000;

/** A varlink server (varlink.org, Protocol): JSON messages, each ended by a zero byte, answered in order. */
export function varlinkServer(parts: ServerParts): Server {
  const connections = new Map<number, number>();
  // A client may say all it has to say and close its side; its answers still go out.
  return createServer({ allowHalfOpen: true }, (socket) => {
    const uid = parts.identify(socket);
    const open = connections.get(uid ?? -1) ?? 0;
    if (uid === null || open >= connectionsPerUser + toldPerUser) return void socket.destroy();
    connections.set(uid, open + 1);
    socket.on("close", () => connections.set(uid, (connections.get(uid) ?? 1) - 1));
    // A client that goes away in the middle is its own affair.
    socket.on("error", () => socket.destroy());
    if (open >= connectionsPerUser) {
      turnAway(socket);
      return;
    }
    socket.setTimeout(idlePatience, () => socket.destroy());
    serve(socket, uid, parts);
  });
}

/**
 * Told once the client has said what it came for: a socket that is closed with bytes unread is reset, and its client might
 * never read the answer.
 */
function turnAway(socket: Socket): void {
  socket.setTimeout(toldPatience, () => socket.destroy());
  socket.on("data", (piece: Buffer) => {
    if (!piece.includes(0)) return;
    const reply = toWireError(new TarrError("connections-many", { count: String(connectionsPerUser) }));
    socket.end(`${JSON.stringify(reply)}\0`, () => socket.destroy());
  });
}

/**
 * While answers to what was read are under way nothing more is read, and the next answer waits until the client has
 * taken the last: a client that asks and never reads would otherwise fill our memory with answers.
 */
function serve(socket: Socket, uid: number, parts: ServerParts): void {
  let received = "";
  let turn: Promise<void> = Promise.resolve();
  socket.setEncoding("utf8");
  socket.on("end", () => void turn.then(() => socket.end()));
  socket.on("data", (piece: string) => {
    received += piece;
    if (received.length > messageLimit) return void socket.destroy();
    const messages = received.split("\0");
    received = messages.pop() ?? "";
    if (messages.length === 0) return;
    socket.pause();
    turn = turn.then(async () => {
      for (const message of messages) {
        const reply = await answer(message, { uid, tell: teller(socket), isGone: () => parts.isGone(socket) }, parts);
        if (socket.destroyed) return;
        if (reply !== null) await send(socket, `${JSON.stringify(reply)}\0`);
      }
      socket.resume();
    });
  });
}

/** What is told before the end of an answer (varlink.org, `continues`). */
function teller(socket: Socket): Tell {
  return async (parameters) => {
    if (!socket.destroyed) await send(socket, `${JSON.stringify({ parameters, continues: true })}\0`);
    return !socket.destroyed;
  };
}

/** Resolves when there is room for more, or nobody left to send to. */
function send(socket: Socket, text: string): Promise<void> {
  if (socket.write(text)) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      socket.off("drain", done).off("close", done);
      resolve();
    };
    socket.on("drain", done).on("close", done);
  });
}

type WireReply = { readonly parameters: object; readonly error?: string };

const callShape = v.object({
  method: v.string(),
  parameters: v.optional(v.record(v.string(), v.unknown())),
  oneway: v.optional(v.boolean()),
  more: v.optional(v.boolean()),
  upgrade: v.optional(v.boolean()),
});

/** One call, answered. Null when the caller wants no answer, or said what is no call: then there is nobody to tell. */
async function answer(message: string, by: Asker, parts: ServerParts): Promise<WireReply | null> {
  const call = v.safeParse(callShape, parseJson(message));
  if (!call.success) return { error: "org.varlink.service.InvalidParameter", parameters: { parameter: "method" } };
  const { method, parameters = {}, oneway, more = false } = call.output;
  // Who wants no answer may go at once.
  const isGone = oneway === true ? () => false : by.isGone;
  const reply = await dispatch({ method, parameters, more, ...by, isGone }, parts).catch(toWireError);
  return oneway === true ? null : reply;
}

/** Who asks, and how parts of an answer reach them. */
type Asker = { readonly uid: number; readonly tell: Tell; readonly isGone: () => boolean };
type Request = Asker & {
  readonly method: string;
  readonly parameters: Record<string, unknown>;
  readonly more: boolean;
};

async function dispatch(request: Request, parts: ServerParts): Promise<WireReply> {
  const { method, parameters } = request;
  const dot = method.lastIndexOf(".");
  const [of, name] = [method.slice(0, dot), method.slice(dot + 1)];
  if (of === "org.varlink.service") return describeService(name, parameters, parts.version);
  if (of !== interfaceName) {
    return { error: "org.varlink.service.InterfaceNotFound", parameters: { interface: printable(of) } };
  }
  if (!isMethodName(name)) {
    return { error: "org.varlink.service.MethodNotFound", parameters: { method: printable(method) } };
  }
  if (streamed.has(name) && !request.more) return { error: "org.varlink.service.ExpectedMore", parameters: {} };
  const parsed = v.safeParse(methods[name].parameters, parameters);
  if (!parsed.success) {
    const parameter = v.getDotPath(parsed.issues[0]) ?? "";
    return { error: "org.varlink.service.InvalidParameter", parameters: { parameter: printable(parameter) } };
  }
  const handler = parts.handlers[name] as (parameters: unknown, asking: Asking) => Promise<object>;
  const { uid, tell, isGone } = request;
  return { parameters: await handler(parsed.output, { caller: () => parts.findCaller(uid), tell, isGone }) };
}

function describeService(name: string, parameters: Record<string, unknown>, version: string): WireReply {
  const interfaces = ["org.varlink.service", interfaceName];
  if (name === "GetInfo") {
    const url = "https://varlink.org";
    return { parameters: { vendor: "tarr-steps", product: "tarr-stepsd", version, url, interfaces } };
  }
  if (name !== "GetInterfaceDescription") {
    return {
      error: "org.varlink.service.MethodNotFound",
      parameters: { method: `org.varlink.service.${printable(name)}` },
    };
  }
  const wanted = parameters["interface"];
  if (wanted === interfaceName) return { parameters: { description } };
  if (wanted === "org.varlink.service") return { parameters: { description: serviceInterface } };
  return { error: "org.varlink.service.InterfaceNotFound", parameters: { interface: printable(String(wanted)) } };
}

function toWireError(error: unknown): WireReply {
  const known = error instanceof TarrError ? error : new TarrError("bug", { reason: String(error) }, error);
  if (known.class === "bug") log("error", error instanceof Error ? (error.stack ?? error.message) : String(error));
  else log("notice", known.message);
  const { message, hint } = errorText(known, "en");
  const parameters = { code: known.code, values: known.values, message, hint };
  return { error: `${interfaceName}.${wireErrors[known.class]}`, parameters };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The interface that every varlink service has (varlink.org, Service). */
const serviceInterface = `# The Varlink Service Interface is provided by every varlink service.
interface org.varlink.service

method GetInfo() -> (vendor: string, product: string, version: string, url: string, interfaces: []string)
method GetInterfaceDescription(interface: string) -> (description: string)

error InterfaceNotFound (interface: string)
error MethodNotFound (method: string)
error MethodNotImplemented (method: string)
error InvalidParameter (parameter: string)
error ExpectedMore ()
`;
