import { machinesFr } from "./machines.fr.ts";
import { ownersFr } from "./owners.fr.ts";
import type { ErrorCode } from "../error.ts";
import { bridgedFr } from "./bridged.fr.ts";
import { portsFr } from "./ports.fr.ts";
import { servicesFr } from "./services.fr.ts";
import { labsFr } from "./labs.fr.ts";
import { yamlFr } from "./yaml.fr.ts";
import type { ErrorWords } from "./errors.en.ts";
import { importsFr } from "./imports.fr.ts";

export const errorsFr = (): Readonly<Record<ErrorCode, ErrorWords>> => ({
  ...bridgedFr(),
  ...portsFr(),
  ...servicesFr(),
  ...importsFr(),
  ...labsFr(),
  ...yamlFr(),
  ...machinesFr(),
  ...ownersFr(),
  "usage-unknown-command": { message: "La commande « {value} » n'existe pas.", hint: "tarr-steps {command} --help" },
  "usage-near-command": { message: "La commande « {value} » n'existe pas.", hint: "Vouliez-vous dire : {suggestion}" },
  "usage-near-option": { message: "L'option « {value} » n'existe pas ici.", hint: "Vouliez-vous dire : {suggestion}" },
  "usage-unknown-option": { message: "L'option « {value} » n'existe pas ici.", hint: "tarr-steps {command} --help" },
  "usage-missing-argument": { message: "Il manque {argument}.", hint: "tarr-steps {command} --help" },
  "usage-extra-argument": { message: "« {value} » est un mot de trop.", hint: "tarr-steps {command} --help" },
  "usage-missing-value": { message: "{option} demande une valeur.", hint: "tarr-steps {command} --help" },
  "usage-option-twice": {
    message: "{option} est donnée deux fois : « {first} » et « {second} ».",
    hint: "Enlevez l'une des deux.",
  },
  "usage-no-json": {
    message: "« {command} » n'a pas de --json : ce qui vient de la machine est affiché tel quel.",
    hint: "Tapez-la sans --json ; ce qu'il y a à savoir de la machine en JSON : tarr-steps machine list --json",
  },
  "data-home-unusable": {
    message: "XDG_DATA_HOME vaut {value}, où rien ne peut être gardé : impossible de créer {path}.",
    hint: "Gardez vos machines dans votre dossier personnel : unset XDG_DATA_HOME ; ou donnez-lui pour valeur un dossier à vous.",
  },
  "setting-unknown": { message: "Le réglage « {key} » n'existe pas.", hint: "Les réglages sont : {known}." },
  "setting-syntax": {
    message: "« {value} » n'est pas un réglage.",
    hint: "Écrivez CLÉ=VALEUR, par exemple address=192.168.195.1/24.",
  },
  "address-invalid": {
    message: "« {value} » n'est pas une adresse IPv4.",
    hint: "Écrivez-la ainsi : 192.168.195.1/24",
  },
  "address-without-prefix": {
    message: "« {value} » n'a pas de longueur de préfixe.",
    hint: "Écrivez-la ainsi : {value}/24",
  },
  "address-not-host": {
    message:
      "« {value} » est l'adresse du sous-réseau lui-même ou celle de diffusion : aucun commutateur ne peut la porter.",
    hint: "Prenez la première adresse du sous-réseau, par exemple 192.168.195.1/24",
  },
  "address-special": {
    message: "« {value} » est dans une plage réservée (boucle locale, lien local, multidiffusion).",
    hint: "Prenez une adresse privée, par exemple 192.168.195.1/24",
  },
  "prefix-invalid": {
    message: "La longueur de préfixe « {prefix} » de « {value} » n'est pas entre 8 et 30.",
    hint: "Prenez /24 pour 253 machines au plus.",
  },
  "range-invalid": {
    message: "« {value} » n'est pas une plage d'adresses.",
    hint: "Écrivez la première et la dernière adresse, toutes deux du sous-réseau : range=PREMIÈRE-DERNIÈRE",
  },
  "range-outside": {
    message: "{end}, un bout de la plage {value}, n'est pas une adresse de machine du sous-réseau {subnet}.",
    hint: "Prenez une plage dans {subnet}, ou changez aussi l'adresse : address=ADRESSE/PRÉFIXE",
  },
  "range-reversed": {
    message: "La plage {value} finit avant de commencer.",
    hint: "Écrivez d'abord l'adresse la plus basse.",
  },
  "range-holds-host": {
    message: "La plage {value} contient l'adresse du commutateur lui-même, {address}.",
    hint: "Faites commencer la plage après {address}.",
  },
  "max-invalid": { message: "« {value} » n'est pas un nombre entre 1 et 1000.", hint: "Par exemple : max=100" },
  "switch-value-invalid": { message: "« {value} » n'est ni on ni off.", hint: "Écrivez {key}=on ou {key}=off." },
  "domain-invalid": {
    message: "« {value} » n'est pas un nom de domaine.",
    hint: "Utilisez des minuscules, des chiffres, des tirets et des points : lab.internal",
  },
  "reach-invalid": { message: "La portée « {value} » n'existe pas.", hint: "Les portées sont : {known}." },
  "pool-invalid": {
    message: "« {value} » n'est pas une réserve d'au plus 1000 adresses.",
    hint: "Écrivez-la ainsi : 198.51.100.50-198.51.100.59, ou lan-dhcp, ou none.",
  },
  "pool-needed": {
    message: "La portée proxy-arp demande une réserve : des adresses libres du réseau local pour les machines.",
    hint: "Demandez-en à l'administrateur du réseau, puis : tarr-steps network set {network} reach=proxy-arp pool=PREMIÈRE-DERNIÈRE",
  },
  "pool-outside": {
    message: "La réserve {value} n'est dans aucun sous-réseau local de cet ordinateur ({subnets}).",
    hint: "Prenez des adresses de l'un d'eux : tarr-steps network set {network} reach=proxy-arp pool=PREMIÈRE-DERNIÈRE",
  },
  "pool-holds-host": {
    message: "La réserve {value} contient {address}, qui est {whose}.",
    hint: "Prenez une réserve sans {address}.",
  },
  "uplink-invalid": {
    message: "« {value} » n'est pas un nom d'interface réseau.",
    hint: "Les interfaces : ip -brief link. Ou écrivez uplink=auto.",
  },
  "name-invalid": {
    message: "« {value} » n'est pas un nom que l'on puisse donner ici.",
    hint: "Utilisez des minuscules, des chiffres et des tirets, une lettre d'abord, 63 au plus : web, db-1",
  },
  "name-reserved": {
    message:
      "« {value} » est réservé : sur tout réseau, host et gateway désignent cet ordinateur, et localhost la machine elle-même.",
    hint: "Prenez un autre nom : {near}",
  },
  "subnet-taken": {
    message: "{value} est dans un sous-réseau que cet ordinateur atteint déjà par {interface} ({subnet}).",
    hint: "Prenez un autre sous-réseau, par exemple 192.168.195.1/24 ; voir ce qui est pris : ip route",
  },
  "subnet-of-network": {
    message: "{value} recouvre le réseau {network} ({subnet}).",
    hint: "Prenez un autre sous-réseau, ou n'en dites pas : un libre sera trouvé ; voir ce qui est pris : tarr-steps network list",
  },
  "subnet-invalid": { message: "« {value} » n'est pas un sous-réseau.", hint: "Écrivez-le ainsi : --subnet {wanted}" },
  "subnet-differs": {
    message: "L'adresse {value} n'est pas dans le sous-réseau {subnet}.",
    hint: "Dites l'un des deux : --address {value}, ou --subnet {subnet}",
  },
  "document-syntax": {
    message: "Le document /etc/tarr-steps/tarr-steps.yaml est illisible : ligne {line} : {why}",
    hint: "Corrigez cette ligne ; rien n'a été changé. Puis : tarr-steps network reload",
  },
  "document-value": {
    message: "Le document /etc/tarr-steps/tarr-steps.yaml est erroné à la ligne {line}, {key} : {why}",
    hint: "Corrigez cette ligne ; rien n'a été changé. Puis : tarr-steps network reload",
  },
  "key-missing": { message: "« {value} » manque.", hint: "Écrivez-le, comme le montre la documentation." },
  "key-unknown": { message: "rien ne s'appelle « {value} » ici.", hint: "Corrigez le mot, ou enlevez-le." },
  "grantee-invalid": {
    message: "« {value} » n'est ni une personne (alice), ni un groupe ('%etudiants'), ni tout le monde ('*').",
    hint: "Écrivez-le ainsi : [alice, '%etudiants']",
  },
  "key-twice": { message: "« {value} » figure ici une seconde fois.", hint: "Nommez autrement l'un des deux." },
  "document-unreadable": {
    message: "Le document {path} n'est pas là.",
    hint: "Un administrateur refait le premier : sudo systemctl restart tarr-stepsd",
  },
  "network-clash": {
    message: "Les réseaux {network} et {other} auraient tous deux {value}, et aucun ne le prend à l'autre.",
    hint: "Changez l'un des deux, ou faites-le supprimer par son propriétaire (tarr-steps network delete {other}) ; voir à qui il est : tarr-steps network list",
  },
  "denied-use": {
    message: "{user} n'a pas le droit d'utiliser le commutateur : il est réservé à {who}.",
    hint: "Un administrateur peut l'accorder : {how}",
  },
  "denied-administer": {
    message: "{user} n'a pas le droit de changer les réseaux : c'est réservé à root et à {who}.",
    hint: "Un administrateur peut l'accorder : {how}",
  },
  "denied-owner": {
    message: "Le port de {name} appartient à quelqu'un d'autre.",
    hint: "Demandez à son propriétaire ou à un administrateur ; voir à qui il est : tarr-steps port list",
  },
  "denied-network": {
    message: "Le réseau {network} est à quelqu'un d'autre : {user} ne peut ni le changer ni y mettre de machines.",
    hint: "Faites-en un à vous : tarr-steps network create NOM ; ou demandez à son propriétaire ou à un administrateur : tarr-steps network list",
  },
  "denied-setting": {
    message: "{user} n'a pas le droit de régler {setting}={value} sur son propre réseau.",
    hint: "Possible ici : {allowed}. Un administrateur ({who}) le peut : tarr-steps network set {network} {setting}={value}",
  },
  "denied-subnet": {
    message:
      "{user} n'a pas le droit de prendre {value} : les réseaux des utilisateurs sont dans {allowed}, /{prefix} au plus grand.",
    hint: "Ne dites pas de sous-réseau : un libre sera trouvé ; ou demandez plus de place à un administrateur : policy.subnets dans /etc/tarr-steps/tarr-steps.yaml",
  },
  "quota-networks": {
    message: "Le quota est ici de {quota|réseau|réseaux} par personne, et {user} a : {names}.",
    hint: "Supprimez-en un (tarr-steps network delete NOM), ou demandez à un administrateur d'augmenter policy.networks dans /etc/tarr-steps/tarr-steps.yaml.",
  },
  "quota-ports": {
    message: "{user} a déjà {quota|port|ports}, le maximum par personne.",
    hint: "Supprimez une machine (tarr-steps machine delete NOM), ou demandez à un administrateur d'augmenter policy.ports.",
  },
  "service-unreachable": {
    message: "Le service tarr-stepsd ne répond pas ({reason}).",
    hint: "Voir pourquoi : systemctl status tarr-stepsd ; un administrateur le démarre : sudo systemctl start tarr-stepsd",
  },
  "service-masked": {
    message: "Le service tarr-stepsd ne répond pas : un administrateur a masqué {unit}.",
    hint: "Un administrateur le démasque : sudo systemctl unmask {unit} && sudo systemctl start tarr-stepsd",
  },
  "service-busy": { message: "Le service a {waiting} changements en attente.", hint: "Réessayez dans un instant." },
  "caller-gone": {
    message: "La commande qui demandait {what} s'est terminée avant la fin : rien n'a été créé.",
    hint: "Retapez la commande.",
  },
  "connections-many": {
    message: "Vous avez {count} connexions ouvertes au service, le maximum par personne.",
    hint: "Réessayez quand une de vos commandes sera terminée ; voir celles qui tournent : pgrep -a -u $USER tarr-steps",
  },
  "network-unknown": { message: "Le réseau « {network} » n'existe pas.", hint: "Les réseaux sont : {known}." },
  "network-exists": {
    message: "Il y a déjà un réseau {network}.",
    hint: "Prenez un autre nom ; voir ceux qu'il y a : tarr-steps network list",
  },
  "networks-full": {
    message: "Les {count} commutateurs que les réseaux peuvent avoir sont tous pris.",
    hint: "Supprimez des réseaux inutiles : tarr-steps network list",
  },
  "name-taken": {
    message: "Le nom {name} est déjà pris sur le réseau {network}.",
    hint: "Prenez un autre nom ; voir qui l'a : tarr-steps port list. À vous, et à aucune machine : tarr-steps port delete {name} --network {network}",
  },
  "pool-full": {
    message: "Les {count} adresses de la réserve {pool} sont prises, par des machines ou par d'autres du réseau local.",
    hint: "Supprimez une machine, ou demandez à un administrateur une réserve plus grande : tarr-steps network set {network} pool=PREMIÈRE-DERNIÈRE",
  },
  "pool-taken": {
    message: "Chaque adresse de la réserve {pool} sert déjà sur le réseau local, {address} à {mac}.",
    hint: "Prenez une autre réserve : tarr-steps network set {network} reach=proxy-arp pool=PREMIÈRE-DERNIÈRE",
  },
  "uplink-unknown": {
    message: "Cet ordinateur n'a pas d'interface réseau {value}.",
    hint: "Prenez-en une parmi : {known}. Une interface qui viendra plus tard s'écrit dans /etc/tarr-steps/tarr-steps.yaml.",
  },
  "uplink-missing": {
    message: "Cet ordinateur n'a pas de réseau local à atteindre par {uplink} : aucune interface n'a d'adresse.",
    hint: "Branchez le câble, ou nommez l'interface : tarr-steps network set {network} uplink=NOM",
  },
  "range-short": {
    message: "La plage {range} compte {size} adresses, et le réseau {network} a {held} ports, chacun avec la sienne.",
    hint: "Prenez une plage d'au moins {held} adresses, ou supprimez des machines : tarr-steps port list",
  },
  "max-short": {
    message: "max={max} est inférieur aux {held} ports du réseau {network}, chacun avec son adresse.",
    hint: "Supprimez des machines (tarr-steps port list), ou prenez au moins {held} : tarr-steps network set {network} max={held}",
  },
  "range-full": {
    message: "Les {max} adresses du réseau {network} sont toutes données.",
    hint: "Supprimez une machine, ou élargissez la plage : tarr-steps network set {network} range=PREMIÈRE-DERNIÈRE max=N",
  },
  "switch-full": {
    message: "Le commutateur du réseau {network} est plein : Linux ne donne que {capacity} ports à un pont.",
    hint: "Supprimez des machines inutiles : tarr-steps port list",
  },
  "vmware-full": {
    message: "VMware relie au plus {capacity} cartes réseau à un commutateur, et le réseau {network} les a déjà.",
    hint: "Supprimez les machines VMware inutiles (tarr-steps port list), ou prenez un autre réseau : tarr-steps network create",
  },
  "object-foreign": {
    message:
      "Il y a sur cet ordinateur une interface {interface} ({kind}) que tarr-steps n'a pas faite, et à laquelle il ne touche pas.",
    hint: "Voir ce qu'elle est : ip -details link show {interface} ; si personne n'en a besoin, un administrateur la supprime : sudo ip link delete {interface}",
  },
  "plan-failed": {
    message: "Une étape a échoué et tout a été remis comme avant : {command} : {said}",
    hint: "Voir ce qui ne va pas : tarr-steps doctor",
  },
  "plan-failed-left": {
    message: "Une étape a échoué, et l'ordinateur n'est pas tout à fait comme avant : {command} : {said}",
    hint: "Voir ce qui reste : tarr-steps doctor ; le service continue de réparer.",
  },
  "network-in-use": {
    message: "Le réseau {network} a encore des machines ({names}), qui seraient débranchées.",
    hint: "Supprimez d'abord ses machines (voir à qui : tarr-steps port list), ou laissez le réseau où il est écrit.",
  },
  "memory-invalid": {
    message: "« {value} » n'est pas une taille de mémoire : un nombre de Mio, 64 au moins.",
    hint: "Donnez-la en Mio, par exemple 256.",
  },
  "verify-failed": {
    message: "L'ordinateur n'est pas devenu ce qu'il devait être ({step}) et tout a été remis comme avant.",
    hint: "Voir ce qui ne va pas : tarr-steps doctor",
  },
  "observe-failed": {
    message: "L'état de cet ordinateur n'a pas pu être lu ({what} : {reason}) : rien n'a été changé.",
    hint: "Un administrateur en voit plus dans le journal : sudo journalctl -u tarr-stepsd",
  },
  "no-free-subnet": {
    message: "Tous les sous-réseaux de {first} à {last} sont utilisés sur cet ordinateur.",
    hint: "Dites-en un de libre : tarr-steps network create NOM --subnet 10.11.0.0/24, ou dans /etc/tarr-steps/tarr-steps.yaml.",
  },
  "command-failed": {
    message: "« {command} » a échoué (code {status}) : {said}",
    hint: "Voir ce qui ne va pas : tarr-steps doctor",
  },
  "command-missing": {
    message: "Le programme {program} n'est pas là ({reason}).",
    hint: "Voir ce qu'il faut installer : tarr-steps doctor",
  },
  "state-unreadable": {
    message: "Le fichier {path} est illisible ({reason}) ; les machines en marche restent comme elles sont.",
    hint: "Restaurez-le depuis une copie, ou supprimez-le et recréez les machines.",
  },
  "file-unwritable": {
    message: "{path} n'a pas pu être écrit ({reason}).",
    hint: "Voir qui peut y écrire, et si le disque est plein : ls -ld {path} ; df -h",
  },
  "packet-socket-failed": {
    message: "Impossible de lire et d'envoyer des paquets directement sur {interface} ({reason}).",
    hint: "Voir si elle existe : ip link show {interface} ; et ce que le service peut faire : systemctl status tarr-stepsd",
  },
  "lan-dhcp-silent": {
    message: "Aucun serveur DHCP ne répond sur {interface} : les machines n'ont pas d'adresses du réseau local.",
    hint: "Nommez plutôt des adresses libres : tarr-steps network set lab pool=PREMIÈRE-DERNIÈRE",
  },
  "lan-dhcp-shared": {
    message:
      "Le serveur DHCP du réseau local ({server}) ne distingue les machines que par la carte réseau : sur {interface} il redonne {address}, déjà prise ici.",
    hint: "Demandez des adresses libres à l'administrateur du réseau local : tarr-steps network set lab pool=PREMIÈRE-DERNIÈRE",
  },
  "lan-dhcp-elsewhere": {
    message:
      "Le serveur DHCP du réseau local ({server}) donne {address}, hors du sous-réseau {subnet} de cet ordinateur.",
    hint: "Nommez des adresses libres de {subnet} : tarr-steps network set lab pool=PREMIÈRE-DERNIÈRE",
  },
  "lan-dhcp-in-use": {
    message: "Le serveur DHCP du réseau local ({server}) donne {address}, mais {mac} l'utilise déjà.",
    hint: "Prévenez l'administrateur du réseau local ; ou nommez des adresses libres : tarr-steps network set lab pool=PREMIÈRE-DERNIÈRE",
  },
  // La phrase est celle du fournisseur (features.words) ; celle-ci est pour qui ne l'a pas.
  "no-provider": {
    message: "Aucun programme qui fasse marcher des machines n'est installé ici.",
    hint: "Demandez à un administrateur : {install}",
  },
  "image-unknown": {
    message: "L'image « {name} » n'existe pas.",
    hint: "Voir celles qu'il y a : tarr-steps image list ; on peut construire : {known}.",
  },
  "image-exists-not": {
    message: "L'image {name} n'est pas encore construite.",
    hint: "tarr-steps image build {name}",
  },
  "image-kind": {
    message: "{provider} ne sait pas créer de machine à partir de l'image {name} ; ceux-ci le savent : {able}.",
    hint: "Voir ce qu'est une image : tarr-steps image show {name}",
  },
  "image-parts-missing": {
    message: "Une partie de l'image est introuvable : {said}",
    hint: "Demandez à un administrateur de cet ordinateur : {install}",
  },
  "recipe-unknown": {
    message: "Il n'y a pas de recette pour « {value} ».",
    hint: "Il y a des recettes pour : {known}.",
  },
  "recipe-needs-port": {
    message: "Vous n'avez pas de port libre sur {network}, et tap0 est sur un autre commutateur.",
    hint: "Faites-en un : tarr-steps plug {provider}:NOM --network {network}",
  },
  "usernet-failed": {
    message: "La ligne de {user} dans /etc/lxc/lxc-usernet n'a pas pu être écrite ({said}).",
    hint: "Un administrateur peut voir pourquoi : journalctl -u tarr-steps-usernet",
  },
  "window-unsupported": {
    message: "Les machines de {provider} n'ont pas de fenêtre ici.",
    hint: "Utilisez leur console : tarr-steps machine console {name}",
  },
  "terminal-needed": { message: "Il faut un terminal pour cela.", hint: "Tapez-le dans un terminal, sans tube." },
  "root-not-here": {
    message: "Les machines appartiennent à des utilisateurs ordinaires : root n'en fait pas marcher.",
    hint: "Connectez-vous sous votre nom et tapez la même chose.",
  },
  bug: {
    message: "C'est un défaut de tarr-steps : {reason}",
    hint: "Merci de le signaler, avec le fichier écrit par : tarr-steps support",
  },
});
