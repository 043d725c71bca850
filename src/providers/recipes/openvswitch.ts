import type { Recipe, RecipeNames } from "./recipe.ts";
import { lines } from "./recipe.ts";
import { neighbours, noPort, pingFromMachine } from "./seen.ts";

/**
 * Tried with Open vSwitch 3.5.0 (Debian 13) and its user-space datapath: pings pass; DHCP and TCP only with `ethtool -K X
 * tx off` on every sender, the switch included. Its kernel datapath was not at hand.
 */
export function openvswitchRecipe(names: RecipeNames): Recipe {
  return {
    title: {
      en: `Open vSwitch: a bridge of yours joined to ${names.switch} by a cable`,
      fr: `Open vSwitch : un pont à vous relié à ${names.switch} par un câble`,
    },
    steps: [
      {
        who: "administrator",
        words: {
          en: `Make the cable, a veth pair, and plug one end into ${names.switch}.`,
          fr: `Créer le câble, une paire veth, et brancher un bout sur ${names.switch}.`,
        },
        code: lines(
          "sudo ip link add ovs-a type veth peer name ovs-b",
          `sudo ip link set ovs-a master ${names.switch} up`,
          "sudo ip link set ovs-b up",
        ),
      },
      {
        who: "administrator",
        words: {
          en: "Plug the other end into the bridge of Open vSwitch, here ovsbr0.",
          fr: "Brancher l'autre bout sur le pont Open vSwitch, ici ovsbr0.",
        },
        code: lines("sudo ovs-vsctl --may-exist add-br ovsbr0", "sudo ovs-vsctl --may-exist add-port ovsbr0 ovs-b"),
      },
    ],
    checks: [
      {
        who: "administrator",
        words: { en: "Both ends are plugged in.", fr: "Les deux bouts sont branchés." },
        code: lines("ip -brief link show dev ovs-a", "sudo ovs-vsctl list-ports ovsbr0"),
      },
      pingFromMachine(names),
      neighbours(names),
    ],
    traps: [
      {
        en: "A boot takes the cable away, and Open vSwitch remembers its end: make the veth pair again, or have systemd-networkd make it.",
        fr: "Un redémarrage enlève le câble, et Open vSwitch en retient le bout : recréez la paire veth, ou confiez-la à systemd-networkd.",
      },
      {
        en: "One cable only, and no way from ovsbr0 to the LAN: a second way makes a loop, and our DHCP would answer on the LAN.",
        fr: "Un seul câble, et aucun chemin de ovsbr0 vers le réseau local : un second chemin fait une boucle, et notre DHCP répondrait sur le réseau local.",
      },
      {
        en: "Leave the datapath in the kernel (the usual one). With datapath_type=netdev pings pass, but DHCP and TCP do not: it completes no checksums.",
        fr: "Laissez le chemin de données dans le noyau (le réglage habituel). Avec datapath_type=netdev les pings passent, mais ni DHCP ni TCP : il ne complète pas les sommes de contrôle.",
      },
      {
        en: "qemu-bridge-helper, systemd-nspawn, Podman and Docker cannot join an Open vSwitch bridge: plug them into the switch itself.",
        fr: "qemu-bridge-helper, systemd-nspawn, Podman et Docker ne savent pas rejoindre un pont Open vSwitch : branchez-les sur le commutateur lui-même.",
      },
      noPort,
    ],
  };
}
