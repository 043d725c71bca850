/**
 * How we recognise what is ours without a file that could be lost: every interface that we make is in this link group
 * ("tarr" as a 32-bit number, far from the small numbers that people use). It is given when a bridge or a veth is made,
 * in the same kernel call; a tap, which cannot have it so, is known from the journal until it carries it.
 */
export const linkGroup = 0x74617272;

/**
 * The mark of our routes and of the addresses that the host answers for: the number of who made them ("t" in ASCII), which
 * no routing daemon of /etc/iproute2/rt_protos has.
 */
export const routeProtocol = 116;

/**
 * How an interface that a hypervisor made begins its alias (`ip link`) while the cable or the line of the port that is
 * behind it is not as usual; the port's number follows. It goes with the interface, and needs no file.
 */
export const portAlias = "tarr-steps port ";

/** Our table in nftables. Nothing else is ever written there, and we write nowhere else. */
export const ruleTable = "tarr_steps";
/** The table that has the kernel tell what becomes of the doctor's own packets: there for half a second. */
export const traceTable = "tarr_steps_trace";
