import { interfaceName } from "../../model/names.ts";
import { pairOf } from "../../model/pairs.ts";
import type { Recipe, RecipeNames, RecipeStep } from "./recipe.ts";
import { lines } from "./recipe.ts";
import { hostFirewall, neighbours, pingFromMachine } from "./seen.ts";

/** What tarr-steps takes when nobody has it (model/vmware-networking.ts). */
const firstOfOurs = 200;

/** VMware takes static addresses of these only. */
const ofVmware = /^00:50:56:[0-3]/i;

/**
 * VMware's module was measured on the port that this names; its closed programs were not at hand. What is written in the
 * files is from the grammar of the networking file as Vagrant and Packer read it.
 */
export function vmwareRecipe(names: RecipeNames): Recipe {
  const port = portOf(names);
  const vmnet = `vmnet${names.vmnet ?? usualNumber(names)}`;
  return {
    title: {
      en: `VMware Workstation: a machine on ${names.switch}, by ${vmnet} (shorter: tarr-steps plug vmware:"v1")`,
      fr: `VMware Workstation : une machine sur ${names.switch}, par ${vmnet} (plus court : tarr-steps plug vmware:"v1")`,
    },
    steps: [...(names.vmnet === null ? mapping(names) : []), ...wiring(names, vmnet)],
    checks: [
      {
        who: "user",
        words: { en: "The bridge is in VMware's settings.", fr: "Le pont est dans les réglages de VMware." },
        code: `grep ${port} /etc/vmware/networking`,
      },
      pingFromMachine(names),
      neighbours(names),
    ],
    traps: [
      {
        en: `Bridge ${vmnet} to ${port}, the switch's interface for VMware: on ${names.switch} itself pings pass, but TCP and UDP with containers and QEMU machines fail.`,
        fr: `Mettez ${vmnet} en pont sur ${port}, l'interface du commutateur pour VMware : sur ${names.switch} lui-même les pings passent, mais TCP et UDP échouent avec les conteneurs et les machines QEMU.`,
      },
      {
        en: "Other programs rewrite /etc/vmware/networking and lose the line (Vagrant's VMware utility does). The service puts it back; an administrator has VMware read it: sudo tarr-stepsd --vmware-networking --apply",
        fr: "D'autres programmes réécrivent /etc/vmware/networking et perdent la ligne (l'utilitaire VMware de Vagrant, par exemple). Le service la remet ; un administrateur la fait relire à VMware par sudo tarr-stepsd --vmware-networking --apply.",
      },
      {
        en: "A fixed MAC must be from 00:50:56:00:00:01 to 00:50:56:3f:ff:ff, else the machine does not start.",
        fr: "Une MAC fixe doit être comprise entre 00:50:56:00:00:01 et 00:50:56:3f:ff:ff, sinon la machine ne démarre pas.",
      },
      {
        en: `“attempted to enable promiscuous mode”: only a bridge inside the machine needs it, and a right to /dev/${vmnet}.`,
        fr: `« attempted to enable promiscuous mode » : seule une machine qui contient un pont en a besoin ; il lui faut l'accès à /dev/${vmnet}.`,
      },
      hostFirewall,
    ],
  };
}

function portOf(names: RecipeNames): string {
  return pairOf("vmware", interfaceName(names.switch)).interface;
}

function usualNumber(names: RecipeNames): number {
  return firstOfOurs + Number(/\d+$/.exec(names.switch)?.[0] ?? 0);
}

function mapping(names: RecipeNames): readonly RecipeStep[] {
  const vmnet = usualNumber(names);
  const port = portOf(names);
  return [
    {
      who: "administrator",
      words: {
        en: `Once: bridge a VMware network to ${port}, the interface of ${names.switch}. Power off the VMware machines first: their network stops for some seconds.`,
        fr: `Une fois pour toutes : relier un réseau de VMware à ${port}, l'interface de ${names.switch}. Éteignez d'abord les machines VMware : leur réseau s'interrompt quelques secondes.`,
      },
      code: "sudo tarr-stepsd --vmware-networking --apply",
    },
    {
      who: "user",
      words: {
        en: `See its number, usually ${vmnet}: add_bridge_mapping ${port} ${vmnet}. If it is another, take that one below.`,
        fr: `Voir son numéro, d'ordinaire ${vmnet} : add_bridge_mapping ${port} ${vmnet}. Si c'en est un autre, prenez-le ci-dessous.`,
      },
      code: `grep ${port} /etc/vmware/networking`,
    },
  ];
}

function wiring(names: RecipeNames, vmnet: string): readonly RecipeStep[] {
  const fixed = names.mac !== null && ofVmware.test(names.mac) ? names.mac : null;
  return [
    {
      who: "user",
      words: {
        en: "The machine being off and its tab closed: write these lines in its .vmx file, in place of those with the same keys.",
        fr: "Machine éteinte et onglet fermé : écrire ces lignes dans son fichier .vmx, à la place de celles qui ont les mêmes clés.",
      },
      code: lines(
        'ethernet0.present = "TRUE"',
        'ethernet0.connectionType = "custom"',
        `ethernet0.vnet = "/dev/${vmnet}"`,
        'ethernet0.startConnected = "TRUE"',
        ...(fixed === null
          ? ['ethernet0.addressType = "generated"']
          : ['ethernet0.addressType = "static"', `ethernet0.address = "${fixed}"`]),
      ),
    },
    {
      who: "user",
      words: { en: "Start it.", fr: "La démarrer." },
      code: "vmrun -T ws start ~/vmware/v1/v1.vmx",
    },
  ];
}
