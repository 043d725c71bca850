/**
 * Why a container does not start. LXC's own word for every refusal of a network card is "Quota reached", so the true
 * cause is made out from what the host says.
 */

/** What is known of the one who asks for a network card on a switch. */
export type NicFacts = {
  readonly switch: string;
  readonly switchThere: boolean;
  /** lxc-user-nic: whether it is there and runs as root. */
  readonly helperWorks: boolean;
  /** The user's login and, for lines with `@`, groups. */
  readonly user: string;
  readonly groups: readonly string[];
  /** The text of /etc/lxc/lxc-usernet, empty when there is none; null when only root may read it. */
  readonly allowed: string | null;
  /** How many cards on that switch are the user's; null when that cannot be told. */
  readonly nics: number | null;
};

export type NicProblem = "nic-helper" | "switch-missing" | "nic-line-missing" | "nic-line-full";

/** What is certainly wrong; null when nothing is seen to be. */
export function nicProblem(facts: NicFacts): NicProblem | null {
  if (!facts.helperWorks) return "nic-helper";
  if (!facts.switchThere) return "switch-missing";
  if (facts.allowed === null) return null;
  const allowed = allowedNics(facts.allowed, facts);
  if (allowed === null) return "nic-line-missing";
  return facts.nics !== null && facts.nics >= allowed ? "nic-line-full" : null;
}

/** The same once LXC refused: what is left when all else is in order. */
export function refusedNicProblem(facts: NicFacts): NicProblem {
  const seen = nicProblem(facts);
  if (seen !== null) return seen;
  return facts.allowed === null ? "nic-line-missing" : "nic-line-full";
}

type Asking = Pick<NicFacts, "user" | "groups" | "switch">;

/**
 * How many cards the lines of lxc-usernet(5) give: the numbers of all lines that fit add up. Null when none fits.
 * A line is four words; others are no lines to LXC.
 */
export function allowedNics(text: string, { user, groups, switch: on }: Asking): number | null {
  const fitting = text
    .split("\n")
    .map((line) => line.trim().split(/[ \t]+/))
    .filter(([who = "", type, link, count = ""]) => {
      const isUser = who.startsWith("@") ? groups.includes(who.slice(1)) : who === user;
      return isUser && type === "veth" && link === on && /^\d+/.test(count);
    });
  if (fitting.length === 0) return null;
  return fitting.reduce((sum, words) => sum + Number.parseInt(words[3] ?? "0", 10), 0);
}

/** Complaints that every start of an unprivileged container makes, or that only repeat that it failed. */
const noise =
  /lxc_drop_groups|fs_set_property|fchowmodat|get_config_unsupported_key|wait_on_daemonized_start|lxc_start_main|tools\/lxc_start|sync_wait|lxc_abort|__lxc_start|cgroup_attach_move/;

/**
 * The first complaint of a log of lxc-start's that says something: the later ones follow from it.
 *
 * @returns the words behind `FILE:FUNCTION:LINE - `; empty when there are none
 */
export function firstComplaint(log: string): string {
  const lines = log.split("\n").filter((line) => / (ERROR|WARN) /.test(line) && !noise.test(line));
  const errors = lines.filter((line) => line.includes(" ERROR "));
  const [first = ""] = errors;
  return first.replace(/^.*? - [^ ]+:\d+ - /, "").trim();
}

/** Whether it was a network card that was refused. */
export function isNicRefusal(log: string): boolean {
  return log.includes("lxc_user_nic") || log.includes("Failed to create the network");
}

/** The setting that forbids a user namespace, with its value here; null when none does. */
export function forbiddingSetting(settings: { readonly clone: string; readonly most: string }): string | null {
  if (settings.clone.trim() === "0") return "kernel.unprivileged_userns_clone";
  return settings.most.trim() === "0" ? "user.max_user_namespaces" : null;
}
