import { TarrError } from "../error.ts";

/**
 * One change of the host at a time, in the order of asking. Two at once would each plan on what the other is changing;
 * the kernel takes one writer at a time anyway (RTNL). Whoever asks while too many wait is told to try again: a row
 * without an end is memory that a user could fill.
 */
export type SingleFlight = <T>(work: () => Promise<T>) => Promise<T>;

const mostWaiting = 500;

export function singleFlight(): SingleFlight {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return async (work) => {
    if (waiting >= mostWaiting) throw new TarrError("service-busy", { waiting: String(waiting) });
    waiting += 1;
    const turn = last.then(work, work);
    last = turn.then(
      () => undefined,
      () => undefined,
    );
    try {
      return await turn;
    } finally {
      waiting -= 1;
    }
  };
}
