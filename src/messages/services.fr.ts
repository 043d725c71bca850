import type { ErrorCode } from "../error.ts";
import type { ErrorWords } from "./errors.en.ts";

type Code = Extract<ErrorCode, `name-service-${string}`>;

/** What can be wrong with a network's DHCP and DNS. */
export const servicesFr = (): Readonly<Record<Code, ErrorWords>> => ({
  "name-service-failed": {
    message: "Le service DHCP et DNS de {network} ne démarre pas ; tout a été remis comme avant.",
    hint: "root voit pourquoi : sudo journalctl -n 20 -u tarr-steps-dnsmasq@{network} ; puis : tarr-steps doctor",
  },
});
