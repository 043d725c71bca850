import type { Recipe, RecipeNames } from "./recipe.ts";
import { lines } from "./recipe.ts";
import { hostFirewall, neighbours, pingFromMachine } from "./seen.ts";

/** Tried with LXC 5.0.2 (Debian 12), unprivileged. */
export function lxcRecipe(names: RecipeNames): Recipe {
  return {
    title: {
      en: `LXC: an unprivileged container on ${names.switch} (shorter: tarr-steps plug lxc:v1)`,
      fr: `LXC : un conteneur non privilégié sur ${names.switch} (plus court : tarr-steps plug lxc:v1)`,
    },
    steps: [
      {
        who: "administrator",
        words: {
          en: `Once, and only if ${names.user} has no LXC port (tarr-steps keeps the line of whoever has one): allow ${names.user} 10 interfaces on ${names.switch}.`,
          fr: `Une fois pour toutes, et seulement si ${names.user} n'a aucun port LXC (tarr-steps tient la ligne de qui en a) : permettre à ${names.user} 10 interfaces sur ${names.switch}.`,
        },
        code: `echo '${names.user} veth ${names.switch} 10' | sudo tee -a /etc/lxc/lxc-usernet`,
      },
      {
        who: "user",
        words: {
          en: "In ~/.local/share/lxc/v1/config, have these lines in place of the other lxc.net.0 ones. v1 is the container's name.",
          fr: "Dans ~/.local/share/lxc/v1/config, mettre ces lignes à la place des autres lxc.net.0. v1 est le nom du conteneur.",
        },
        code: lines(
          "lxc.net.0.type = veth",
          `lxc.net.0.link = ${names.switch}`,
          "lxc.net.0.flags = up",
          ...(names.mac === null ? [] : [`lxc.net.0.hwaddr = ${names.mac}`]),
        ),
      },
      {
        who: "user",
        words: { en: "Start it anew.", fr: "Le redémarrer." },
        code: lines("lxc-stop -n v1", "lxc-unpriv-start -n v1"),
      },
    ],
    checks: [
      {
        who: "user",
        words: { en: "The container runs, with an address.", fr: "Le conteneur tourne et a une adresse." },
        code: "lxc-ls --fancy -F NAME,STATE,IPV4",
      },
      pingFromMachine(names),
      neighbours(names),
    ],
    traps: [
      {
        en: `“Quota reached” says nearly nothing: no line for you in /etc/lxc/lxc-usernet, another bridge's name in it, or 10 interfaces taken. See: grep ${names.switch} /etc/lxc/lxc-usernet`,
        fr: `« Quota reached » ne dit presque rien : pas de ligne à votre nom dans /etc/lxc/lxc-usernet, un autre nom de pont, ou 10 interfaces prises. Voir : grep ${names.switch} /etc/lxc/lxc-usernet`,
      },
      {
        en: "lxc.include = /etc/lxc/default.conf brings lxc.net.0.link = lxcbr0: your lines must come after it.",
        fr: "lxc.include = /etc/lxc/default.conf apporte lxc.net.0.link = lxcbr0 : vos lignes doivent venir après.",
      },
      {
        en: "lxc-start alone fails on a host with cgroups v2: use lxc-unpriv-start, in a login session of your own (not su).",
        fr: "lxc-start seul échoue sur un hôte en cgroups v2 : employez lxc-unpriv-start, dans votre propre session (pas su).",
      },
      hostFirewall,
    ],
  };
}
