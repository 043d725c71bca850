import { readFile, realpath } from "node:fs/promises";
import { providerProblem } from "../absent.ts";

export type Mount = { readonly point: string; readonly options: readonly string[] };

/** The mount that a path lies on, by /proc/self/mountinfo (proc_pid_mountinfo(5)); of two at one place the later one. */
export function mountOf(mountinfo: string, path: string): Mount | null {
  const mounts = mountinfo.split("\n").flatMap((line): Mount[] => {
    const [, , , , point, options] = line.split(" ");
    return point === undefined || options === undefined ? [] : [{ point: plain(point), options: options.split(",") }];
  });
  const holds = ({ point }: Mount) => point === "/" || path === point || path.startsWith(`${point}/`);
  return mounts
    .filter(holds)
    .reduce<Mount | null>((best, one) => (best !== null && best.point.length > one.point.length ? best : one), null);
}

/** Blanks and backslashes are written as octal numbers there. */
function plain(word: string): string {
  return word.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/**
 * A container runs the programs in its folder. LXC itself says no more than "Failed to exec /sbin/init" where the file
 * system there lets none be run. `nosuid` only takes sudo and su from the container's users, and its devices lie elsewhere.
 *
 * @throws TarrError `provider-problem`
 */
export async function requireExecutable(folder: string): Promise<void> {
  const mountinfo = await readFile("/proc/self/mountinfo", "utf8").catch(() => "");
  const mount = mountOf(mountinfo, await realpath(folder).catch(() => folder));
  if (mount?.options.includes("noexec") === true) {
    throw providerProblem("lxc", "no-exec", { folder, mount: mount.point });
  }
}
