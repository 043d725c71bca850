import type { ProviderWords } from "../provider.ts";

export const lxcWords: ProviderWords = {
  "namespaces-off": {
    en: {
      message: "Containers of ordinary users are forbidden on this computer: {setting} is 0.",
      hint: "Ask an administrator: echo {setting}={value} | sudo tee /etc/sysctl.d/60-containers.conf; sudo sysctl --system",
    },
    fr: {
      message: "Les conteneurs des utilisateurs ordinaires sont interdits sur cet ordinateur : {setting} vaut 0.",
      hint: "Demandez à un administrateur : echo {setting}={value} | sudo tee /etc/sysctl.d/60-containers.conf; sudo sysctl --system",
    },
  },
  "too-few-ids": {
    en: {
      message: "A container of {image} has 65535 ids, and you have fewer of your own.",
      hint: "Ask an administrator: sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {user}",
    },
    fr: {
      message: "Un conteneur de {image} a 65535 identifiants, et vous en avez moins.",
      hint: "Demandez à un administrateur : sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {user}",
    },
  },
  "no-layers": {
    en: {
      message: "The file system of {folder} takes no layers (overlayfs): {said}",
      hint: "Keep your machines on a disk of this computer (ext4, XFS, btrfs): export XDG_DATA_HOME=/var/tmp/$USER",
    },
    fr: {
      message: "Le système de fichiers de {folder} n'accepte pas de couches (overlayfs) : {said}",
      hint: "Gardez vos machines sur un disque de cet ordinateur (ext4, XFS, btrfs) : export XDG_DATA_HOME=/var/tmp/$USER",
    },
  },
  "no-exec": {
    en: {
      message: "No program may be run on {mount} (mounted noexec), where the containers lie: {folder}",
      hint: "Use another hypervisor there (--provider qemu), or keep your machines elsewhere: export XDG_DATA_HOME=/var/tmp/$USER",
    },
    fr: {
      message:
        "Aucun programme ne peut être lancé sur {mount} (monté noexec), où se trouvent les conteneurs : {folder}",
      hint: "Prenez-y un autre hyperviseur (--provider qemu), ou gardez vos machines ailleurs : export XDG_DATA_HOME=/var/tmp/$USER",
    },
  },
  "nic-helper": {
    en: {
      message: "LXC cannot plug containers in: {program} is not a setuid program.",
      hint: "Ask an administrator: sudo apt install --reinstall lxc",
    },
    fr: {
      message: "LXC ne peut pas brancher de conteneurs : {program} n'est pas un programme setuid.",
      hint: "Demandez à un administrateur : sudo apt install --reinstall lxc",
    },
  },
  "switch-missing": {
    en: {
      message: "The switch {switch} is not there.",
      hint: "See what is wrong: tarr-steps doctor; start it: tarr-steps -st",
    },
    fr: {
      message: "Le commutateur {switch} n'existe pas.",
      hint: "Voyez ce qui manque : tarr-steps doctor ; démarrez-le : tarr-steps -st",
    },
  },
  "login-unusable": {
    en: {
      message:
        "Containers need a line for your login in {path}, and “{user}” cannot be written there: it has a blank, a colon or a #.",
      hint: "Use another hypervisor (--provider qemu), or ask an administrator for a login without such characters.",
    },
    fr: {
      message:
        "Les conteneurs demandent une ligne pour votre compte dans {path}, et « {user} » ne peut pas y être écrit : il contient une espace, un deux-points ou un #.",
      hint: "Prenez un autre hyperviseur (--provider qemu), ou demandez à un administrateur un compte sans ces caractères.",
    },
  },
  "nic-line-missing": {
    en: {
      message: "{path} has no line that lets {user} plug containers into {switch}.",
      hint: "The service keeps that line; see what hinders it: tarr-steps doctor",
    },
    fr: {
      message: "{path} n'a pas de ligne qui permette à {user} de brancher des conteneurs sur {switch}.",
      hint: "Le service tient cette ligne ; voyez ce qui l'en empêche : tarr-steps doctor",
    },
  },
  "nic-line-full": {
    en: {
      message: "{user} has as many containers on {switch} as {path} allows.",
      hint: "Stop one of them: tarr-steps machine list, then tarr-steps machine stop NAME",
    },
    fr: {
      message: "{user} a déjà autant de conteneurs sur {switch} que {path} le permet.",
      hint: "Arrêtez-en un : tarr-steps machine list, puis tarr-steps machine stop NOM",
    },
  },
  "native-failed": {
    en: {
      message: "LXC did not start the container {name}: {said}",
      hint: "See why: lxc-start -n {name} -F -l ERROR -o /dev/stderr",
    },
    fr: {
      message: "LXC n'a pas démarré le conteneur {name} : {said}",
      hint: "Voir pourquoi : lxc-start -n {name} -F -l ERROR -o /dev/stderr",
    },
  },
  "container-config": {
    en: {
      message: "The configuration {path} cannot be read as text.",
      hint: "Correct it; nothing was changed.",
    },
    fr: {
      message: "La configuration {path} n'est pas lisible comme du texte.",
      hint: "Corrigez-la ; rien n'a été changé.",
    },
  },
};
