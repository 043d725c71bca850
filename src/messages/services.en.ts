import type { ErrorCode } from "../error.ts";
import type { ErrorWords } from "./errors.en.ts";

type Code = Extract<ErrorCode, `name-service-${string}`>;

/** What can be wrong with a network's DHCP and DNS. */
export const servicesEn = (): Readonly<Record<Code, ErrorWords>> => ({
  "name-service-failed": {
    message: "The DHCP and DNS service of {network} does not start; all was put back as it was.",
    hint: "Root sees why: sudo journalctl -n 20 -u tarr-steps-dnsmasq@{network}; then: tarr-steps doctor",
  },
});
