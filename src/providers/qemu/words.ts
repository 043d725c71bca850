import type { ProviderWords } from "../provider.ts";

export const qemuWords: ProviderWords = {
  "no-slot": {
    en: {
      message: "QEMU has no free slot for one more network card ({said}).",
      hint: "Start it with one more argument: -device pcie-root-port,id=tarr,chassis=9; then plug again.",
    },
    fr: {
      message: "QEMU n'a pas d'emplacement libre pour une carte réseau de plus ({said}).",
      hint: "Démarrez-le avec un argument de plus : -device pcie-root-port,id=tarr,chassis=9 ; puis branchez à nouveau.",
    },
  },
  refused: {
    en: {
      message: "QEMU refused the network card: {said}.",
      hint: "Start it with the arguments of: tarr-steps plug --print qemu",
    },
    fr: {
      message: "QEMU a refusé la carte réseau : {said}.",
      hint: "Démarrez-le avec les arguments de : tarr-steps plug --print qemu",
    },
  },
  "not-released": {
    en: {
      message: "The machine does not let go of its network card.",
      hint: "Power it off, then unplug again.",
    },
    fr: {
      message: "La machine ne libère pas sa carte réseau.",
      hint: "Éteignez-la, puis débranchez à nouveau.",
    },
  },
  "no-monitor": {
    en: {
      message: "The running machine {name} has no QMP socket, so its network card cannot be changed.",
      hint: "Power it off and plug again, or start it with: -qmp unix:monitor.sock,server=on,wait=off",
    },
    fr: {
      message: "La machine {name}, en marche, n'a pas de socket QMP : sa carte réseau ne peut pas être changée.",
      hint: "Éteignez-la et branchez à nouveau, ou démarrez-la avec : -qmp unix:monitor.sock,server=on,wait=off",
    },
  },
  "no-settings": {
    en: {
      message: "QEMU keeps no settings of {name}: only you know how it is started.",
      hint: "Start it as you did before; the arguments of its network card: tarr-steps plug {machine}",
    },
    fr: {
      message: "QEMU ne garde aucun réglage de {name} : vous seul savez comment la démarrer.",
      hint: "Démarrez-la comme avant ; les arguments de sa carte réseau : tarr-steps plug {machine}",
    },
  },
  "no-power": {
    en: {
      message: "The running machine {name} has no QMP socket, so it cannot be asked to power off.",
      hint: "Power it off in the machine itself, or start it with: -qmp unix:monitor.sock,server=on,wait=off",
    },
    fr: {
      message: "La machine {name}, en marche, n'a pas de socket QMP : on ne peut pas lui demander de s'éteindre.",
      hint: "Éteignez-la de l'intérieur, ou démarrez-la avec : -qmp unix:monitor.sock,server=on,wait=off",
    },
  },
  "no-firmware": {
    en: {
      message: "The machine's disk boots by UEFI alone, and there is no UEFI for QEMU here.",
      hint: "Ask an administrator: sudo apt install ovmf",
    },
    fr: {
      message: "Le disque de la machine ne démarre qu'en UEFI, et il n'y a pas d'UEFI pour QEMU ici.",
      hint: "Demandez à un administrateur : sudo apt install ovmf",
    },
  },
};
