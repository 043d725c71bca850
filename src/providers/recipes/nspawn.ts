import type { Recipe, RecipeNames, RecipeWords } from "./recipe.ts";
import { lines } from "./recipe.ts";
import { hostFirewall, neighbours, noPort, pingFromMachine } from "./seen.ts";

/** Tried with systemd 257 (Debian 13): the container got its address by DHCP on host0. */
export function nspawnRecipe(names: RecipeNames): Recipe {
  return {
    title: {
      en: `systemd-nspawn: a container on ${names.switch}`,
      fr: `systemd-nspawn : un conteneur sur ${names.switch}`,
    },
    steps: [
      {
        who: "administrator",
        words: {
          en: "For the container v1 of /var/lib/machines: write where it plugs in.",
          fr: "Pour le conteneur v1 de /var/lib/machines : écrire où il se branche.",
        },
        code: lines(
          "sudo install -d /etc/systemd/nspawn",
          "sudo tee /etc/systemd/nspawn/v1.nspawn <<'END'",
          "[Network]",
          `Bridge=${names.switch}`,
          "END",
        ),
      },
      {
        who: "administrator",
        words: { en: "Start it anew.", fr: "Le redémarrer." },
        // `machinectl stop` does not wait: a start behind it finds the container still there, and does nothing.
        code: "sudo systemctl restart systemd-nspawn@v1",
      },
      {
        who: "administrator",
        words: {
          en: "In the container, once: have its host0 ask for an address.",
          fr: "Dans le conteneur, une fois pour toutes : que son host0 demande une adresse.",
        },
        code: "sudo systemctl --machine=v1 enable --now systemd-networkd",
      },
      {
        who: "administrator",
        words: { en: "For one run, without a file.", fr: "Pour un seul lancement, sans fichier." },
        code: `sudo systemd-nspawn --boot --machine=v1 --network-bridge=${names.switch}`,
      },
    ],
    checks: [
      {
        who: "user",
        words: {
          en: "On the host: vb-v1 is on the switch.",
          fr: "Sur l'hôte : vb-v1 est sur le commutateur.",
        },
        code: `ip -brief link show master ${names.switch}`,
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
      en: "Its end is called host0, not eth0. systemd-networkd in the container knows that name by itself; other programs must be told.",
      fr: "De son côté, l'interface s'appelle host0, pas eth0. systemd-networkd dans le conteneur connaît ce nom ; il faut le dire aux autres programmes.",
    },
    {
      en: "vb-v1 stays NO-CARRIER until something in the container sets host0 up.",
      fr: "vb-v1 reste NO-CARRIER tant que rien, dans le conteneur, n'active host0.",
    },
    {
      en: "Its MAC comes from the container's name and the host's machine-id: it stays, and cannot be chosen.",
      fr: "Sa MAC vient du nom du conteneur et du machine-id de l'hôte : elle ne change pas et ne se choisit pas.",
    },
    {
      en: "Ordinary users cannot do this: systemd-nspawn is run by root.",
      fr: "Un simple utilisateur ne le peut pas : systemd-nspawn est lancé par root.",
    },
    noPort,
    hostFirewall,
  ];
}
