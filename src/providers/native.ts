/** A guest that was asked to power off and does not is ended after this. */
export const nativePatience = 30_000;

/** Waits for a guest to end. @returns whether it did */
export async function endsWithin(milliseconds: number, hasEnded: () => Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + milliseconds;
  while (!(await hasEnded())) {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return true;
}
