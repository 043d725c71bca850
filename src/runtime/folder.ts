/**
 * Whether a folder has anything in it whose name begins with no dot; one that is not there or cannot be read has nothing.
 * By Bun's own reading: loading node:fs takes 3 ms, and its first asynchronous call as long.
 */
export function hasEntries(path: string): boolean {
  try {
    return new Bun.Glob("*").scanSync({ cwd: path, onlyFiles: false }).next().done !== true;
  } catch {
    return false;
  }
}
