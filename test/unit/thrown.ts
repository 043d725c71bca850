import { TarrError } from "../../src/error.ts";

/** What `work` throws, as `code` and values; fails the test when it throws nothing, or something that is no TarrError. */
export function thrown(work: () => unknown): TarrError {
  try {
    work();
  } catch (error) {
    if (error instanceof TarrError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

export function codeOf(work: () => unknown): string {
  return thrown(work).code;
}

/** What a promise is rejected with; fails the test when it is not, or with something that is no TarrError. */
export async function rejected(work: Promise<unknown>): Promise<TarrError> {
  const outcome = await work.then(
    () => new Error("nothing was thrown"),
    (error: unknown) => error,
  );
  if (outcome instanceof TarrError) return outcome;
  throw outcome;
}
