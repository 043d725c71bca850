import { TarrError } from "../error.ts";
import { run } from "../host/command.ts";
import type { Port } from "../model/port.ts";
import type { Network } from "../model/network.ts";
import type { Caller, Policy } from "../model/policy.ts";
import { mayAdminister, mayChange, mayUse } from "../model/policy.ts";
import { audit } from "./journal.ts";

/**
 * The caller of a uid, with the groups that the user database gives right now: a user who was just added to a group
 * needs no new login. Asked of id(1), which knows LDAP and the like; `+` makes it read the number as a uid, never as
 * the name of a user called 1000.
 */
export async function findCaller(uid: number): Promise<Caller> {
  if (uid === 0) return { uid, name: "root", groups: [] };
  const [name, groups] = await Promise.all([run(["id", "-un", `+${uid}`]), run(["id", "-Gnz", `+${uid}`])]);
  return {
    uid,
    name: name.code === 0 ? name.stdout.replace(/\n$/, "") : `#${uid}`,
    // Of a directory server they may have blanks: "domain users" is one group, and "users" another.
    groups: groups.code === 0 ? groups.stdout.split("\0").filter((one) => one !== "") : [],
  };
}

export function requireAdministrator(caller: Caller, policy: Policy, what: string): void {
  if (mayAdminister(caller, policy)) return;
  audit(caller, what, "refused");
  throw new TarrError("denied-administer", { user: caller.name, who: policy.administer.join(", ") });
}

export function requireUser(caller: Caller, policy: Policy, what: string): void {
  if (mayUse(caller, policy)) return;
  audit(caller, what, "refused");
  throw new TarrError("denied-use", { user: caller.name, who: policy.use.join(", ") });
}

export type Asking = { readonly caller: Caller; readonly policy: Policy };

/** For what only a network's owner and administrators may do: to change it, or to have ports on a user's. */
export function requireNetwork({ caller, policy }: Asking, network: Network, what: string): void {
  if (network.owner === null) {
    requireAdministrator(caller, policy, what);
    return;
  }
  requireUser(caller, policy, what);
  if (mayChange(caller, policy, network)) return;
  audit(caller, what, "refused");
  throw new TarrError("denied-network", { user: caller.name, network: network.name });
}

/** For what only a port's owner and administrators may do. */
export function requireOwner({ caller, policy }: Asking, port: Port, what: string): void {
  if (port.owner === caller.uid || mayAdminister(caller, policy)) return;
  audit(caller, what, "refused");
  throw new TarrError("denied-owner", { name: port.name });
}
