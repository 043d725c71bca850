export type SpawnPlan = {
  readonly argv: readonly [string, ...string[]];
  readonly stdin: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
  /** Milliseconds until SIGKILL. */
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
  const timer = setTimeout(() => child.kill("SIGKILL"), plan.timeout);
  const collect = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    let text = "";
    for await (const bytes of stream) {
      const piece = decoder.decode(bytes, { stream: true });
      text += piece;
      plan.onOutput?.(piece);
      if (text.length > plan.limit) child.kill("SIGKILL");
    }
    return text;
  };
  try {
    const [stdout, stderr] = await Promise.all([collect(child.stdout), collect(child.stderr), child.exited]);
    return { code: child.exitCode ?? 128, stdout, stderr };
  } finally {
    clearTimeout(timer);
  }
}
