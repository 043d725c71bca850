import { blocksOf } from "./blocks.ts";
import type { Recipe, RecipeNames, RecipeWords } from "./recipe.ts";
import { lines } from "./recipe.ts";
import { gatewayOf, leaveRoom, neighbours, noPort } from "./seen.ts";

/** Tried with Docker 26.1.5 (Debian 13): address, ping, and the switch as it was after `network rm`. */
export function dockerRecipe(names: RecipeNames): Recipe {
  const blocks = blocksOf(names.address);
  const run = `--network ${names.network} --dns ${gatewayOf(names)} --dns-search ${names.domain}`;
  return {
    title: {
      en: `Docker: containers on ${names.switch}`,
      fr: `Docker : des conteneurs sur ${names.switch}`,
    },
    steps: [
      leaveRoom(names, blocks.ours),
      {
        who: "administrator",
        words: {
          en: "Once: make a Docker network of the switch. Docker leaves its address alone and does not translate.",
          fr: "Une fois pour toutes : faire du commutateur un réseau Docker. Docker ne touche pas à son adresse et ne traduit pas.",
        },
        code: lines(
          "sudo docker network create --driver bridge \\",
          `  --subnet ${blocks.subnet} --gateway ${blocks.gateway} --ip-range ${blocks.docker} \\`,
          `  --opt com.docker.network.bridge.name=${names.switch} \\`,
          "  --opt com.docker.network.bridge.inhibit_ipv4=true \\",
          `  --opt com.docker.network.bridge.enable_ip_masquerade=false ${names.network}`,
        ),
      },
      {
        who: "administrator",
        words: { en: "Run a container there.", fr: "Y lancer un conteneur." },
        code: `sudo docker run --rm -it ${run} debian bash`,
      },
      {
        who: "administrator",
        words: {
          en: "If the LAN is to reach machines on the switch: Docker drops what comes in from elsewhere, for all of them, until it is told not to. Until the next boot:",
          fr: "Si le réseau local doit atteindre les machines du commutateur : Docker jette ce qui arrive d'ailleurs, pour toutes, tant qu'on ne lui dit rien. Jusqu'au prochain démarrage :",
        },
        code: lines(
          `sudo iptables -I DOCKER-USER -i ${names.switch} -j ACCEPT`,
          `sudo iptables -I DOCKER-USER -o ${names.switch} -j ACCEPT`,
        ),
      },
    ],
    checks: [
      {
        who: "administrator",
        words: { en: "The containers and their addresses.", fr: "Les conteneurs et leurs adresses." },
        code: `sudo docker network inspect ${names.network}`,
      },
      neighbours(names),
    ],
    traps: traps(names),
  };
}

function traps(names: RecipeNames): readonly RecipeWords[] {
  const blocks = blocksOf(names.address);
  return [
    {
      en: `Docker knows no DHCP: it gives addresses of its own, of ${blocks.docker}, and containers have no name in ${names.domain}.`,
      fr: `Docker ignore DHCP : il donne ses propres adresses, de ${blocks.docker}, et les conteneurs n'ont pas de nom dans ${names.domain}.`,
    },
    {
      en: "Without inhibit_ipv4 and enable_ip_masquerade=false Docker sets the switch's address itself and translates what leaves it.",
      fr: "Sans inhibit_ipv4 ni enable_ip_masquerade=false, Docker pose lui-même l'adresse du commutateur et traduit ce qui en sort.",
    },
    {
      en: `When the switch's address changes: sudo docker network rm ${names.network}, and make it again. The switch itself stays.`,
      fr: `Si l'adresse du commutateur change : sudo docker network rm ${names.network}, puis recréez-le. Le commutateur, lui, reste.`,
    },
    {
      en: "The group docker is worth root. For an ordinary user's containers take LXC.",
      fr: "Le groupe docker vaut root. Pour les conteneurs d'un simple utilisateur, prenez LXC.",
    },
    noPort,
  ];
}
