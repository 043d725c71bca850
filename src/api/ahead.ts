import { exchange } from "../runtime/exchange.ts";
import { messageLimit, questionOf, servicePath } from "./socket.ts";

/** A reload waits for others before it; the longest undo is far below this. */
const patience = 60_000;

/** By socket and question. */
const asked = new Map<string, Promise<string>>();

/**
 * Asks the service before the command that wants to know is loaded: the service looks while we load, on a core of its
 * own. It was waited for with nothing to do before, a fifth of the time that `status` took (docs/decisions.md).
 */
export async function askAhead(method: string): Promise<void> {
  const [path, question] = [servicePath(), questionOf(method, {})];
  // It is on its way once the connection is known to stand: loading would come before that.
  await new Promise<void>((resolve) => {
    const answer = ask(path, question, resolve);
    // Who wants the answer is told of the error; a command that ends without wanting it is not ended by it.
    answer.catch(() => resolve());
    asked.set(`${path} ${question}`, answer);
  });
}

/** The answer to a question: that of one asked ahead, once. @throws ExchangeError as `exchange` does */
export function answerTo(path: string, question: string): Promise<string> {
  const key = `${path} ${question}`;
  const ahead = asked.get(key);
  asked.delete(key);
  return ahead ?? ask(path, question);
}

function ask(path: string, question: string, onWritten: () => void = () => undefined): Promise<string> {
  return exchange(path, question, { limit: messageLimit * 16, patience, onWritten });
}
