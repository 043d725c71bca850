export type SpawnPlan = {
  readonly argv: readonly [string, ...string[]];
  readonly stdin: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
  /** Milliseconds until SIGKILL, for whoever is in its process group too. */
  readonly timeout: number;
  /** Characters of output until SIGKILL. */
  readonly limit: number;
  readonly onOutput: ((text: string) => void) | undefined;
};

export type Collected = { readonly code: number; readonly stdout: string; readonly stderr: string };

/**
 * Runs a program to its end and collects what it prints. Bun's own call: half the time of node:child_process (0.8 and
 * 1.7 ms for true(1)), and a change of the switch runs a dozen programs.
 *
 * A program that is ended may have left others behind that hold its output open: nobody waits for these.
 *
 * @throws whatever the system says when there is no such program
 */
export async function spawnAndCollect(plan: SpawnPlan): Promise<Collected> {
  const child = Bun.spawn([...plan.argv], {
    stdin: new TextEncoder().encode(plan.stdin),
    stdout: "pipe",
    stderr: "pipe",
    env: { ...plan.env },
    ...(plan.cwd === undefined ? {} : { cwd: plan.cwd }),
  });
  const outputs = [child.stdout, child.stderr].map((stream) => ({ reader: stream.getReader(), text: "" }));
  let isGivenUp = false;
  const { promise: givenUp, resolve } = Promise.withResolvers<boolean>();
  const giveUp = () => {
    isGivenUp = true;
    // Before its outputs end: they are not whole.
    resolve(false);
    endWithGroup(child);
    for (const { reader } of outputs) void reader.cancel().catch(() => undefined);
  };
  const collect = async (output: (typeof outputs)[number]) => {
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await output.reader.read();
      if (done || isGivenUp) return;
      const piece = decoder.decode(value, { stream: true });
      output.text += piece;
      plan.onOutput?.(piece);
      if (output.text.length > plan.limit) return giveUp();
    }
  };
  const timer = setTimeout(giveUp, plan.timeout);
  try {
    const ended = Promise.all([...outputs.map(collect), child.exited]).then(() => true);
    const isWhole = await Promise.race([ended, givenUp]);
    const [stdout = "", stderr = ""] = outputs.map(({ text }) => text);
    // Half of an output must not look like a whole one.
    return { code: isWhole ? (child.exitCode ?? 128) : 128, stdout, stderr };
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Ends a program, and all of its process group where it leads one (setsid): what runs as another user is a child of
 * runuser(1), and would outlive it.
 */
function endWithGroup(child: Bun.Subprocess): void {
  // Its number may be another program's by now.
  if (child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // It leads none: it is in ours.
  }
  child.kill("SIGKILL");
}
