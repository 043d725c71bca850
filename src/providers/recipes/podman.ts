import { blocksOf } from "./blocks.ts";
import type { Recipe, RecipeNames } from "./recipe.ts";
import { lines } from "./recipe.ts";
import { gatewayOf, leaveRoom, neighbours, noPort } from "./seen.ts";

/** Podman wants 64 hexadecimal digits that no other network of its has: the name spelt in them. */
function networkId(name: string): string {
  return Buffer.from(`tarr-steps ${name}`).toString("hex").padEnd(64, "0").slice(0, 64);
}

/**
 * Tried with Podman 5.4.2 and netavark 1.14 (Debian 13). `podman network create --subnet` refuses a subnet that the host
 * has ("already used on the host"), reading such a file does not. `--ipam-driver dhcp` cannot work: netavark's DHCP proxy
 * sends from the switch itself, so frames never come to the DHCP server that listens on that very interface.
 */
export function podmanRecipe(names: RecipeNames): Recipe {
  const blocks = blocksOf(names.address);
  const run = `--network ${names.network} --dns ${gatewayOf(names)} --dns-search ${names.domain}`;
  return {
    title: {
      en: `Podman, run by root (Debian 13): containers on ${names.switch}`,
      fr: `Podman lancé par root (Debian 13) : des conteneurs sur ${names.switch}`,
    },
    steps: [
      leaveRoom(names, blocks.ours),
      {
        who: "administrator",
        words: {
          en: "Once: write the network. Podman joins the switch as it is, and gives the last addresses.",
          fr: "Une fois pour toutes : écrire le réseau. Podman rejoint le commutateur tel qu'il est, et donne les dernières adresses.",
        },
        code: networkFile(names),
      },
      {
        who: "administrator",
        words: { en: "Run a container there.", fr: "Y lancer un conteneur." },
        code: `sudo podman run --rm -it ${run} debian bash`,
      },
    ],
    checks: [
      {
        who: "administrator",
        words: { en: "The containers and their addresses.", fr: "Les conteneurs et leurs adresses." },
        code: `sudo podman network inspect ${names.network}`,
      },
      neighbours(names),
    ],
    traps: [
      {
        en: "Rootless Podman cannot: its networks are in a namespace of their own. For an ordinary user's containers take LXC.",
        fr: "Podman sans root ne le peut pas : ses réseaux vivent dans leur propre espace de noms. Pour les conteneurs d'un simple utilisateur, prenez LXC.",
      },
      {
        en: "--ipam-driver dhcp does not work here (Timeout): Podman's DHCP proxy does not reach a server that is on the bridge's own host.",
        fr: "--ipam-driver dhcp ne marche pas ici (Timeout) : le relais DHCP de Podman n'atteint pas un serveur qui est sur l'hôte même du pont.",
      },
      {
        en: "podman network create --subnet says “already used on the host”; the file above does not.",
        fr: "podman network create --subnet répond « already used on the host » ; le fichier ci-dessus, non.",
      },
      {
        en: "Debian 12's Podman 4.3 does not know mode=unmanaged.",
        fr: "Le Podman 4.3 de Debian 12 ne connaît pas mode=unmanaged.",
      },
      {
        en: "When the switch's address changes, change this file too.",
        fr: "Si l'adresse du commutateur change, changez aussi ce fichier.",
      },
      noPort,
    ],
  };
}

function networkFile(names: RecipeNames): string {
  const blocks = blocksOf(names.address);
  return lines(
    "sudo install -d /etc/containers/networks",
    `sudo tee /etc/containers/networks/${names.network}.json <<'END'`,
    "{",
    `  "name": "${names.network}",`,
    `  "id": "${networkId(names.network)}",`,
    '  "driver": "bridge",',
    `  "network_interface": "${names.switch}",`,
    '  "subnets": [',
    "    {",
    `      "subnet": "${blocks.subnet}",`,
    `      "gateway": "${blocks.gateway}",`,
    `      "lease_range": { "start_ip": "${blocks.podman.first}", "end_ip": "${blocks.podman.last}" }`,
    "    }",
    "  ],",
    '  "ipv6_enabled": false,',
    '  "internal": false,',
    '  "dns_enabled": false,',
    '  "options": { "mode": "unmanaged" },',
    '  "ipam_options": { "driver": "host-local" }',
    "}",
    "END",
  );
}
