/** Des machines : ce qui leur arrive, et les commandes qui les concernent. */
export const machineWordsFr = () =>
  ({
    "machine-port-new": "{name} avait perdu son port sur {network} : le port {port} lui est attribué ({address}).",
    "machine-port-mac": "{name} : l'adresse MAC {former} est utilisée ailleurs ; la carte a maintenant {mac}.",
    "machine-port-lost":
      "{name} est en marche, mais sans réseau : son port n'existe plus. Nouveau port : tarr-steps machine restart {name}",
    "port-lost": "port disparu ; en obtenir un : {command}",
    "check-port-lost-bad": "Le port de {name} sur {network} n'existe plus.",
    "check-port-lost-hint": "Donner un nouveau port à {name} : {command}",
    "help-machine-reset": "remettre une machine dans son état de départ, à la même adresse : son disque est refait",
    "help-machine-set": "changer memory= (en Mio) et cpus=, à partir du prochain démarrage",
    "help-machine-copy":
      "copier des fichiers et des dossiers vers une machine ou depuis elle : FICHIER web:/root/, web:/etc/hosts .",
    "column-cpus": "PROCESSEURS",
    "machine-reset": "{name} est comme neuve.",
    "machine-set": "{name} démarrera avec {memory} Mio de mémoire ; processeurs : {cpus}.",
    "machine-set-later":
      "{name} est en marche : à partir du prochain démarrage, elle a {memory} Mio de mémoire ; processeurs : {cpus}. Tout de suite : tarr-steps machine restart {name}",
    "machine-copied": "Copié : {from} → {to}",
    "state-paused-disk-full": "en pause (disque plein)",
    "state-paused-disk-error": "en pause (erreur de disque)",
    "machine-runs": "{name} est déjà en marche, à l'adresse {address}.",
    "machine-stopped-already": "{name} n'est pas en marche.",
    "machine-native-started": "{name} est démarrée ; son adresse : {address}.",
    "status-network-gone": "{name} est sur le réseau {network}, qui n'existe plus.",
  }) as const;
