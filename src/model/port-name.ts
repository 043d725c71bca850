import type { MachineName } from "./names.ts";
import { isMachineName, reservedNames } from "./names.ts";

const longest = 63;

/**
 * The name on its network of a machine that a hypervisor calls otherwise: hypervisors take nearly any text, DNS takes
 * letters, digits and hyphens (RFC 1123 §2.1). "Débian n° 2" becomes `debian-n-2`.
 *
 * @param taken names that others on the network have
 */
export function portNameFor(text: string, taken: ReadonlySet<string>): MachineName {
  const plain = text
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  const led = /^[a-z]/.test(plain) && !reservedNames.has(plain) ? plain : `machine-${plain}`;
  for (let number = 1; ; number += 1) {
    const suffix = number === 1 ? "" : `-${number}`;
    const name = `${led.slice(0, longest - suffix.length).replace(/-+$/, "")}${suffix}`;
    if (isMachineName(name) && !taken.has(name)) return name;
  }
}
