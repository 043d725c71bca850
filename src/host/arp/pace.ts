/**
 * How fast we speak ARP on a LAN. Switches with dynamic ARP inspection shut a port from which more than 15 messages come
 * within a second (Cisco's usual value, "ip arp inspection limit"): the host would be cut off by its own questions.
 */
const burst = 5;
const pause = 100;

/** A turn at a time: the first five at once, then ten a second. */
export type Pace = { readonly turn: () => Promise<void>; readonly mayNow: () => boolean };

export function steadyPace(): Pace {
  let credit = burst;
  let counted = performance.now();
  const count = () => {
    const now = performance.now();
    credit = Math.min(burst, credit + (now - counted) / pause);
    counted = now;
  };
  const mayNow = () => {
    count();
    if (credit < 1) return false;
    credit -= 1;
    return true;
  };
  const turn = async () => {
    while (!mayNow()) await rest(Math.ceil((1 - credit) * pause));
  };
  return { turn, mayNow };
}

export function rest(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
