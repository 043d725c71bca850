/** What ends an exchange without an answer, as the system says it. */
export class ExchangeError extends Error {}

export type Terms = {
  /** Of the answer, in bytes. */
  readonly limit: number;
  /** Milliseconds. */
  readonly patience: number;
  /** Called once the message is on its way. */
  readonly onWritten?: () => void;
};

/**
 * Sends one message over a unix socket and collects what comes back up to the zero byte that ends it. By Bun's own
 * sockets: loading node:net takes 4 ms, a third of a quick command.
 *
 * @throws ExchangeError when nobody listens, the other side ends, the answer is longer than `limit` or takes longer
 * than `patience`
 */
export function exchange(path: string, message: string, { limit, patience, onWritten }: Terms): Promise<string> {
  return new Promise((resolve, reject) => {
    const decoder = new TextDecoder();
    let received = "";
    const timer = setTimeout(() => fail("timeout"), patience);
    const fail = (reason: string) => {
      clearTimeout(timer);
      reject(new ExchangeError(reason));
    };
    const connected = Bun.connect({
      unix: path,
      socket: {
        open: (socket) => {
          socket.write(`${message}\0`);
          onWritten?.();
        },
        data: (socket, piece) => {
          received += decoder.decode(piece, { stream: true });
          const end = received.indexOf("\0");
          if (end < 0 && received.length < limit) return;
          // Settled before the end: ending calls `close` at once, which would settle it otherwise.
          clearTimeout(timer);
          if (end >= 0) resolve(received.slice(0, end));
          else fail("reply");
          socket.end();
        },
        close: () => fail("closed"),
        error: (_, error) => fail(error.message),
      },
    });
    connected.catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));
  });
}

export type Conversation = {
  readonly limit: number;
  /** Ends it from this side, as if the other had said all. */
  readonly signal: AbortSignal;
  /** Called with each message, one after the other; false ends it. */
  readonly onMessage: (message: string) => Promise<boolean>;
};

/**
 * Sends one message and takes what comes back, message after message. While one is being dealt with the next ones wait
 * at the other side: nothing more is read.
 *
 * @throws ExchangeError as `exchange` does, and whatever `onMessage` throws
 */
export function converse(path: string, message: string, { limit, signal, onMessage }: Conversation): Promise<void> {
  return new Promise((resolve, reject) => {
    const decoder = new TextDecoder();
    let received = "";
    let turn = Promise.resolve();
    const fail = (reason: string) => reject(new ExchangeError(reason));
    const connected = Bun.connect({
      unix: path,
      socket: {
        open: (socket) => {
          socket.write(`${message}\0`);
          const end = () => {
            resolve();
            socket.end();
          };
          if (signal.aborted) end();
          else signal.addEventListener("abort", end, { once: true });
        },
        data: (socket, piece) => {
          received += decoder.decode(piece, { stream: true });
          const messages = received.split("\0");
          received = messages.pop() ?? "";
          if (received.length > limit) fail("reply");
          if (messages.length === 0) return;
          socket.pause();
          turn = turn.then(async () => {
            for (const one of messages) {
              if (signal.aborted || (await onMessage(one))) continue;
              resolve();
              socket.end();
              return;
            }
            socket.resume();
          });
          turn.catch(reject);
        },
        // What was read before is dealt with first: its last message may be the end.
        close: () => void turn.then(() => fail("closed")),
        error: (_, error) => fail(error.message),
      },
    });
    connected.catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));
  });
}
