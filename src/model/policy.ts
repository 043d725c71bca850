import type { Cidr } from "./address.ts";
import { parseSubnet } from "./address.ts";

/** Who may do what. Decided by uid and by the groups that the user database gives for it, never by a login's age. */
export type Policy = {
  /** Users (`alice`), groups (`%etudiants`) or everybody (`*`) who may use networks and own ports. */
  readonly use: readonly string[];
  /** Users and groups who may change networks. root always may. */
  readonly administer: readonly string[];
  /** The most ports one user may own. */
  readonly ports: number;
  /** The most networks that one user may make; administrators may make more. */
  readonly networks: number;
  /** The most memory of one user's machines together, MiB, and the most disk, GiB. Null: as much as there is. */
  readonly memory: number | null;
  readonly disk: number | null;
  /** Where users' networks may be: a public subnet would take the host's way to others' servers. */
  readonly subnets: readonly Cidr[];
};

export type Caller = { readonly uid: number; readonly name: string; readonly groups: readonly string[] };

/** The first uid of people on Debian (adduser's FIRST_UID); below are the system's own accounts. */
const firstRegularUid = 1000;
/** The overflow uid: the kernel says it for a caller of another user namespace, whom we cannot know. */
const overflowUid = 65534;

export const adminGroup = "tarr-steps-admin";

export const defaultPolicy: Policy = {
  use: ["*"],
  administer: [`%${adminGroup}`],
  ports: 32,
  networks: 4,
  memory: null,
  disk: null,
  // Private addresses (RFC 1918).
  subnets: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].map(parseSubnet),
};

export function mayAdminister(caller: Caller, policy: Policy): boolean {
  if (caller.uid === 0) return true;
  return isRegular(caller) && policy.administer.some((grantee) => grants(grantee, caller));
}

export function mayUse(caller: Caller, policy: Policy): boolean {
  if (mayAdminister(caller, policy)) return true;
  return isRegular(caller) && policy.use.some((grantee) => grants(grantee, caller));
}

function isRegular(caller: Caller): boolean {
  return caller.uid >= firstRegularUid && caller.uid !== overflowUid;
}

function grants(grantee: string, caller: Caller): boolean {
  if (grantee === "*") return true;
  return grantee.startsWith("%") ? caller.groups.includes(grantee.slice(1)) : grantee === caller.name;
}

/** A network of the caller's, or any for an administrator. */
export function mayChange(caller: Caller, policy: Policy, network: { readonly owner: number | null }): boolean {
  if (mayAdminister(caller, policy)) return true;
  return network.owner === caller.uid && mayUse(caller, policy);
}
