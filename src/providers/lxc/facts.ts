import { readdir, readFile, stat } from "node:fs/promises";
import { userInfo } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import type { TarrError } from "../../error.ts";
import { run } from "../../host/command.ts";
import { exists } from "../../host/files.ts";
import type { Plug } from "../../model/machine.ts";
import { isUsernetLogin } from "../../model/usernet.ts";
import { absent, providerProblem } from "../absent.ts";
import type { Availability } from "../provider.ts";
import type { NicFacts, NicProblem } from "./cause.ts";
import { forbiddingSetting, nicProblem, refusedNicProblem } from "./cause.ts";
import { nicProgram } from "./files.ts";

const allowedPath = "/etc/lxc/lxc-usernet";
/** The service writes the user's line a moment after the port was made. */
const linePatience = 4_000;
const lastNamedUid = 65_536;

/** What can be told before anything is started. */
export async function findAvailability(): Promise<Availability> {
  const programs = ["/usr/bin/lxc-start", "/usr/bin/newuidmap", "/usr/bin/newgidmap"];
  if (!(await Promise.all(programs.map(exists))).every(Boolean)) return absent("lxc", "sudo apt install lxc uidmap");
  const [clone, most] = await Promise.all([
    readFile("/proc/sys/kernel/unprivileged_userns_clone", "utf8").catch(() => ""),
    readFile("/proc/sys/user/max_user_namespaces", "utf8").catch(() => ""),
  ]);
  const setting = forbiddingSetting({ clone, most });
  const value = setting === "user.max_user_namespaces" ? "10000" : "1";
  if (setting !== null) return { usable: false, error: providerProblem("lxc", "namespaces-off", { setting, value }) };
  if (!(await helperWorks())) return { usable: false, error: nicError("nic-helper", { switch: "" }) };
  const user = loginName();
  if (user !== "" && !isUsernetLogin(user)) {
    return { usable: false, error: providerProblem("lxc", "login-unusable", { user, path: allowedPath }) };
  }
  // A container runs on the processor itself.
  return { usable: true, acceleration: "hardware" };
}

/** Empty for a uid that nobody has a name for, just now. */
function loginName(): string {
  try {
    return userInfo().username;
  } catch {
    return "";
  }
}

async function helperWorks(): Promise<boolean> {
  const found = await stat(nicProgram).catch(() => null);
  return found !== null && found.uid === 0 && (found.mode & 0o4001) === 0o4001;
}

async function nicFacts(on: string): Promise<NicFacts> {
  const [user, groups, allowed, ports] = await Promise.all([
    run(["id", "-un"]),
    run(["id", "-Gnz"]),
    readAllowed(),
    readdir(`/sys/class/net/${on}/brif`).catch(() => null),
  ]);
  const uid = process.getuid?.() ?? 0;
  const own = (ports ?? []).filter((name) => name.startsWith(`veth${uid}_`));
  return {
    switch: on,
    switchThere: ports !== null,
    helperWorks: await helperWorks(),
    user: user.stdout.replace(/\n$/, ""),
    groups: groups.stdout.split("\0"),
    allowed,
    // lxc-user-nic leaves a larger uid out of the name.
    nics: uid <= lastNamedUid ? own.length : null,
  };
}

async function readAllowed(): Promise<string | null> {
  try {
    return await readFile(allowedPath, "utf8");
  } catch (error) {
    const isThere = error instanceof Error && "code" in error && error.code === "EACCES";
    return isThere ? null : "";
  }
}

/** @throws TarrError `provider-problem`: why LXC would not give a card on that switch */
export async function requireNic(port: Plug): Promise<void> {
  const deadline = performance.now() + linePatience;
  for (;;) {
    const facts = await nicFacts(port.switch);
    const problem = nicProblem(facts);
    if (problem === null) return;
    if (problem !== "nic-line-missing" || performance.now() > deadline) throw nicError(problem, facts);
    await pause(100);
  }
}

/** Why it did not: LXC does not say which card it was. */
export async function refusedNic(ports: readonly Plug[]): Promise<TarrError> {
  const all = await Promise.all([...new Set(ports.map((port) => port.switch))].map(nicFacts));
  const facts = all.find((one) => nicProblem(one) !== null) ?? all[0] ?? (await nicFacts(""));
  return nicError(refusedNicProblem(facts), facts);
}

function nicError(problem: NicProblem, facts: Partial<NicFacts> & { readonly switch: string }): TarrError {
  const values = { switch: facts.switch, user: facts.user ?? "", path: allowedPath, program: nicProgram };
  return providerProblem("lxc", problem, { ...values, nics: String(facts.nics ?? "") });
}
