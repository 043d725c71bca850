/** The service's protocol from the outside: sockets that say what a test wants them to say, well or ill. */
import type { Socket } from "node:net";
import { connect } from "node:net";
import type { MethodName, Parameters, Reply } from "../../src/api/types.ts";

export type Told = { readonly error?: string; readonly parameters: Record<string, unknown> };

/** What the service refused, by its own code. */
export class Refusal extends Error {
  readonly code: string;
  constructor(told: Told) {
    super(JSON.stringify(told));
    const { code } = told.parameters;
    this.code = typeof code === "string" ? code : (told.error ?? "");
  }
}

export type Call = <Name extends MethodName>(method: Name, parameters: Parameters<Name>) => Promise<Reply<Name>>;

/** One connection for each call, as the command line has it. @throws Refusal, or Error when nobody answers */
export function caller(path: string): Call {
  return async (method, parameters) => {
    return accept<typeof method>(
      await exchange(path, JSON.stringify({ method: `io.tarrsteps.${method}`, parameters })),
    );
  };
}

/** @param text a whole answer of the service, with the zero byte that ends it. @throws Refusal */
export function readReply<Name extends MethodName>(text: string): Reply<Name> {
  if (!text.endsWith("\0")) throw new Error(`no answer: ${text}`);
  return accept(JSON.parse(text.slice(0, -1)) as Told);
}

function accept<Name extends MethodName>(told: Told): Reply<Name> {
  if (told.error !== undefined) throw new Refusal(told);
  return told.parameters;
}

async function exchange(path: string, message: string): Promise<Told> {
  const line = await dial(path);
  try {
    line.socket.write(`${message}\0`);
    return await line.reply();
  } finally {
    line.socket.destroy();
  }
}

/** A connection that stays open. `reply` rejects when the service hangs up; `closed` tells that it did. */
export type Line = {
  readonly socket: Socket;
  readonly reply: () => Promise<Told>;
  readonly closed: Promise<void>;
};

export function dial(path: string): Promise<Line> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    let received = "";
    let wake: () => void = () => undefined;
    let isClosed = false;
    const closed = new Promise<void>((done) => socket.once("close", () => done()));
    void closed.then(() => {
      isClosed = true;
      wake();
    });
    socket.setEncoding("utf8").on("data", (piece) => {
      received += String(piece);
      wake();
    });
    const reply = async (): Promise<Told> => {
      for (;;) {
        const end = received.indexOf("\0");
        if (end >= 0) {
          const text = received.slice(0, end);
          received = received.slice(end + 1);
          return JSON.parse(text) as Told;
        }
        if (isClosed) throw new Error("the service hung up");
        await new Promise<void>((next) => (wake = next));
      }
    };
    socket.on("error", reject);
    socket.once("connect", () => resolve({ socket, reply, closed }));
  });
}
