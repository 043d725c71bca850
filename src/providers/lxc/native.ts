import type { Argv } from "../../host/command.ts";
import { providerProblem } from "../absent.ts";
import type { NativeControl, OwnTask } from "../provider.ts";
import { endsWithin, nativePatience } from "../native.ts";
import { shellWord } from "../../model/shell-word.ts";
import { openSession, runInSession } from "../session.ts";
import { findContainer, stateOf } from "./containers.ts";
import { containerWords } from "./files.ts";

const startPatience = 60_000;

/** Containers that the user made with LXC's own programs. */
export const lxcNative: NativeControl = {
  async start({ name, state }) {
    const container = await findContainer(name);
    if (state === "paused") {
      await must(["lxc-unfreeze", ...containerWords(container)], name);
      return;
    }
    const { manager } = await openSession();
    const delegate: Argv = ["systemd-run", "--user", "--scope", "--quiet", "--collect", "-p", "Delegate=yes", "--"];
    const start: Argv = ["lxc-start", ...containerWords(container), "-d"];
    await must(manager ? [...delegate, ...start] : start, name);
  },

  async stop({ name }, hard) {
    const container = await findContainer(name);
    const how = hard ? ["--kill"] : ["--timeout", String(nativePatience / 1000)];
    await runInSession(["lxc-stop", ...containerWords(container), ...how], nativePatience + 10_000);
    await endsWithin(nativePatience, async () => (await stateOf(container)) === "stopped");
  },

  async console({ name }) {
    const words = containerWords(await findContainer(name));
    return { kind: "program", argv: ["lxc-console", ...words, "-t", "0", "-e", "`"] };
  },

  instead(task, { name }) {
    const called = `-n ${shellWord(name)}`;
    const commands: Readonly<Record<OwnTask, string | null>> = {
      delete: `lxc-destroy ${called}`,
      reset: `lxc-snapshot ${called} -r snap0`,
      restore: `lxc-snapshot ${called} -r snap0`,
      snapshot: `lxc-snapshot ${called}`,
      snapshots: `lxc-snapshot ${called} -L`,
      logs: `lxc-attach ${called} -- journalctl -b`,
      console: null,
      set: null,
    };
    return commands[task];
  },
};

async function must(argv: Argv, name: string): Promise<void> {
  const result = await runInSession(argv, startPatience);
  if (result.code === 0) return;
  const said = result.stderr.trim().split("\n")[0] ?? "";
  throw providerProblem("lxc", "native-failed", { name: shellWord(name), said: said === "" ? "lxc-start" : said });
}
