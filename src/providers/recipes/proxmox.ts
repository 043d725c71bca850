import type { Recipe, RecipeNames } from "./recipe.ts";
import { hostFirewall, neighbours, noPort, pingFromMachine } from "./seen.ts";

/** Not tried on Proxmox VE itself: from the source of pve-common and qemu-server (Network.pm, JSONSchema.pm). */
export function proxmoxRecipe(names: RecipeNames): Recipe {
  return {
    title: {
      en: `Proxmox VE: a machine or a container on ${names.switch}`,
      fr: `Proxmox VE : une machine ou un conteneur sur ${names.switch}`,
    },
    steps: [
      {
        who: "administrator",
        words: {
          en: "A virtual machine, 100 being its number.",
          fr: "Une machine virtuelle, 100 étant son numéro.",
        },
        code: `sudo qm set 100 --net0 virtio,bridge=${names.switch}`,
      },
      {
        who: "administrator",
        words: {
          en: "A container, 101 being its number.",
          fr: "Un conteneur, 101 étant son numéro.",
        },
        code: `sudo pct set 101 --net0 name=eth0,bridge=${names.switch},ip=dhcp`,
      },
    ],
    checks: [
      {
        who: "user",
        words: {
          en: "On the host: tap100i0 or veth101i0 is on the switch.",
          fr: "Sur l'hôte : tap100i0 ou veth101i0 est sur le commutateur.",
        },
        code: `ip -brief link show master ${names.switch}`,
      },
      pingFromMachine(names),
      neighbours(names),
    ],
    traps: [
      {
        en: `The web interface lists the bridges of /etc/network/interfaces only: ${names.switch} is not among them, and must not be written there. Use the commands above.`,
        fr: `L'interface web ne liste que les ponts de /etc/network/interfaces : ${names.switch} n'y est pas, et ne doit pas y être écrit. Employez les commandes ci-dessus.`,
      },
      {
        en: `Give no VLAN tag: ${names.switch} is not VLAN aware, and Proxmox would look for a physical interface on it (no physical interface on bridge).`,
        fr: `N'indiquez pas d'étiquette de VLAN (tag) : ${names.switch} ne gère pas les VLAN, et Proxmox y chercherait une interface physique (no physical interface on bridge).`,
      },
      {
        en: `bridge '${names.switch}' does not exist: the machine started before the switch. tarr-steps network start, then start it again.`,
        fr: `bridge '${names.switch}' does not exist : la machine a démarré avant le commutateur. tarr-steps network start, puis relancez-la.`,
      },
      {
        en: "In a cluster, a machine that moves to another node finds the switch there only if tarr-steps is on that node, and it is another switch.",
        fr: "Dans une grappe, une machine qui change de nœud n'y trouve le commutateur que si tarr-steps y est installé, et c'est un autre commutateur.",
      },
      noPort,
      hostFirewall,
    ],
  };
}
