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
