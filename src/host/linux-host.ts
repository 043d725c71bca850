import { TarrError } from "../error.ts";
import type { Glance, Known, Observed } from "../plan/observed.ts";
import type { Step } from "../plan/step.ts";
import { mustRun } from "./command.ts";
import { observeNameServices } from "./dnsmasq/observe.ts";
import type { NameServiceHost } from "./dnsmasq/run.ts";
import { serveNames, stopNames, updateLeases } from "./dnsmasq/run.ts";
import { chooseSupervisor } from "./dnsmasq/supervisor.ts";
import { remove, writeWhole } from "./files.ts";
import { glance, known, peers } from "./glance.ts";
import type { Host } from "./host.ts";
import type { LinkStep } from "./links/render.ts";
import { isLinkStep } from "./links/render.ts";
import type { RunOutcome } from "./links/run.ts";
import { runLinkSteps } from "./links/run.ts";
import { setCable, setLine, tryLine } from "./line/run.ts";
import { letPass, stopPassing } from "./nft/neighbours.ts";
import { observeFilter } from "./nft/observe.ts";
import { renderNoRules, renderRules } from "./nft/render.ts";
import { observeSplices } from "./splice/observe.ts";
import { splice } from "./splice/run.ts";
import { isVmwareSetUp } from "./vmware/networking.ts";
import { observeForwarding, observeProxying, setForwarding, setProxying } from "./sysctl/forwarding.ts";

/** @param runtimeFolder `/run/tarr-steps`, or a test's own */
export function linuxHost(runtimeFolder: string): Host {
  const folder = `${runtimeFolder}/dnsmasq`;
  const names: NameServiceHost = { folder, supervisor: chooseSupervisor(folder) };
  const rulesPath = `${runtimeFolder}/rules.json`;
  return {
    observe: () => observe(folder, rulesPath),
    glance,
    peers,
    tryLine,
    run: (steps) => runSteps(steps, { names, rulesPath }),
  };
}

async function observe(folder: string, rulesPath: string): Promise<Observed> {
  const [seen, filter, forwarding, proxying, names, vmware] = await Promise.all([
    glanceWithSplices(),
    known(() => observeFilter(rulesPath)),
    known(() => observeForwarding()),
    known(() => observeProxying()),
    known(() => observeNameServices(folder)),
    known(() => isVmwareSetUp()),
  ]);
  const [rules, neighbours] = filter.known
    ? [fact(filter.value.rules), fact(filter.value.neighbours)]
    : [filter, filter];
  return { ...seen, rules, neighbours, forwarding, proxying, names, vmware };
}

async function glanceWithSplices(): Promise<Pick<Observed, keyof Glance | "splices">> {
  const seen = await glance();
  const { links } = seen;
  return { ...seen, splices: links.known ? await known(() => observeSplices(links.value)) : links };
}

function fact<T>(value: T): Known<T> {
  return { known: true, value };
}

type Means = { readonly names: NameServiceHost; readonly rulesPath: string };

/** Neighbouring steps on interfaces go to the kernel together; all others one at a time. */
async function runSteps(steps: readonly Step[], means: Means): Promise<RunOutcome> {
  let done = 0;
  while (done < steps.length) {
    const batch = leadingLinkSteps(steps.slice(done));
    const outcome = batch.length > 0 ? await runLinkSteps(batch) : await runOther(steps[done], means);
    done += outcome.done;
    if (outcome.failure !== null) return { ...outcome, done };
  }
  return { done, failure: null };
}

function leadingLinkSteps(steps: readonly Step[]): LinkStep[] {
  const end = steps.findIndex((step) => !isLinkStep(step));
  return (end < 0 ? steps : steps.slice(0, end)).filter(isLinkStep);
}

async function runOther(step: Step | undefined, means: Means): Promise<RunOutcome> {
  try {
    if (step !== undefined) await runStep(step, means);
    return { done: 1, failure: null };
  } catch (error) {
    const failure = error instanceof TarrError ? error : new TarrError("bug", { reason: String(error) }, error);
    return { done: 0, failure, begun: true };
  }
}

async function runStep(step: Step, { names, rulesPath }: Means): Promise<void> {
  switch (step.kind) {
    case "set-forwarding":
      return setForwarding(step.interface, step.on);
    case "set-proxying":
      return setProxying(step.interface, step.on);
    case "set-rules": {
      const text = step.rules === null ? renderNoRules() : renderRules(step.rules).text;
      await mustRun(["nft", "-f", "-"], { stdin: text });
      return step.rules === null ? remove(rulesPath) : writeWhole(rulesPath, JSON.stringify(step.rules));
    }
    case "splice":
      return splice(step);
    case "set-cable":
      return setCable(step);
    case "set-line":
      return setLine(step);
    case "let-pass":
      return letPass(step);
    case "stop-passing":
      return stopPassing(step);
    case "serve-names":
      return serveNames(names, step.service);
    case "update-leases":
      return updateLeases(names, step.service);
    case "stop-names":
      return stopNames(names, step.network);
    default:
      throw new TarrError("bug", { reason: `no way to run ${step.kind}` });
  }
}
