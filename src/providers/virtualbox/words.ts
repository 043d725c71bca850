import type { ProviderWords } from "../provider.ts";

const admin = { en: "Ask an administrator: ", fr: "Demandez à l'administrateur : " } as const;

/** Why VirtualBox cannot run at all: `judge` and `judgeStart`. */
const hostWords: ProviderWords = {
  architecture: {
    en: {
      message: "VirtualBox for Linux runs on x86-64 processors alone.",
      hint: "tarr-steps machine create NAME --provider qemu",
    },
    fr: {
      message: "VirtualBox pour Linux ne fonctionne que sur les processeurs x86-64.",
      hint: "tarr-steps machine create NOM --provider qemu",
    },
  },
  "too-old": {
    en: {
      message: "VirtualBox {version} is too old: 6.1 is the oldest that works here.",
      hint: `${admin.en}{install}`,
    },
    fr: {
      message: "VirtualBox {version} est trop ancien : il faut au moins la version 6.1.",
      hint: `${admin.fr}{install}`,
    },
  },
  "headers-missing": {
    en: {
      message: "VirtualBox has no kernel modules for {kernel}, and the headers to build them are missing.",
      hint: `${admin.en}sudo apt install linux-headers-{kernel} && {build}`,
    },
    fr: {
      message:
        "VirtualBox n'a pas de modules pour le noyau {kernel}, et les en-têtes nécessaires pour les construire manquent.",
      hint: `${admin.fr}sudo apt install linux-headers-{kernel} && {build}`,
    },
  },
  "not-built": {
    en: { message: "VirtualBox's kernel modules are not built for {kernel}.", hint: `${admin.en}{build}` },
    fr: {
      message: "Les modules de VirtualBox ne sont pas construits pour le noyau {kernel}.",
      hint: `${admin.fr}{build}`,
    },
  },
  "not-loaded": {
    en: {
      message: "VirtualBox's kernel module {module} is not loaded.",
      hint: `${admin.en}sudo modprobe -a vboxdrv vboxnetflt`,
    },
    fr: {
      message: "Le module {module} de VirtualBox n'est pas chargé dans le noyau.",
      hint: `${admin.fr}sudo modprobe -a vboxdrv vboxnetflt`,
    },
  },
  "secure-boot": {
    en: {
      message:
        "Secure Boot refuses VirtualBox's kernel modules: this computer does not know the key they are signed with.",
      hint: `${admin.en}sudo mokutil --import {key}, then restart the computer and choose “Enroll MOK”.`,
    },
    fr: {
      message: "Secure Boot refuse les modules de VirtualBox : cet ordinateur ne connaît pas la clé qui les signe.",
      hint: `${admin.fr}sudo mokutil --import {key}, puis redémarrez l'ordinateur et choisissez « Enroll MOK ».`,
    },
  },
  "no-virtualization": {
    en: {
      message: "The processor's virtualization (VT-x or AMD-V) is missing or switched off in the firmware.",
      hint: "Switch on VT-x, or SVM, in the computer's BIOS; or: tarr-steps machine create NAME --provider qemu",
    },
    fr: {
      message: "La virtualisation du processeur (VT-x ou AMD-V) manque ou est désactivée dans le micrologiciel.",
      hint: "Activez VT-x, ou SVM, dans le BIOS ; ou : tarr-steps machine create NOM --provider qemu",
    },
  },
  "kvm-holds": {
    en: {
      message: "KVM holds the processor's virtualization from the moment it is loaded (kernel 6.12 and later).",
      hint: `${admin.en}echo options kvm enable_virt_at_load=0 | sudo tee /etc/modprobe.d/virtualbox-kvm.conf && sudo modprobe -r {module} kvm`,
    },
    fr: {
      message: "KVM garde la virtualisation du processeur dès son chargement (noyau 6.12 et suivants).",
      hint: `${admin.fr}echo options kvm enable_virt_at_load=0 | sudo tee /etc/modprobe.d/virtualbox-kvm.conf && sudo modprobe -r {module} kvm`,
    },
  },
  "kvm-in-use": {
    en: {
      message: "A machine of KVM (QEMU, libvirt) is running, and VirtualBox cannot share the processor with it.",
      hint: "Stop it first: tarr-steps machine list shows yours.",
    },
    fr: {
      message:
        "Une machine de KVM (QEMU, libvirt) est en marche, et VirtualBox ne peut pas partager le processeur avec elle.",
      hint: "Arrêtez-la d'abord : tarr-steps machine list montre les vôtres.",
    },
  },
  "kvm-clash": {
    en: {
      message: "KVM has the processor's virtualization, and VirtualBox could not take it.",
      hint: `Stop the machines of KVM; if there are none, ${admin.en.toLowerCase()}echo options kvm enable_virt_at_load=0 | sudo tee /etc/modprobe.d/virtualbox-kvm.conf, then restart the computer.`,
    },
    fr: {
      message: "KVM a pris la virtualisation du processeur, et VirtualBox n'a pas pu l'obtenir.",
      hint: `Arrêtez les machines de KVM ; s'il n'y en a pas, ${admin.fr.toLowerCase()}echo options kvm enable_virt_at_load=0 | sudo tee /etc/modprobe.d/virtualbox-kvm.conf, puis redémarrez l'ordinateur.`,
    },
  },
  "kvm-lends-not": {
    en: {
      message: "This VirtualBox borrows the processor's virtualization from KVM, which is told not to hold it.",
      hint: `${admin.en}grep -r enable_virt_at_load=0 /etc/modprobe.d, remove that line, then restart the computer.`,
    },
    fr: {
      message: "Ce VirtualBox emprunte la virtualisation du processeur à KVM, à qui l'on a dit de ne pas la garder.",
      hint: `${admin.fr}grep -r enable_virt_at_load=0 /etc/modprobe.d, retirez cette ligne, puis redémarrez l'ordinateur.`,
    },
  },
  "driver-other": {
    en: {
      message: "The VirtualBox modules in the kernel are of another version than VirtualBox.",
      hint: `Stop the machines of VirtualBox. ${admin.en}sudo modprobe -r vboxnetflt vboxnetadp vboxdrv && sudo modprobe -a vboxdrv vboxnetflt`,
    },
    fr: {
      message: "Les modules de VirtualBox dans le noyau sont d'une autre version que VirtualBox.",
      hint: `Arrêtez les machines de VirtualBox. ${admin.fr}sudo modprobe -r vboxnetflt vboxnetadp vboxdrv && sudo modprobe -a vboxdrv vboxnetflt`,
    },
  },
  "driver-refused": {
    en: {
      message: "VirtualBox could not use its kernel driver: {said}.",
      hint: `${admin.en}sudo modprobe -a vboxdrv vboxnetflt; ls -l /dev/vboxdrv /dev/vboxdrvu`,
    },
    fr: {
      message: "VirtualBox n'a pas pu utiliser son pilote du noyau : {said}.",
      hint: `${admin.fr}sudo modprobe -a vboxdrv vboxnetflt; ls -l /dev/vboxdrv /dev/vboxdrvu`,
    },
  },
};

