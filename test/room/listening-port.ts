import { randomInt } from "node:crypto";

/**
 * A port to listen on, at random so that nothing depends on one; below those that Linux gives to clients
 * (net.ipv4.ip_local_port_range, from 32768 on): on one of those a client that left a minute ago may still be in
 * TIME_WAIT, and listening is refused.
 * @param room how many ports from it on are wanted
 */
export const listeningPort = (room = 1): number => randomInt(20_000, 32_768 - room);
