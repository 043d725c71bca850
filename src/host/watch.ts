import { follow } from "./command.ts";

/**
 * Calls `onChange` when something on the host changed that we may care about: interfaces, addresses, forwarding,
 * packet rules. What changed is not read from it (`ip -json monitor` prints no JSON in iproute2 6.1): it only says when
 * to look. @returns what ends the watching
 */
export function watchHost(onChange: () => void): () => void {
  const ends = [
    follow(["ip", "monitor", "link", "address", "netconf"], onChange),
    follow(["nft", "monitor"], onChange),
  ];
  return () => {
    for (const end of ends) end();
  };
}
