import type { portWordsEn } from "./port-words.en.ts";

/** Les ports : leurs câbles, leurs liaisons, et ce qui y passe. */
export const portWordsFr = (): Readonly<Record<keyof ReturnType<typeof portWordsEn>, string>> => ({
  "help-port-show": "montrer un port, avec son câble et sa liaison",
  "help-port-down": "débrancher le câble d'un port ; la machine reste où elle est",
  "help-port-up": "rebrancher le câble d'un port",
  "help-port-set": "dégrader la liaison d'un port, ou la rétablir",
  "help-port-capture": "toutes les trames d'un port, au format pcap, sur la sortie standard",
  "help-port-delete": "supprimer un de vos ports qu'aucune machine n'a",
  "port-deleted": "Le port {port} ({name}) est supprimé.",
  "value-count": "N",
  "value-for": "SECONDES",
  "column-cable": "CÂBLE",
  "column-line": "LIAISON",
  "cable-in": "branché",
  "cable-out": "débranché",
  "line-normal": "normale",
  "port-pulled": "Le câble de {name} est débranché ; pour le rebrancher : tarr-steps port up {port}",
  "port-plugged": "Le câble de {name} est branché.",
  "port-line": "Liaison de {name} : {line} ; pour la rétablir : tarr-steps port set {port} normal",
  "port-line-normal": "La liaison de {name} est rétablie.",
  "capture-ended": "{frames|trame|trames}, dont perdues : {dropped}",
  "status-cable-out": "câble débranché",
  "step-set-cable": "brancher ou débrancher le câble",
  "step-set-line": "mettre la liaison à",
  "reason-pulled": "câble débranché",
});
