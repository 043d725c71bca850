import type { ProviderWords } from "../provider.ts";

const again = {
  en: "An administrator types: sudo apt install gcc make {headers} && sudo vmware-modconfig --console --install-all",
  fr: "Un administrateur tape : sudo apt install gcc make {headers} && sudo vmware-modconfig --console --install-all",
};

/** What can be wrong with VMware on this host. */
export const hostWords: ProviderWords = {
  "not-installed": {
    en: {
      message: "VMware Workstation is not installed here. It is not a package of Debian's.",
      hint:
        "Workstation Pro is free of charge since 2024. An administrator fetches its Linux bundle from Broadcom's support" +
        " portal, then types: sudo apt install gcc make {headers} && sudo sh ./VMware-Workstation-Full-*.bundle",
    },
    fr: {
      message: "VMware Workstation n'est pas installé ici. Ce n'est pas un paquet de Debian.",
      hint:
        "Workstation Pro est gratuit depuis 2024. Un administrateur télécharge le « bundle » pour Linux sur le portail" +
        " d'assistance de Broadcom, puis tape : sudo apt install gcc make {headers} && sudo sh ./VMware-Workstation-Full-*.bundle",
    },
  },
  architecture: {
    en: {
      message: "VMware Workstation for Linux runs on 64-bit Intel and AMD processors alone.",
      hint: "Use another provider: tarr-steps doctor",
    },
    fr: {
      message: "VMware Workstation pour Linux ne tourne que sur les processeurs Intel et AMD 64 bits.",
      hint: "Utilisez un autre fournisseur : tarr-steps doctor",
    },
  },
  modules: {
    en: {
      message: "VMware's kernel modules vmmon and vmnet are not loaded, or not made for this kernel.",
      hint: `${again.en}. With Secure Boot they must be signed too.`,
    },
    fr: {
      message: "Les modules du noyau vmmon et vmnet de VMware ne sont pas chargés, ou pas faits pour ce noyau.",
      hint: `${again.fr}. Avec Secure Boot, il faut aussi les signer.`,
    },
  },
  "modules-unloaded": {
    en: {
      message: "VMware's kernel modules are made for this kernel, and not loaded.",
      hint: "An administrator types: sudo systemctl restart vmware.service; with Secure Boot they must be signed.",
    },
    fr: {
      message: "Les modules du noyau de VMware sont faits pour ce noyau, mais pas chargés.",
      hint: "Un administrateur tape : sudo systemctl restart vmware.service ; avec Secure Boot, il faut les signer.",
    },
  },
  "modules-old": {
    en: { message: "VMware's kernel modules are of another version of VMware: {said}.", hint: again.en },
    fr: { message: "Les modules du noyau de VMware sont d'une autre version de VMware : {said}.", hint: again.fr },
  },
  "not-set-up": {
    en: {
      message: "VMware Workstation is installed and was never set up: it has no /etc/vmware/networking.",
      hint: "Start it once from the desktop's menu; its window asks for what it needs.",
    },
    fr: {
      message: "VMware Workstation est installé mais n'a jamais été configuré : /etc/vmware/networking n'est pas là.",
      hint: "Lancez-le une fois depuis le menu du bureau ; sa fenêtre demande ce qu'il lui faut.",
    },
  },
  vmnet: {
    en: {
      message: "VMware could not connect {name} to its network: {said}.",
      hint: "An administrator starts VMware's networks: sudo vmware-networks --start",
    },
    fr: {
      message: "VMware n'a pas pu relier {name} à son réseau : {said}.",
      hint: "Un administrateur démarre les réseaux de VMware : sudo vmware-networks --start",
    },
  },
  "no-virtualization": {
    en: {
      message: "VMware cannot use the processor's virtualization: {said}.",
      hint: "Enable VT-x or AMD-V in the firmware's setup, and end other programs that run virtual machines.",
    },
    fr: {
      message: "VMware ne peut pas utiliser la virtualisation du processeur : {said}.",
      hint: "Activez VT-x ou AMD-V dans les réglages du micrologiciel, et fermez les autres programmes de machines virtuelles.",
    },
  },
  kvm: {
    en: {
      message: "VMware cannot use the processor's virtualization, which Linux's KVM holds: {said}.",
      hint: "An administrator ends QEMU's machines, then types: sudo modprobe -r kvm_intel kvm_amd kvm",
    },
    fr: {
      message: "VMware ne peut pas utiliser la virtualisation du processeur, que KVM de Linux occupe : {said}.",
      hint: "Un administrateur arrête les machines de QEMU, puis tape : sudo modprobe -r kvm_intel kvm_amd kvm",
    },
  },
  license: {
    en: {
      message: "VMware wants a license: {said}.",
      hint: "Workstation Pro 17.6.2 and later need none. Install a newer one, or start Workstation once and answer it.",
    },
    fr: {
      message: "VMware demande une licence : {said}.",
      hint: "Workstation Pro n'en veut plus depuis la 17.6.2. Installez-en une plus récente, ou lancez Workstation et répondez-lui.",
    },
  },
  memory: {
    en: {
      message: "This computer has not enough free memory for {name}: {said}.",
      hint: "End other machines, or make it anew with less: tarr-steps machine create NAME --memory 128",
    },
    fr: {
      message: "Cet ordinateur n'a pas assez de mémoire libre pour {name} : {said}.",
      hint: "Arrêtez d'autres machines, ou refaites-la avec moins : tarr-steps machine create NOM --memory 128",
    },
  },
  "disk-full": {
    en: { message: "There is no room on the disk for {name}: {said}.", hint: "See what is full: df -h {vmx} /tmp" },
    fr: { message: "Il n'y a plus de place sur le disque pour {name} : {said}.", hint: "Voyez : df -h {vmx} /tmp" },
  },
  "no-workstation": {
    en: {
      message: "vmrun finds no VMware Workstation to speak to: {said}.",
      hint: "VMware Player alone is not enough. Start Workstation once by hand: vmware",
    },
    fr: {
      message: "vmrun ne trouve pas de VMware Workstation à qui parler : {said}.",
      hint: "VMware Player seul ne suffit pas. Lancez Workstation une fois à la main : vmware",
    },
  },
  unknown: {
    en: {
      message: "VMware failed with {name}: {said}.",
      hint: "Read vmware.log beside {vmx}",
    },
    fr: {
      message: "VMware a échoué avec {name} : {said}.",
      hint: "Lisez vmware.log à côté de {vmx}",
    },
  },
};
