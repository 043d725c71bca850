import type { checkWordsEn } from "./check-words.en.ts";

/** Ce que dit le docteur, et ce qu'il en est de VMware. */
export const checkWordsFr = (): Readonly<Record<keyof ReturnType<typeof checkWordsEn>, string>> => ({
  "check-document": "Le document est correct ({path}).",
  "check-document-bad": "Le document est erroné ({path}, ligne {line}).",
  "check-document-hint": "Voir l'erreur : tarr-steps plan",
  "check-networks-bad":
    "Les réseaux {network} et {other} auraient tous deux {value} : le document n'est pas mis en vigueur.",
  "check-networks-hint": "Changez celui du document, ou : tarr-steps network delete {other}",
  "check-network-stopped-bad": "Le réseau {network} est arrêté.",
  "check-network-stopped-hint": "tarr-steps network start {network}",
  "check-switch": "Le commutateur {switch} est actif.",
  "check-switch-bad": "Le commutateur {switch} n'est pas actif.",
  "check-switch-hint": "tarr-steps network reload",
  "check-bridged": "{switch} est relié au réseau local de {uplink}.",
  "check-bridged-bad": "{switch} n'est relié à aucun réseau local : aucune interface filaire {uplink} ne s'y prête.",
  "check-bridged-hint": "Branchez le câble, ou nommez l'interface : tarr-steps network set {network} uplink=NOM",
  "check-carrier": "{switch} a une porteuse.",
  "check-carrier-bad": "{switch} n'a pas de porteuse : les machines VirtualBox et VMware n'auront pas de DHCP.",
  "check-carrier-hint": "tarr-steps network reload",
  "check-address": "{switch} a son adresse {address}.",
  "check-address-bad": "{switch} n'a pas son adresse {address}.",
  "check-address-hint": "tarr-steps network reload",
  "check-name-service": "DHCP et DNS de {network} tournent.",
  "check-name-service-bad": "DHCP et DNS de {network} ne tournent pas.",
  "check-name-service-masked-bad":
    "Le DHCP et le DNS de {network} ne tournent pas : un administrateur a masqué {unit}.",
  "check-name-service-masked-hint":
    "Un administrateur le démasque : sudo systemctl unmask {unit} && sudo tarr-steps network reload",
  "check-name-service-hint":
    "Voir pourquoi : journalctl -u tarr-steps-dnsmasq@{network} ; puis : tarr-steps network reload",
  "check-lan-place-bad":
    "Aucune interface de cet ordinateur n'est sur le réseau local de la réserve de {network} : personne n'y atteint ses machines.",
  "check-lan-place-hint":
    "Branchez le câble, ou (un administrateur) prenez une réserve de ce réseau local : tarr-steps network set {network} pool=PREMIÈRE-DERNIÈRE",
  "check-lan-rival": "Personne d'autre sur le réseau local de {uplink} n'utilise l'adresse d'une machine de {network}.",
  "check-lan-rival-bad":
    "{address}, l'adresse de {machine}, sert aussi à {mac} sur le réseau local : les paquets vont tantôt à l'un, tantôt à l'autre.",
  "check-lan-rival-hint":
    "Donnez une autre adresse à cet ordinateur, ou (un administrateur) ôtez-la de la réserve : tarr-steps network set {network} pool=PREMIÈRE-DERNIÈRE",
  "check-lan-twin":
    "Aucune autre machine sur le réseau local de {uplink} n'a l'adresse MAC d'une machine de {network}.",
  "check-lan-twin-bad":
    "Une autre machine sur le réseau local de {uplink} porte la même adresse MAC que {machine}, {mac}, et son adresse {address} : on joint tantôt l'une, tantôt l'autre. L'un des deux ordinateurs est sans doute une copie de l'autre.",
  "check-lan-twin-hint":
    "Sur l'un des deux ordinateurs, supprimez {machine} et créez-la de nouveau : elle aura une autre adresse MAC.",
  "check-subnet": "Aucun autre réseau n'utilise ici {address}.",
  "check-subnet-bad": "{address} recouvre {subnet}, que cet ordinateur atteint par {interface}.",
  "check-subnet-hint": "Prenez un autre sous-réseau : tarr-steps network set {network} address={proposed}",
  "check-tap0": "{interface} existe et est sur {switch}.",
  "check-tap0-bad": "{interface} n'existe pas, ou n'est pas sur {switch}.",
  "check-tap0-hint": "tarr-steps network reload",
  "check-tap0-foreign-bad": "{interface} appartient à un autre programme : le commutateur n'a pas de {interface}.",
  "check-tap0-foreign-hint": "Voir à qui il est : ip -details link show {interface}",
  "check-vmware-port": "Les machines VMware rejoignent {switch} par {interface}.",
  "check-vmware-port-bad": "{interface}, l'interface des machines VMware, n'existe pas ou n'est pas sur {switch}.",
  "check-vmware-port-hint": "tarr-steps network reload",
  "check-vmware-foreign-bad":
    "{interface} appartient à un autre programme : les machines VMware ne peuvent pas rejoindre {switch}.",
  "check-vmware-foreign-hint": "Voir à qui elle est : ip -details link show {interface}",
  "check-vmware-line-bad": "VMware ne connaît pas encore {interface} : sa ligne manque dans /etc/vmware/networking.",
  "check-vmware-line-hint": "En administrateur : sudo tarr-stepsd --vmware-networking",
  "check-vmware-unread-bad":
    "VMware n'a pas encore lu sa ligne pour {interface}, car des machines VMware étaient en marche.",
  "check-vmware-unread-hint":
    "Éteignez les machines VMware, puis, en administrateur : sudo tarr-stepsd --vmware-networking --apply",
  "check-vmware-switch-bad":
    "VMware est relié à {switch} lui-même et non à {interface} : TCP et UDP échouent avec les conteneurs et QEMU, les pings passent.",
  "check-vmware-switch-hint":
    "Éteignez les machines VMware, puis, en administrateur : sudo tarr-stepsd --vmware-networking --apply",
  "vmware-absent": "VMware Workstation n'est pas configuré sur cet ordinateur.",
  "vmware-unchanged": "Le fichier des réseaux de VMware est comme il doit être.",
  "vmware-written":
    "Le fichier des réseaux de VMware a été modifié. Il prendra effet au démarrage des réseaux de VMware.",
  "vmware-written-machines-run":
    "Le fichier des réseaux de VMware a été modifié, mais des machines VMware sont en marche. Il prendra effet au prochain démarrage de l'ordinateur, ou quand vous les aurez éteintes puis tapé : sudo tarr-stepsd --vmware-networking --apply",
  "vmware-applied": "Les réseaux de VMware ont été redémarrés avec le fichier actuel.",
  "vmware-full":
    "Tous les réseaux de VMware, de 2 à 254, sont pris dans son fichier : un commutateur n'en a pas. Libérez-en un dans Workstation : Edit > Virtual Network Editor.",
  "vmware-needs-root": "Il faut être root : sudo {command}",
  "grant-group": "sudo adduser {user} {group}",
  "ask-administrator": "Demandez à un administrateur : {hint}",
  "grant-user": "ajouter {user} à policy.{key} dans /etc/tarr-steps/tarr-steps.yaml, puis : tarr-steps network reload",
  "providers-absent": "Pas installés ici : {names}.",
  "check-grantees-bad": "La politique nomme des utilisateurs ou groupes inconnus de cet ordinateur : {names}.",
  "check-grantees-hint":
    "Corrigez-les dans /etc/tarr-steps/tarr-steps.yaml ; pour voir qui est connu : getent passwd ; getent group",
  "check-sysctl-bad":
    "/proc/sys est en lecture seule ici, comme dans un conteneur : {interfaces} ne peuvent pas relayer, les machines n'atteignent rien au-delà de cet hôte.",
  "check-sysctl-hint":
    "Rendez /proc/sys/net accessible en écriture à ce conteneur depuis son hôte, ou passez-vous-en : tarr-steps network set lab reach=isolated",
  "check-rules": "Les règles de paquets sont en place.",
  "check-rules-bad": "Les règles de paquets ne sont pas ce qu'elles doivent être.",
  "check-rules-hint": "tarr-steps network reload",
  "check-rules-unknown-bad": "Les règles de paquets n'ont pas pu être lues ; le système répond : « {reason} ».",
  "check-rules-unknown-hint": "journalctl -u tarr-stepsd",
  "check-forwarding": "IPv4 est relayé là où il le faut.",
  "check-forwarding-bad": "IPv4 n'est pas relayé sur {interfaces}.",
  "check-forwarding-hint": "tarr-steps network reload",
  "check-forwarding-unknown-bad": "Le relais d'IPv4 n'a pas pu être lu ; le système répond : « {reason} ».",
  "check-forwarding-unknown-hint": "journalctl -u tarr-stepsd",
  "check-provider": "{provider} est utilisable.",
  "check-provider-slow": "{provider} est utilisable, en émulation logicielle : KVM ne marche pas pour vous ici.",
  "check-tun": "Vous pouvez ouvrir des taps.",
  "check-tun-bad": "Vous ne pouvez pas ouvrir /dev/net/tun : aucune machine ne peut se brancher.",
  "check-handmade-bad":
    "VirtualBox relie « {machine} » à {interface} par un pont : TCP avec des conteneurs peut échouer.",
  "check-handmade-hint": "Donnez-lui un port à elle : tarr-steps plug 'virtualbox:{machine}' --nic {nic}",
  "check-neighbour": "{by} laisse passer les machines ({table} {chain}).",
  "check-neighbour-bad": "{by} rejette des paquets des machines ({table} {chain}).",
  "check-neighbour-hint": "Le service y remédie en quelques secondes ; sinon : journalctl -u tarr-stepsd",
  "check-neighbour-closed-bad":
    "{by} rejette des paquets des machines ({table} {chain}) : il n'a pas lu la zone de tarr-steps.",
  "check-neighbour-closed-hint": "Un administrateur la lui fait lire : sudo firewall-cmd --reload",
  "check-firewall-bad":
    "Un pare-feu de cet ordinateur rejette ce qu'il ne connaît pas ({family} {table} {chain}) : les machines peuvent être coupées.",
  "check-firewall-hint":
    "Un administrateur les laisse passer : sudo nft insert rule {family} {table} {chain} iifname 'vswitch*' accept",
  "check-bridge-filter-bad":
    "Les trames entre machines passent par le pare-feu de cet ordinateur (bridge-nf-call-iptables), dont {table} {chain} rejette ce qu'il ne connaît pas.",
  "check-bridge-filter-hint":
    "root les laisse tranquilles : sudo sysctl net.bridge.bridge-nf-call-iptables=0 (Docker le réactive)",
  "check-probe-arp": "{switch} répond aux machines.",
  "check-probe-arp-bad": "Une machine sur {switch} n'aurait pas de réponse : {why}.",
  "check-probe-dhcp": "Une machine sur {network} se voit offrir une adresse.",
  "check-probe-dhcp-bad": "Une machine sur {network} ne se verrait offrir aucune adresse : {why}.",
  "check-probe-dns": "Une machine sur {network} résout {name}.",
  "check-probe-dns-bad": "Une machine sur {network} ne résoudrait pas {name} : {why}.",
  "check-probe-tcp": "Une machine sur {network} atteint {gateway} par TCP.",
  "check-probe-tcp-bad": "Une machine sur {network} n'atteindrait pas {gateway} par TCP : {why}.",
  "check-probe-way": "Une machine sur {network} atteint {gateway}, derrière {interface}.",
  "check-probe-way-bad": "Une machine sur {network} n'atteindrait pas {gateway}, derrière {by} : {why}.",
  "cause-firewall": "{family} {table} {chain} rejette ce qu'elle envoie ({rule})",
  "cause-firewall-hint":
    "Un administrateur le laisse passer : sudo nft insert rule {family} {table} {chain} iifname 'vswitch*' accept",
  "cause-firewall-out": "{family} {table} {chain} rejette les réponses ({rule})",
  "cause-firewall-out-hint":
    "Un administrateur les laisse passer : sudo nft insert rule {family} {table} {chain} oifname 'vswitch*' accept",
  "cause-rules": "nos règles de paquets ne sont pas ce qu'elles doivent être",
  "cause-rules-hint": "Un administrateur : tarr-steps network reload",
  "cause-service": "tarr-steps-dnsmasq@{network} ne tourne pas",
  "cause-service-hint":
    "Voir pourquoi : systemctl status tarr-steps-dnsmasq@{network} ; puis un administrateur : tarr-steps network reload",
  "cause-port-held": "un autre programme tient le port {port} ({holder})",
  "cause-port-held-hint":
    "root voit lequel : sudo ss -lntup 'sport = :{port}' ; il ne devrait écouter que sur ses propres adresses. Puis un administrateur : tarr-steps network reload",
  "cause-port-shared": "{holder} tient le port {port} de {address}",
  "cause-port-shared-hint":
    "Un administrateur écrit dans {file} : {setting} Puis : {then}. Le réseau reprend le port en quelques secondes.",
  "cause-mute": "tarr-steps-dnsmasq@{network} tourne et ne répond pas",
  "cause-mute-hint": "root le relance : sudo systemctl restart tarr-steps-dnsmasq@{network}",
  "cause-forwarding": "IPv4 n'est pas relayé sur {interfaces}",
  "cause-forwarding-hint":
    "Un administrateur : tarr-steps network reload. Si cela revient : grep -r forward /etc/sysctl.conf /etc/sysctl.d",
  "cause-rp-filter":
    "cet ordinateur rejette ce qui entre par {interface} et dont la réponse prendrait un autre chemin (rp_filter=1)",
  "cause-rp-filter-hint": "root : sudo sysctl net.ipv4.conf.{interface}.rp_filter=2",
  "cause-route-back": "{gateway} n'a pas de route de retour vers {subnet} (portée routed)",
  "cause-route-back-hint":
    "Donnez-lui-en une, vers {subnet} par cet ordinateur ; ou un administrateur : tarr-steps network set {network} reach=nat",
  "cause-gateway-silent": "elle ne répond pas non plus à cet ordinateur",
  "cause-gateway-silent-hint":
    "Beaucoup de passerelles se taisent par choix. Voir s'il y a une sortie : ping {gateway}",
  "cause-entrance": "{interface} n'existe pas",
  "cause-entrance-hint": "Un administrateur : tarr-steps network reload",
  "cause-unseen": "rien de ce qui se voit ici n'est en travers",
  "cause-unseen-hint":
    "Regardez d'autres pare-feu (sudo iptables-legacy -S ; sudo nft list ruleset), puis : journalctl -u tarr-stepsd",
  "check-tun-hint": "Demandez à un administrateur : sudo chmod 666 /dev/net/tun",
});
