import type { SwitchProbes } from "../../src/host/probe/probes.ts";
import { readMac } from "../../src/host/packet/bytes.ts";

/** A host on which every machine is answered. */
export const goodProbes: SwitchProbes = {
  standIn: (_, [first]) => Promise.resolve({ mac: readMac(Uint8Array.of(2, 0, 0, 0, 0, 9)), address: first ?? null }),
  ask: ({ dhcp, gateway }) =>
    Promise.resolve({ arp: true, dhcp: dhcp ? true : null, dns: true, tcp: gateway === null ? null : true }),
  trace: (_, work) => work().then(() => []),
  holder: () => Promise.resolve(null),
  strictPaths: () => Promise.resolve([]),
  pathDrops: () => Promise.resolve(0),
  answersHost: () => Promise.resolve(true),
};
