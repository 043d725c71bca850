import type { RecipeNames, RecipeStep, RecipeWords } from "./recipe.ts";

/** Checks and traps that several kinds share. */

/** The tap of the prototype (plan/desired.ts): open to all. */
const prototypeTap = "tap0";

export function gatewayOf(names: RecipeNames): string {
  return names.address.split("/")[0] ?? names.address;
}

/**
 * The MAC for a machine on the tap. A port's MAC passes on that user's own ports only (host/nft/render.ts), and tap0 is
 * nobody's: there the program's own is right.
 */
export function macOnTap(names: RecipeNames): string | null {
  return names.tap === prototypeTap ? null : names.mac;
}

/** Of what joins by an interface that is no port of ours. */
export const noPort: RecipeWords = {
  en: "It has no port, so it must not use the MAC or the address of one (tarr-steps port list): such frames are dropped.",
  fr: "Elle n'a pas de port, et ne doit donc prendre ni la MAC ni l'adresse d'un port (tarr-steps port list) : ses trames seraient jetées.",
};

/** Typed in the machine. */
export function pingFromMachine(names: RecipeNames): RecipeStep {
  return {
    who: "user",
    words: {
      en: "In the machine: it has an address of the range, and the host answers.",
      fr: "Dans la machine : elle a une adresse de la plage, et l'hôte répond.",
    },
    code: `ip address\nping -c 1 ${gatewayOf(names)}`,
  };
}

export function neighbours(names: RecipeNames): RecipeStep {
  return {
    who: "user",
    words: {
      en: `On the host: the machines that spoke on ${names.switch} lately.`,
      fr: `Sur l'hôte : les machines qui ont parlé récemment sur ${names.switch}.`,
    },
    code: `ip neigh show dev ${names.switch}`,
  };
}

export function tapIsUp(names: RecipeNames): RecipeStep {
  return {
    who: "user",
    words: {
      en: `On the host: ${names.tap} is UP as long as the machine runs, and DOWN (NO-CARRIER) else.`,
      fr: `Sur l'hôte : ${names.tap} est UP tant que la machine tourne, sinon DOWN (NO-CARRIER).`,
    },
    code: `ip -brief link show dev ${names.tap}`,
  };
}

export function oneProgramForTap(names: RecipeNames): RecipeWords {
  return {
    en: `“Device or resource busy”: another program holds ${names.tap}. One program at a time.`,
    fr: `« Device or resource busy » : un autre programme tient ${names.tap}. Un seul à la fois.`,
  };
}

export const hostFirewall: RecipeWords = {
  en: "No address: tarr-steps doctor says whether DHCP runs, and who is in its way.",
  fr: "Pas d'adresse : tarr-steps doctor dit si le DHCP tourne, et qui le gêne.",
};

/** The engines that give addresses themselves know nothing of our DHCP. */
export function leaveRoom(names: RecipeNames, ours: string): RecipeStep {
  return {
    who: "administrator",
    words: {
      en: "Once: keep our DHCP out of the addresses that the engine is to give.",
      fr: "Une fois pour toutes : tenir notre DHCP à l'écart des adresses que le moteur donnera.",
    },
    code: `tarr-steps network set ${names.network} range=${ours}`,
  };
}
