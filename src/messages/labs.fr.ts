import type { ErrorWords } from "./errors.en.ts";
import type { labsEn } from "./labs.en.ts";

export const labsFr = (): Readonly<Record<keyof ReturnType<typeof labsEn>, ErrorWords>> => ({
  "host-unusable": {
    message: "Le numéro d'hôte {value} n'est pas dans la plage {range} du réseau {network}.",
    hint: "Prenez-en un de la plage, ou changez-la : tarr-steps network set {network} range=DÉBUT-FIN",
  },
  "host-taken": {
    message: "L'adresse {address} du réseau {network} est déjà celle de {name}.",
    hint: "Prenez un autre numéro d'hôte ; pour voir qui tient quoi : tarr-steps port list",
  },
  "lab-syntax": {
    message: "{file}:{line} : ce n'est pas du YAML lisible : {why}",
    hint: "Corrigez cette ligne, puis : {again}",
  },
  "lab-value": {
    message: "{file}:{line} : {key} : {why}",
    hint: "Corrigez cette ligne, puis : {again}",
  },
  "lab-whole": {
    message: "{file}:{line} : {why}",
    hint: "Corrigez le fichier, puis : {again}",
  },
  "lab-faults": {
    message: "{file} : {count} erreurs.",
    hint: "Corrigez ces lignes, puis : {again}",
  },
  "lab-key-unknown": { message: "la clé « {value} » n'existe pas ici.", hint: "Corrigez le mot, ou retirez-le." },
  "lab-empty": { message: "« {value} » n'a pas de valeur.", hint: "Donnez-en une, ou retirez la clé." },
  "lab-blank": {
    message: "le fichier est vide.",
    hint: "Pour en voir de tout prêts : ls /usr/share/tarr-steps/labs",
  },
  "lab-name": {
    message:
      "« {value} » n'est pas un nom valide : minuscules sans accent, chiffres et tirets, une lettre en tête, 63 caractères au plus.",
    hint: "Par exemple : web, db-1",
  },
  "lab-network-name": {
    message:
      "« {value} » n'est pas un nom de réseau valide : minuscules sans accent, chiffres et tirets, une lettre en tête, 15 caractères au plus.",
    hint: "Par exemple : dmz, salle-1",
  },
  "lab-name-reserved": { message: "le nom « {value} » est réservé.", hint: "Choisissez-en un autre." },
  "lab-name-shared": {
    message: "Le nom {lab}, tiré de celui du fichier {file}, est déjà celui du TP de {other}.",
    hint: "Donnez à ce TP un nom à lui : la clé name, par exemple avec {near}, au début de {file}. Ou supprimez l'autre : tarr-steps lab down {other}",
  },
  "lab-image-name": {
    message: "« {value} » n'est pas un nom d'image valide : minuscules, chiffres, tirets et points.",
    hint: "Par exemple : tiny, debian-13 ; pour voir celles qui sont là : tarr-steps image list",
  },
  "lab-memory": {
    message: "« {value} » n'est pas une quantité de mémoire valide : un nombre entier de Mio, de 64 à 999999.",
    hint: "Par exemple 512.",
  },
  "lab-host": {
    message: "« {value} » n'est pas un numéro d'hôte valide : un nombre entier de 1 à 65534.",
    hint: "Par exemple 20 pour 192.168.194.20 dans un /24.",
  },
  "lab-max": {
    message: "« {value} » n'est pas un nombre d'adresses valide : un nombre entier de 1 à 1000.",
    hint: "Par exemple 50.",
  },
  "lab-port": {
    message: "« {value} » n'est pas un port valide : un nombre entier de 1 à 65535.",
    hint: "Par exemple 80.",
  },
  "lab-package": {
    message: "« {value} » n'est pas un nom de paquet valide : minuscules, chiffres, et les signes + - et point.",
    hint: "Par exemple [apache2, bind9-dnsutils].",
  },
  "package-unknown": {
    message: "il n'y a pas de paquet « {value} » dans {system}.",
    hint: "Corrigez le nom ; pour en chercher un : https://packages.debian.org",
  },
  "lab-password": {
    message: "ce mot de passe n'est pas valide : un texte de 1 à 200 caractères, sans deux-points.",
    hint: "Mettez un nombre entre guillemets.",
  },
  "lab-mode": {
    message: "« {value} » n'est pas un mode valide : trois chiffres en octal, entre guillemets.",
    hint: "Par exemple '0644'.",
  },
  "lab-path": {
    message: "« {value} » n'est pas un chemin valide dans la machine : il commence par / et ne contient pas « .. ».",
    hint: "Par exemple : /etc/motd",
  },
  "lab-content": {
    message: "le fichier « {value} » doit avoir soit content, soit source.",
    hint: "Gardez l'un des deux.",
  },
  "lab-subnet-twice": {
    message: "{value} chevauche le sous-réseau {subnet} du réseau {network} de ce TP.",
    hint: "Choisissez un autre sous-réseau, ou n'en donnez pas : un sous-réseau libre sera pris.",
  },
  "lab-host-switch": {
    message: "le numéro d'hôte {value} est celui du commutateur sur {network} ; les machines ont de {first} à {last}.",
    hint: "Choisissez un de ceux-là.",
  },
  "lab-host-outside": {
    message: "le numéro d'hôte {value} n'est pas dans la plage de {network} ; les machines ont de {first} à {last}.",
    hint: "Choisissez un de ceux-là, ou changez subnet ou range.",
  },
  "lab-network-full": {
    message:
      "le réseau {value} ({subnet}) a {capacity|adresse|adresses} pour des machines, et le TP en demande {count}.",
    hint: "Choisissez subnet, range ou max plus grands.",
  },
  "lab-unreadable": {
    message: "Le fichier {file} ne peut pas être lu : {reason}",
    hint: "Voir ce qu'il y a là : ls -l {folder}",
  },
  "lab-file-missing": {
    message: "Il n'y a pas de fichier {file}.",
    hint: "Voir ce qu'il y a là : ls {folder} ; les TP qui ont créé quelque chose ici : tarr-steps lab list ; des TP prêts à l'emploi : ls /usr/share/tarr-steps/labs",
  },
  "recipe-missing": {
    message: "Il n'y a pas de recette {file}.",
    hint: "Voir ce qu'il y a là : ls {folder} ; comment en écrire une : man tarr-steps ; sans recette : tarr-steps image build debian-13",
  },
  "lab-file-denied": {
    message: "Vous n'avez pas le droit de lire le fichier {file}.",
    hint: "Voir qui l'a : ls -ld {path}",
  },
  "lab-file-kind": { message: "{file} n'est pas un fichier ordinaire.", hint: "Voir ce que c'est : ls -ld {path}" },
  "lab-file-large": {
    message: "Le fichier {file} dépasse {most} Mio : ce n'est ni un fichier de TP ni une recette.",
    hint: "Voir ce qu'il y a là : ls -l {folder}",
  },
  "lab-file-gone": {
    message: "Le fichier {file} du TP {lab} n'est plus là.",
    hint: "Remettez-le, ou donnez le chemin où il est maintenant. Sans lui : tarr-steps lab status {lab} ; pour arrêter ou supprimer le TP : tarr-steps lab stop {lab}, tarr-steps lab down {lab}",
  },
  "lab-file-other": {
    message: "Le fichier {file}, dont le TP {lab} a été fait, porte maintenant le nom {other}.",
    hint: "Pour créer ce TP-là : tarr-steps lab up {file} ; pour supprimer ce que {lab} a créé : tarr-steps lab down {lab}",
  },
  "lab-cycle": { message: "ces machines s'attendent en boucle : {value}.", hint: "Retirez un des noms de after." },
  "lab-no-machine": {
    message: "le TP n'a pas de machine « {value} ».",
    hint: "Écrivez-la dans la partie machines, ou corrigez le nom.",
  },
  "lab-no-network": {
    message: "le TP n'a pas de réseau « {value} ».",
    hint: "Écrivez-le dans la partie networks ; seul le réseau lab existe sans y figurer.",
  },
  "lab-host-twice": {
    message: "le numéro d'hôte {value} est déjà celui d'une autre machine sur ce réseau.",
    hint: "Prenez-en un autre.",
  },
  "lab-check-empty": {
    message: "ce contrôle n'a ni to ni run.",
    hint: "Dites to (la machine à joindre, avec port ou ping), ou run (la commande à lancer).",
  },
  "lab-file-source": {
    message: "le fichier « {value} », à côté du fichier de TP, ne peut pas être lu.",
    hint: "Mettez-le à cet endroit, ou écrivez son texte dans content, sous files.",
  },
  "lab-source-kind": {
    message: "« {value} » n'est pas un fichier ordinaire.",
    hint: "Mettez un fichier à cet endroit, ou écrivez son texte dans content, sous files.",
  },
  "lab-source-large": {
    message: "avec « {value} », les fichiers placés à côté de celui-ci dépassent {most} Mio au total.",
    hint: "Faites-le télécharger par la machine, avec curl ou wget dans son script.",
  },
  "lab-source-binary": {
    message: "le fichier « {value} » n'est pas du texte en UTF-8.",
    hint: "Enregistrez-le en UTF-8 ; ce qui n'est pas du texte, faites-le télécharger par la machine, avec curl ou wget dans son script.",
  },
  "lab-network-foreign": {
    message: "Il existe déjà un réseau {network} que le TP {lab} n'a pas créé.",
    hint: "Il reste tel quel. Donnez un autre nom à celui du TP, par exemple {another} ; pour voir qui a lequel : tarr-steps network list",
  },
  "lab-network-first": {
    message: "Le réseau {network} est à tous sur ce poste ; aucun TP ne le crée.",
    hint: "Retirez {network} de la partie networks : les machines peuvent y être quand même.",
  },
  "lab-network-made": {
    message: "Votre TP {other} a déjà créé un réseau {network}.",
    hint: "Supprimez ce TP : tarr-steps lab down {other} ; ou donnez ici un autre nom au réseau, par exemple {another}.",
  },
  "lab-network-others": {
    message: "{owner} a un réseau {network} sur ce poste, et deux réseaux n'y portent jamais le même nom.",
    hint: "Prenez une copie du TP avec des noms à elle : {copy}",
  },
  "lab-mac-elsewhere": {
    message:
      "son adresse MAC {value}, tirée des noms du TP et de la machine, est celle de cet ordinateur ou d'une machine de son LAN.",
    hint: "Donnez un autre nom au TP dans son fichier, par exemple {lab}-2 ; pour voir qui a cette adresse : ip neigh",
  },
  "lab-mac-taken": {
    message: "son adresse MAC {value}, tirée des noms du TP et de la machine, est déjà celle de la machine {name}.",
    hint: "Un autre utilisateur de cet ordinateur a créé ce TP : donnez un autre nom au vôtre dans son fichier, par exemple {lab}-2.",
  },
  "lab-networks-many": {
    message: "le TP crée {count|réseau|réseaux} ; {user} en a déjà {held} et peut en avoir {quota}.",
    hint: "Supprimez-en un (tarr-steps network delete NOM), ou demandez à un administrateur d'augmenter policy.networks dans /etc/tarr-steps/tarr-steps.yaml.",
  },
  "lab-ports-many": {
    message:
      "le TP demande {count|port|ports}, un par carte réseau ; {user} en a déjà {held} et peut en avoir {quota}.",
    hint: "Supprimez une machine (tarr-steps machine stop NOM && tarr-steps machine delete NOM), ou demandez à un administrateur d'augmenter policy.ports dans /etc/tarr-steps/tarr-steps.yaml.",
  },
  "lab-networks-most": {
    message: "le TP a {count} réseaux ; un fichier de TP en a {most} au plus.",
    hint: "Partagez-le en plusieurs fichiers.",
  },
  "lab-ports-most": {
    message: "le TP a {count} cartes réseau ; un fichier de TP en a {most} au plus.",
    hint: "Partagez-le en plusieurs fichiers.",
  },
  "lab-memory-many": {
    message:
      "les machines du TP demandent {needed} Mio de mémoire ; les vôtres en ont {used}, et {quota} Mio au plus leur sont permis en tout.",
    hint: "Donnez-leur-en moins, ou supprimez d'autres machines : tarr-steps machine list --size",
  },
  "lab-unmade": {
    message: "Le TP {lab} n'a pas encore de machine {name}.",
    hint: "Pour créer ce qui manque : tarr-steps lab up {file}",
  },
  "lab-machine-unknown": {
    message: "Le TP {lab} n'a pas de machine « {value} » ; il a {known}.",
    hint: "tarr-steps lab status {file}",
  },
  "lab-record-broken": {
    message: "Ce que le TP {lab} a créé ne peut pas être relu dans {path}.",
    hint: "Ses machines : tarr-steps machine list ; supprimez-les une à une, puis effacez ce fichier.",
  },
  "lab-busy": {
    message: "Une autre commande travaille sur le TP {lab} : le processus {pid}.",
    hint: "Attendez qu'elle finisse, ou arrêtez-la : kill {pid}",
  },
  "lab-failed": {
    message:
      "Dans le TP {lab}, {count|machine n'a pas pu être créée ou démarrée|machines n'ont pas pu être créées ou démarrées} : {names}.",
    hint: "Les autres tournent. Les raisons sont au-dessus ; une fois levées : tarr-steps lab {again} {file}",
  },
  "lab-stop-failed": {
    message: "Dans le TP {lab}, {count|machine n'a pas pu être arrêtée|machines n'ont pas pu être arrêtées} : {names}.",
    hint: "Les raisons sont au-dessus. Pour les éteindre d'un coup : tarr-steps lab stop {file} --hard",
  },
  "lab-first-boot": {
    message: "Le premier démarrage de {name} n'est pas fini au bout de {minutes} minutes.",
    hint: "Voir ce qu'il fait : tarr-steps machine ssh {name} {log}",
  },
  "lab-first-boot-failed": {
    message: "Le premier démarrage de {name} a échoué : {what}.",
    hint: "Voir pourquoi : tarr-steps machine ssh {name} {log} ; une fois le fichier corrigé : tarr-steps lab up {file} ; si la cause était ailleurs, pour recommencer : tarr-steps lab reset {file} {machine}",
  },
  "first-boot-packages": {
    message: "La machine {name} demande des paquets ({packages}), et son image {image} n'a pas apt.",
    hint: "Prenez une image Debian (debian-13), ou retirez packages.",
  },
});
