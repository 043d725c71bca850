import type { Recipe, RecipeNames, RecipeWords } from "./recipe.ts";
import { lines } from "./recipe.ts";
import { hostFirewall, neighbours, noPort, pingFromMachine } from "./seen.ts";

/** Tried with Incus 6.0.4 (Debian 13): device, project and refusals; no instance was started on the switch. */
export function incusRecipe(names: RecipeNames): Recipe {
  const device = `nic nictype=bridged parent=${names.switch} name=eth0`;
  return {
    title: {
      en: `Incus: an instance on ${names.switch}`,
      fr: `Incus : une instance sur ${names.switch}`,
    },
    steps: [
      {
        who: "administrator",
        words: {
          en: `Once for each user of the group incus: let their project join ${names.switch}. The project's name ends with the user's number (id -u ${names.user}).`,
          fr: `Une fois pour chaque utilisateur du groupe incus : laisser son projet rejoindre ${names.switch}. Le nom du projet finit par le numéro de l'utilisateur (id -u ${names.user}).`,
        },
        code: lines(
          `number=$(id -u ${names.user})`,
          `sudo incus project set "user-$number" restricted.devices.nic=allow restricted.networks.access="incusbr-$number,${names.switch}"`,
        ),
      },
      {
        who: "user",
        words: {
          en: "Give the instance its NIC on the switch; eth0 takes the place of the one that its profile brings. v1 is its name.",
          fr: "Donner à l'instance sa carte sur le commutateur ; eth0 remplace celle qu'apporte son profil. v1 est son nom.",
        },
        code: `incus config device add v1 eth0 ${device}`,
      },
      { who: "user", words: { en: "Start it anew.", fr: "La redémarrer." }, code: "incus restart v1" },
    ],
    checks: [
      {
        who: "user",
        words: { en: "It has an address of the range.", fr: "Elle a une adresse de la plage." },
        code: "incus list v1",
      },
      pingFromMachine(names),
      neighbours(names),
    ],
    traps: traps(),
  };
}

function traps(): readonly RecipeWords[] {
  return [
    {
      en: "“Project not found”: that user has not used Incus yet. Let them type incus list once.",
      fr: "« Project not found » : cet utilisateur n'a pas encore employé Incus. Qu'il tape une fois incus list.",
    },
    {
      en: "“Only managed network devices are allowed”: the first step was not done for you.",
      fr: "« Only managed network devices are allowed » : la première étape n'a pas été faite pour vous.",
    },
    {
      en: "incus network attach asks Open vSwitch where that is installed, and fails when it does not run: incus config device add does not.",
      fr: "incus network attach interroge Open vSwitch là où il est installé, et échoue s'il ne tourne pas : incus config device add, non.",
    },
    {
      en: "“The device already exists”: incus config device remove v1 eth0, then again.",
      fr: "« The device already exists » : incus config device remove v1 eth0, puis recommencez.",
    },
    {
      en: "ipv4.address is not for a bridge that Incus does not manage: addresses are given by our DHCP.",
      fr: "ipv4.address ne vaut pas pour un pont qu'Incus ne gère pas : les adresses viennent de notre DHCP.",
    },
    {
      en: "The group incus-admin is worth root; its members skip the first step.",
      fr: "Le groupe incus-admin vaut root ; ses membres sautent la première étape.",
    },
    noPort,
    hostFirewall,
  ];
}
