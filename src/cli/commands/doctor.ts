import { constants } from "node:fs";
import { access } from "node:fs/promises";
import type { Reply, WireCheck } from "../../api/types.ts";
import { errorText, sayCode } from "../../messages/messages.ts";
import { isErrorCode, TarrError } from "../../error.ts";
import { providerNames } from "../../model/machine.ts";
import { printable } from "../../model/names.ts";
import { listPlugged } from "../../providers/plugs.ts";
import { loadProvider } from "../../providers/registry.ts";
import type { Context, Run } from "../command.ts";
import { commandForPort, shownNames } from "../machine-view.ts";
import { machineViews } from "../machines.ts";
import { hasColour, withColour } from "../render/colour.ts";
import { errorWords } from "../render/error.ts";
import { hintFor, readerOf } from "../render/hint.ts";

type Check = {
  readonly id: string;
  readonly status: WireCheck["status"];
  readonly message: string;
  readonly hint: string;
};

type Rights = Reply<"GetRights">;

/** Everything that can be wrong, with what to do about it. Fails when a check does. */
export const doctor: Run = async (context) => {
  const rights = context.call("GetRights", {});
  // It is waited for later, and must not count as unhandled until then.
  rights.catch(() => undefined);
  const checks = [
    ...(await serviceChecks(context, rights)),
    ...(await rightsCheck(context, rights)),
    ...(await providerChecks(context)),
    await tunCheck(context),
    ...(await handmadeChecks(context)),
    ...(await lostPortChecks(context)),
  ];
  const ok = checks.every((check) => check.status !== "fail");
  if (context.json) context.print(JSON.stringify({ ok, checks }));
  else printChecks(checks, context);
  return ok ? 0 : 1;
};

function printChecks(checks: readonly Check[], context: Context): void {
  const marks = { pass: "✓", warn: "!", fail: "✗" } as const;
  const show = hasColour(process.env) ? withColour : (line: string) => line;
  const told = new Set<string>();
  for (const { status, message, hint } of gathered(checks, context)) {
    context.print(show(`${marks[status]}  ${message}`));
    // One remedy may be for several checks, and is told below the first.
    if (status === "pass" || hint === "" || told.has(hint)) continue;
    told.add(hint);
    context.print(`   → ${hint}`);
  }
}

/** Hypervisors that nobody installed are one line, and no fault as long as there is another. */
function gathered(checks: readonly Check[], context: Context): readonly Check[] {
  const isAbsent = ({ id }: Check) => /-(?:provider-missing|not-installed)$/.test(id);
  const absent = checks.filter(isAbsent);
  const [first, ...others] = absent;
  const some = checks.some(({ id }) => id === "provider" || id === "provider-slow");
  if (first === undefined || (others.length === 0 && !some)) return checks;
  const names = absent.map(({ id }) => id.replace(/-.*/, "")).join(", ");
  const message = context.say("providers-absent", { names });
  const line: Check = { id: "providers-absent", status: some ? "pass" : "warn", message, hint: first.hint };
  return [...checks.filter((check) => !isAbsent(check)), line];
}

/** Whether this user may do anything here at all. A service of before this version does not tell. */
async function rightsCheck(context: Context, rights: Promise<Rights>): Promise<Check[]> {
  try {
    const { user, mayUse, use } = await rights;
    if (mayUse) return [];
    const error = new TarrError("denied-use", { user, who: use.join(", ") });
    return [{ id: error.code, status: "fail", ...errorText(error, context.language) }];
  } catch {
    // That the service does not answer is told by its own check.
    return [];
  }
}

async function serviceChecks(context: Context, rights: Promise<Rights>): Promise<Check[]> {
  try {
    const [{ checks }, reader] = await Promise.all([context.call("Diagnose", {}), readerOf(context, { rights })]);
    return checks.map((check) => {
      const told = toCheck(check, context);
      return { ...told, hint: hintFor(reader, { hint: told.hint, network: check.values["network"] }, context) };
    });
  } catch (error) {
    if (!(error instanceof TarrError)) throw error;
    const { message, hint } = errorText(error, context.language);
    return [{ id: "service", status: "fail", message, hint }];
  }
}

async function providerChecks(context: Context): Promise<Check[]> {
  return Promise.all(
    providerNames.map(async (name) => {
      const available = await (await loadProvider(name)).available();
      if (!available.usable) {
        const { message, hint } = await errorWords(available.error, context.language);
        const id = available.error.values["problem"] ?? available.error.code;
        return { id: `${name}-${id}`, status: "warn" as const, message, hint };
      }
      const id = available.acceleration === "hardware" ? "provider" : "provider-slow";
      return toCheck({ id, status: "pass", values: { provider: name } }, context);
    }),
  );
}

/**
 * Machines that the user bridged to the switch by hand. They work as far as they can: pings pass, but bridged to the
 * switch itself VirtualBox hands containers' packets on with wrong checksums, and two cannot share one tap.
 */
async function handmadeChecks(context: Context): Promise<Check[]> {
  const ports = await listPlugged().catch(() => []);
  const places = /^(?:vswitch\d+|tap0)$/;
  const provider = await loadProvider("virtualbox");
  const found = await provider.machines().catch(() => []);
  return found.flatMap(({ name, nics }) =>
    nics
      .filter((nic) => places.test(nic.interface ?? ""))
      .filter((nic) => !ports.some((one) => one.machine === name && one.nic === nic.number))
      .map((nic) => {
        const values = { machine: printable(name), interface: nic.interface ?? "", nic: String(nic.number) };
        return toCheck({ id: "handmade", status: "warn", values }, context);
      }),
  );
}

/** Machines whose port was deleted, or went with the package: they have no network until they get another one. */
async function lostPortChecks(context: Context): Promise<Check[]> {
  const machines = await machineViews(context.call).catch(() => []);
  const nameOf = shownNames(machines);
  return machines.flatMap((machine) => {
    const networks = machine.nics.filter((nic) => nic.lost).map((nic) => nic.network);
    if (networks.length === 0) return [];
    const name = nameOf(machine);
    const command = commandForPort(machine, name);
    const values = { name: printable(name), network: networks.join(", "), command };
    return [toCheck({ id: "port-lost", status: "warn", values }, context)];
  });
}

/** Without it no program of the user's can plug into a tap. udev makes it open to all. */
async function tunCheck(context: Context): Promise<Check> {
  const usable = await access("/dev/net/tun", constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
  return toCheck({ id: "tun", status: usable ? "pass" : "fail", values: {} }, context);
}

function toCheck(check: WireCheck, context: Context): Check {
  if (isErrorCode(check.id)) {
    const words = errorText({ code: check.id, values: check.values }, context.language);
    return { id: check.id, status: check.status, ...words };
  }
  const good = check.status === "pass";
  const key = `check-${check.id}`;
  // What failed may have many causes, each with a sentence and a remedy of its own.
  const cause = check.values["cause"];
  const why = cause === undefined ? {} : { why: sayCode(context.language, `cause-${cause}`, check.values) };
  const hint = cause === undefined ? `${key}-hint` : `cause-${cause}-hint`;
  return {
    id: check.id,
    status: check.status,
    message: sayCode(context.language, good ? key : `${key}-bad`, { ...check.values, ...why }),
    hint: good ? "" : sayCode(context.language, hint, check.values),
  };
}
