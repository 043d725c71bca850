/**
 * How we recognise what is ours without a file that could be lost: every interface that we make is in this link group
 * ("tarr" as a 32-bit number, far from the small numbers that people use). It is given when a bridge or a veth is made,
 * in the same kernel call; a tap, which cannot have it so, is known from the journal until it carries it.
 */
export const linkGroup = 0x74617272;

/** Our table in nftables. Nothing else is ever written there, and we write nowhere else. */
export const ruleTable = "tarr_steps";