/** What goes wrong with one machine. */
const machineWords: ProviderWords = {
  "interface-missing": {
    en: {
      message: "The port {interface} of {name} is not there.",
      hint: "tarr-steps network reload, then start again.",
    },
    fr: {
      message: "Le port {interface} de {name} n'est pas là.",
      hint: "tarr-steps network reload, puis démarrez à nouveau.",
    },
  },
  "interface-refused": {
    en: {
      message: "VirtualBox could not attach {name} to {interface}.",
      hint: "Is it there (ip link), and is the kernel module vboxnetflt loaded (lsmod)? Then start again.",
    },
    fr: {
      message: "VirtualBox n'a pas pu attacher {name} à {interface}.",
      hint: "Est-il là (ip link), et le module vboxnetflt est-il chargé (lsmod) ? Puis démarrez à nouveau.",
    },
  },
  "no-memory": {
    en: {
      message: "There is not enough memory for {name}.",
      hint: "Stop another machine, or create it with less: --memory 256",
    },
    fr: {
      message: "Il n'y a pas assez de mémoire pour {name}.",
      hint: "Arrêtez une autre machine, ou créez-la avec moins : --memory 256",
    },
  },
  "boot-parts-missing": {
    en: {
      message: "A machine of VirtualBox boots from a CD image, and the programs that make one are missing: {packages}.",
      hint: `${admin.en}sudo apt install {packages}`,
    },
    fr: {
      message:
        "Une machine de VirtualBox démarre sur une image de CD, et il manque les programmes qui la font : {packages}.",
      hint: `${admin.fr}sudo apt install {packages}`,
    },
  },
  "linked-clone": {
    en: {
      message: "The disk of {name} is also the base of the linked clone {clone}.",
      hint: "Delete {clone} in VirtualBox first.",
    },
    fr: {
      message: "Le disque de {name} est aussi la base du clone lié {clone}.",
      hint: "Supprimez d'abord {clone} dans VirtualBox.",
    },
  },
  "not-while-running": {
    en: {
      message: "VirtualBox cannot change network card {nic} of {name} in this way while the machine runs.",
      hint: "Power it off, then try again.",
    },
    fr: {
      message:
        "VirtualBox ne peut pas changer ainsi la carte réseau {nic} de {name} tant que la machine est en marche.",
      hint: "Éteignez-la, puis recommencez.",
    },
  },
  "no-display": {
    en: {
      message: "There is no screen to show {name} on.",
      hint: "tarr-steps machine start {name}, then: tarr-steps machine console {name}",
    },
    fr: {
      message: "Il n'y a pas d'écran sur lequel montrer {name}.",
      hint: "tarr-steps machine start {name}, puis : tarr-steps machine console {name}",
    },
  },
  "no-window": {
    en: {
      message: "The part of VirtualBox that shows machines in windows is not installed.",
      hint: `${admin.en}sudo apt install virtualbox-qt`,
    },
    fr: {
      message: "La partie de VirtualBox qui montre les machines dans des fenêtres n'est pas installée.",
      hint: `${admin.fr}sudo apt install virtualbox-qt`,
    },
  },
};

export const virtualboxWords: ProviderWords = { ...hostWords, ...machineWords };
