import type { Cidr } from "../../model/address.ts";
import { hostAddress, hostPart, parseSwitchAddress, subnetSize } from "../../model/address.ts";
import { defaultRange } from "../../model/network.ts";

/** Addresses for the engines that give their own: a block near the end of the subnet for each, and the rest for ours. */
export type Blocks = {
  readonly subnet: string;
  readonly gateway: string;
  /** `FIRST-LAST`: what is left for our DHCP. */
  readonly ours: string;
  readonly docker: string;
  readonly podman: { readonly first: string; readonly last: string };
};

const largestBlock = 16;

/** For subnets down to /29. @throws TarrError what is wrong with the address */
export function blocksOf(address: string): Blocks {
  const own: Cidr = parseSwitchAddress(address);
  const size = subnetSize(own);
  // A power of 2 that divides the subnet: Docker takes its block as a prefix.
  const block = Math.max(2, Math.min(largestBlock, size / 8));
  const atEnd = size - 2 * block;
  // The switch's own address is not to be given away.
  const docker = hostPart(own, own.address) >= atEnd ? atEnd - 2 * block : atEnd;
  const podman = docker + block;
  const first = hostPart(own, defaultRange(own).first);
  const host = (part: number): string => hostAddress(own, part);
  return {
    subnet: `${host(0)}/${own.prefix}`,
    gateway: own.address,
    ours: `${host(Math.min(first, docker - 1))}-${host(docker - 1)}`,
    docker: `${host(docker)}/${32 - Math.log2(block)}`,
    podman: { first: host(podman), last: host(Math.min(podman + block - 1, size - 2)) },
  };
}
