import type { ErrorCode } from "../error.ts";
import type { ErrorWords } from "./errors.en.ts";

type Code = Extract<
  ErrorCode,
  | `machine-${string}`
  | `machines-${string}`
  | `plugged-${string}`
  | `unplug-${string}`
  | `cpus-${string}`
  | `copy-${string}`
  | `reset-${string}`
  | "memory-above"
  | "file-unknown"
  | "folder-unknown"
  | `nic-${string}`
  | `nics-${string}`
  | `mac-${string}`
  | `provider-${string}`
>;

/** Une machine, ses cartes, et l'hyperviseur qui la fait tourner. */
export const machinesFr = (): Readonly<Record<Code, ErrorWords>> => ({
  "provider-unknown": { message: "Le fournisseur « {value} » n'existe pas.", hint: "Les fournisseurs sont : {known}." },
  "machine-unknown": { message: "Vous n'avez pas de machine « {name} ».", hint: "tarr-steps machine list" },
  "machine-exists": {
    message: "Vous avez déjà une machine {name}.",
    hint: "Démarrez-la : tarr-steps machine start {name} ; supprimez-la : tarr-steps machine stop {name} && tarr-steps machine delete {name} ; ou prenez un autre nom.",
  },
  "machine-half-made": {
    message:
      "La machine {name} n'est créée qu'à moitié : la commande qui la créait a été interrompue, ou est encore à l'œuvre.",
    hint: "Supprimez ce qui est là, puis recréez-la : tarr-steps machine delete {name}",
  },
  "machine-running": { message: "La machine {name} est en marche.", hint: "tarr-steps machine stop {name}" },
  "machine-paused": {
    message: "La machine {name} est en pause.",
    hint: "Qu'elle continue : tarr-steps machine start {name} ; ou l'arrêter : tarr-steps machine stop {name}",
  },
  "machine-stopped": { message: "La machine {name} n'est pas en marche.", hint: "tarr-steps machine start {name}" },
  "machine-start-failed": {
    message: "La machine {name} n'a pas démarré : {said}",
    hint: "Voir son journal : tarr-steps machine logs {name}",
  },
  "machine-no-address": {
    message:
      "Personne n'a encore vu d'adresse de {name} : dans un réseau ponté, c'est le serveur du réseau local qui la donne.",
    hint: "Regardez la machine elle-même : tarr-steps machine console {name}",
  },
  "machine-no-answer": {
    message: "La machine {name} est en marche, mais n'a pas pris d'adresse en {seconds} s.",
    hint: "Regardez-la : tarr-steps machine console {name}",
  },
  "machine-ssh-silent": {
    message:
      "{name} est en marche, mais ne répond pas par ssh à {address} en {seconds} s : elle démarre peut-être encore, ou sa carte réseau ou son serveur ssh est arrêté.",
    hint: "La regarder : tarr-steps machine console {name} ; la remettre à neuf : tarr-steps machine reset {name}",
  },
  "machine-ssh-refused": {
    message: "{name} répond par ssh, mais ne laisse pas entrer {login} avec votre clé pour les machines.",
    hint: "Cet utilisateur existe-t-il, et la clé est-elle encore dans son ~/.ssh/authorized_keys ? tarr-steps machine console {name} ; remettre à neuf : tarr-steps machine reset {name}",
  },
  "machine-unplugged": {
    message: "Le câble réseau de {name} est débranché.",
    hint: "Rebranchez-le : tarr-steps port up {name} ; sans réseau : tarr-steps machine console {name}",
  },
  "machine-record-broken": {
    message: "La fiche de la machine {name} est illisible ({path}).",
    hint: "Corrigez ce fichier, ou supprimez la machine, même en marche : tarr-steps machine delete {name}",
  },
  "machine-ambiguous": {
    message: "Plusieurs machines s'appellent « {name} » : {known}.",
    hint: "Précisez laquelle, par exemple : tarr-steps machine show {first}",
  },
  "machine-foreign": {
    message:
      "{name} a été créée dans l'outil de {provider} : « machine {command} » ne vaut que pour les machines créées par tarr-steps.",
    hint: "Dans cet outil : {instead}",
  },
  "machine-foreign-only": {
    message:
      "{name} a été créée dans l'outil de {provider} : « machine {command} » ne vaut que pour les machines créées par tarr-steps.",
    hint: "Faites-le là où vous l'avez créée. Pour l'enlever de son port : tarr-steps unplug {machine}",
  },
  "machine-native-failed": {
    message: "{provider} n'a pas démarré la machine {name} : {said}",
    hint: "Démarrez-la dans la fenêtre de {provider}, qui en dit plus.",
  },
  "machine-native-silent": {
    message: "Rien ne répond à ssh à l'adresse {address} en {seconds} s, où {name} devrait être.",
    hint: "A-t-elle pris cette adresse, et un serveur ssh ? Voir : tarr-steps port list",
  },
  "machine-native-refused": {
    message: "{name} répond par ssh, mais ne laisse pas entrer {login} avec vos clés.",
    hint: "Précisez sous quel nom vous y entrez : tarr-steps machine ssh NOM@{name}",
  },
  "machine-not-plugged": {
    message: "La machine {name} n'est sur aucun port.",
    hint: "La brancher : tarr-steps plug {machine}",
  },
  "machines-failed": {
    message: "Sur {all} machines, {count} en échec : {names}.",
    hint: "tarr-steps machine list",
  },
  "memory-above": {
    message: "{value} Mio de mémoire dépassent ce qu'a cet ordinateur ({most} Mio).",
    hint: "Donnez-lui {most} Mio au plus ; 512 suffisent presque toujours.",
  },
  "cpus-invalid": {
    message: "« {value} » n'est pas un nombre de processeurs de 1 à {most}, ce qu'a cet ordinateur.",
    hint: "Par exemple : tarr-steps machine set {name} cpus=1",
  },
  "machine-setting": {
    message: "« {value} » n'est pas un réglage de machine : ce sont memory (en Mio) et cpus.",
    hint: "tarr-steps machine set {name} memory=512 cpus=1",
  },
  "reset-snapshots": {
    message: "{name} a des instantanés, qui seraient perdus : {names}.",
    hint: "Revenir à l'un d'eux : tarr-steps machine restore {name} {first} ; ou les supprimer d'abord : tarr-steps machine snapshot {name} {first} --delete",
  },
  "copy-places": {
    message: "« machine copy {command} » ne copie pas entre cet ordinateur et une machine.",
    hint: "Vers elle : tarr-steps machine copy FICHIER web:/root/    depuis elle : tarr-steps machine copy web:/etc/hosts .",
  },
  "copy-no-name": {
    message: "« {path} » ne désigne ni fichier ni dossier.",
    hint: "Désignez un fichier ou un dossier : tarr-steps machine copy {name}:/etc/hosts .",
  },
  "copy-failed": {
    message: "{path} n'a pas été copié ({name}) : {said}",
    hint: "Regardez dans la machine : tarr-steps machine ssh {name}",
  },
  "copy-no-folder": {
    message: "{name} n'a pas de dossier {folder} où copier.",
    hint: "Créez-le d'abord : tarr-steps machine ssh {name} mkdir -p {folder}",
  },
  "copy-unwritable": {
    message: "{path} est arrivé de la machine, mais n'a pas pu être placé en {to} : {said}",
    hint: "Copiez-le sous un autre nom, ou enlevez ce qui s'y trouve : ls -ld {to}",
  },
  "file-unknown": { message: "Il n'y a pas de fichier {file} ici.", hint: "Voir ce qu'il y a : ls" },
  "folder-unknown": {
    message: "Il n'y a pas ici de dossier {folder} où copier.",
    hint: "Créez-le d'abord : mkdir -p {folder}",
  },
  "machine-disk-full": {
    message: "{name} reste en pause : il n'y a plus de place pour son disque dans {folder} (libre : {free} Mio).",
    hint: "Voir ce qui est plein : df -h {folder}. La place revenue, elle continue : tarr-steps machine start {name}",
  },
  "machine-network-gone": {
    message: "{name} est sur le réseau {network}, qui n'existe plus.",
    hint: "Recréez le réseau, puis démarrez la machine : tarr-steps network create {network}",
  },
  "machine-network-stopped": {
    message: "{name} est en marche, mais son réseau {network} est arrêté : rien ne l'y atteint.",
    hint: "Démarrez le réseau : tarr-steps network start {network}",
  },
  "machine-port-gone": {
    message: "{name} est en marche, mais son port n'existe plus : elle n'a pas de réseau.",
    hint: "Un nouveau port lui est donné au démarrage : tarr-steps machine restart {name}",
  },
  "provider-missing": {
    message: "{provider} n'est pas installé ici.",
    hint: "Demandez à un administrateur : {install}",
  },
  "provider-problem": { message: "{provider} : {problem}.", hint: "tarr-steps doctor" },
  "machine-not-there": {
    message: "{provider} n'a pas de machine « {name} » à vous.",
    hint: "Il a : {known}. Voir : tarr-steps machine list",
  },
  "plugged-already": {
    message: "La carte réseau {nic} de « {name} » est déjà sur le port {port}.",
    hint: "tarr-steps unplug {machine} --nic {nic}",
  },
  "plugged-own": {
    message: "{name} est une machine créée par tarr-steps : ses cartes réseau sont déjà sur des ports ({ports}).",
    hint: "Les voir : tarr-steps machine show {name}",
  },
  "unplug-own": {
    message:
      "{name} est une machine créée par tarr-steps : ses cartes réseau restent sur leurs ports ({ports}) jusqu'à sa suppression.",
    hint: "Débranchez plutôt le câble réseau : tarr-steps port down {name}",
  },
  "plugged-not": { message: "Aucune carte réseau de « {name} » n'est sur un port.", hint: "tarr-steps machine list" },
  "nic-unknown": {
    message: "« {value} » n'est pas une carte réseau de cette machine ; elles se comptent à partir de 1.",
    hint: "La première : --nic 1",
  },
  "nic-syntax": {
    message: "« {value} » ne dit pas sur quel réseau est la carte.",
    hint: "Par exemple : tarr-steps machine create {name} --nic network=lab --nic network=dmz",
  },
  "nics-too-many": {
    message: "{count} cartes réseau sont trop : une machine en a {most} au plus.",
    hint: "Enlevez des --nic.",
  },
  "machine-syntax": {
    message: "« {value} » ne dit pas quel hyperviseur et quelle machine.",
    hint: "Par exemple : tarr-steps {command} virtualbox:{machine}. Vos machines et leurs hyperviseurs : tarr-steps machine list",
  },
  "mac-unusable": {
    message: "L'adresse MAC {value} ne peut pas être celle d'une machine.",
    hint: "Elle a six octets, n'est pas une adresse de groupe et diffère de celle du commutateur.",
  },
  "mac-refused": {
    message: "VMware refuse l'adresse MAC {value} : aucune machine ne démarre avec elle.",
    hint: "Donnez-en une autre à la carte : VM > Settings > Network Adapter > Advanced > Generate.",
  },
  "mac-elsewhere": {
    message: "L'adresse MAC {value} est celle de cet hôte, ou de quelqu'un sur son réseau local.",
    hint: "Donnez-en une autre à la machine dans ses propres réglages. Qui l'a : ip link ; ip neigh",
  },
  "mac-taken": {
    message: "L'adresse MAC {value} est déjà celle de la machine {name}.",
    hint: "Donnez une autre adresse MAC à l'une des deux ; une machine copiée garde celle de son original.",
  },
});
