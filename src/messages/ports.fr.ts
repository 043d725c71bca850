import type { ErrorCode } from "../error.ts";
import type { ErrorWords } from "./errors.en.ts";

type Code = Extract<ErrorCode, `line-${string}` | `capture${string}` | `port-${string}`>;

/** Le câble d'un port, sa liaison, et ce qui y passe. */
export const portsFr = (): Readonly<Record<Code, ErrorWords>> => ({
  "line-syntax": {
    message: "« {value} » ne dit rien d'une liaison.",
    hint: "Écrivez CLÉ=VALEUR (delay, jitter, loss, rate) : tarr-steps port set web delay=50ms, ou : tarr-steps port set web normal",
  },
  "line-delay-invalid": {
    message: "« {value} » n'est pas un délai : un nombre et son unité, de 1us à 10s.",
    hint: "tarr-steps port set web delay=50ms jitter=5ms",
  },
  "line-jitter-above": {
    message: "Une gigue de {value} dépasse le délai de {delay} : aucune trame n'arrive avant d'être partie.",
    hint: "tarr-steps port set web delay=50ms jitter=5ms",
  },
  "line-loss-invalid": {
    message: "« {value} » n'est pas un taux de perte : de 0.01% à 100%.",
    hint: "tarr-steps port set web loss=2%",
  },
  "line-rate-invalid": {
    message: "« {value} » n'est pas un débit : un nombre et son unité, de 50kbit à 10gbit.",
    hint: "tarr-steps port set web rate=10mbit",
  },
  "line-unsupported": {
    message: "Le noyau de cet hôte n'a pas {module} : il ne sait pas faire une telle liaison. Rien n'a été changé.",
    hint: "Le noyau de Debian l'a : /sbin/modinfo {module}. Un débit seul demande moins : tarr-steps port set web normal rate=10mbit",
  },
  "line-shared": {
    message:
      "{name} ne peut avoir ni délai ni gigue : les machines VMware d'un commutateur passent toutes par la même interface.",
    hint: "Son câble, ses pertes et son débit peuvent changer : tarr-steps port set {name} loss=2% rate=10mbit",
  },
  "port-unknown": { message: "Le port « {port} » n'existe pas.", hint: "tarr-steps port list" },
  "port-ambiguous": {
    message: "Plusieurs ports s'appellent {name} : {ports}.",
    hint: "Désignez-le par son identifiant : tarr-steps port show {example}",
  },
  "port-shared": {
    message:
      "Impossible de capturer ici les trames de {name} : les machines VMware d'un commutateur passent toutes par la même interface.",
    hint: "Capturez dans la machine elle-même, avec tcpdump.",
  },
  "port-of-machine": {
    message: "Le port {port} est celui de votre machine {name}.",
    hint: "Il part avec la machine : tarr-steps machine stop {name} && tarr-steps machine delete {name}",
  },
  "port-of-card": {
    message: "Le port {port} est celui de la carte {nic} de {name}.",
    hint: "Rendez à la carte ce qu'elle avait, et le port part : tarr-steps unplug {machine} --nic {nic}",
  },
  "port-used": {
    message: "Une machine de {user} utilise le port {port} ({name}).",
    hint: "Un administrateur l'arrête d'abord ; voir laquelle : sudo tarr-steps machine list --owner {user} ; puis : sudo tarr-steps machine stop --owner {user} NOM",
  },
  "port-no-place": {
    message: "Le commutateur ne voit pas {name} : elle ne tourne pas, ou n'a encore rien émis.",
    hint: "Démarrez-la, laissez-la demander une adresse, puis recommencez : tarr-steps port show {name}",
  },
  "captures-many": {
    message: "{user} capture déjà sur {count|port|ports} : un utilisateur ne peut pas en faire plus à la fois.",
    hint: "Arrêtez l'une de ces captures (Ctrl-C), puis recommencez.",
  },
  "capture-terminal": {
    message: "Une capture ne s'affiche pas dans un terminal.",
    hint: "tarr-steps port capture {name} | wireshark -k -i -    ou : tarr-steps port capture {name} >{name}.pcap",
  },
  "capture-limit-invalid": {
    message: "« {value} » n'est pas un nombre entier de 1 à 1000000.",
    hint: "tarr-steps port capture web --count 100 --for 60 >web.pcap",
  },
});
