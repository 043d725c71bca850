import { cli } from "./cli/main.ts";
import { version } from "../package.json" with { type: "json" };

/** One executable, two names: `tarr-stepsd` is the service, anything else the command line. */
async function main(): Promise<number> {
  if (/(?:^|\/)tarr-stepsd$/.test(process.argv0)) {
    const [task, ...options] = process.argv.slice(2);
    if (task !== undefined) return runRootTask(task, options);
    return (await import("./daemon/main.ts")).daemon(version);
  }
  return cli(process.argv.slice(2), version);
}

async function runRootTask(name: string, options: readonly string[]): Promise<number> {
  if (name === "--version") {
    process.stdout.write(`tarr-stepsd ${version}\n`);
    return 0;
  }
  const { rootTasks } = await import("./daemon/root-tasks.ts");
  const task = Object.hasOwn(rootTasks, name) ? rootTasks[name] : undefined;
  if (task !== undefined) return task(options);
  process.stderr.write(`tarr-stepsd: there is no task ${JSON.stringify(name)}: ${Object.keys(rootTasks).join(", ")}\n`);
  return 64;
}

void main().then((code) => process.exit(code));
