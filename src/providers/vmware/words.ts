import type { ProviderWords } from "../provider.ts";
import { hostWords } from "./words-host.ts";

const rights = {
  en: "An administrator types: sudo tarr-stepsd --vmware-networking",
  fr: "Un administrateur tape : sudo tarr-stepsd --vmware-networking",
};

/** What can be wrong with a machine; `hostWords` are about the host. Holes: see `providerProblem` in this folder. */
const machineWords: ProviderWords = {
  "no-drivers": {
    en: {
      message: "The image {image} has no driver for a disk or a network card of VMware's.",
      hint: "Build it again on a host with Debian's usual kernel: tarr-steps image build {image}",
    },
    fr: {
      message: "L'image {image} n'a pas de pilote pour un disque ou une carte réseau de VMware.",
      hint: "Reconstruisez-la sur un hôte qui a le noyau habituel de Debian : tarr-steps image build {image}",
    },
  },
  "boot-parts-missing": {
    en: {
      message: "A machine of VMware's boots from a disc, and programs to make one are missing.",
      hint: "An administrator types: sudo apt install {packages}",
    },
    fr: {
      message: "Une machine de VMware démarre depuis un disque optique, et il manque de quoi en faire un.",
      hint: "Un administrateur tape : sudo apt install {packages}",
    },
  },
  "no-nic": {
    en: { message: "{name} has no network card {nic}.", hint: "Add one in Workstation: VM, Settings, Add." },
    fr: {
      message: "{name} n'a pas de carte réseau {nic}.",
      hint: "Ajoutez-en une dans Workstation : VM, Settings, Add.",
    },
  },
  "machine-on": {
    en: {
      message: "{name} is running, and VMware writes its settings anew when it ends.",
      hint: "Power it off, then try again.",
    },
    fr: {
      message: "{name} est en marche, et VMware réécrit ses réglages quand elle s'arrête.",
      hint: "Éteignez-la, puis recommencez.",
    },
  },
  suspended: {
    en: {
      message: "{name} is suspended: what was in its memory lies on the disk, and it cannot be asked to power off.",
      hint: "Let it go on: tarr-steps machine start {name}; or lose its memory: tarr-steps machine stop {name} --hard",
    },
    fr: {
      message: "{name} est suspendue : sa mémoire est sur le disque, et on ne peut pas lui demander de s'éteindre.",
      hint: "Qu'elle continue : tarr-steps machine start {name} ; ou perdre sa mémoire : tarr-steps machine stop {name} --hard",
    },
  },
  "in-use": {
    en: {
      message: "{name} is in use by another VMware program ({said}).",
      hint: "Close its tab in Workstation. When no VMware program runs, delete the folders {vmx}.lck",
    },
    fr: {
      message: "{name} est utilisée par un autre programme de VMware ({said}).",
      hint: "Fermez son onglet dans Workstation. Si aucun programme de VMware ne tourne, supprimez les dossiers {vmx}.lck",
    },
  },
  permissions: {
    en: {
      message: "VMware may not read or write a file of {name}: {said}.",
      hint: "Look at who owns the files: ls -l {vmx}; after starting VMware with sudo they may be root's.",
    },
    fr: {
      message: "VMware ne peut pas lire ou écrire un fichier de {name} : {said}.",
      hint: "Voyez à qui sont les fichiers : ls -l {vmx} ; après un démarrage de VMware avec sudo, ils sont parfois à root.",
    },
  },
  "file-missing": {
    en: {
      message: "VMware does not find a file of {name}: {said}.",
      hint: "Its settings are in {vmx}; a machine of tarr-steps is made anew after: tarr-steps machine delete {name}",
    },
    fr: {
      message: "VMware ne trouve pas un fichier de {name} : {said}.",
      hint: "Ses réglages sont dans {vmx} ; une machine de tarr-steps se refait après : tarr-steps machine delete {name}",
    },
  },
  "file-broken": {
    en: {
      message: "VMware cannot read the settings of {name}: {said}.",
      hint: 'Look at {vmx}; each line of it is: key = "value"',
    },
    fr: {
      message: "VMware ne peut pas lire les réglages de {name} : {said}.",
      hint: 'Voyez {vmx} ; chaque ligne y est : clé = "valeur"',
    },
  },
  "too-new": {
    en: {
      message: "This VMware is too old for {name}: {said}.",
      hint: "Machines of tarr-steps need Workstation 14 or later; a newer one is free of charge.",
    },
    fr: {
      message: "Ce VMware est trop ancien pour {name} : {said}.",
      hint: "Les machines de tarr-steps demandent Workstation 14 ou plus récent ; une version récente est gratuite.",
    },
  },
  "not-on": {
    en: { message: "{name} is not powered on.", hint: "Start it: tarr-steps machine start {name}" },
    fr: { message: "{name} n'est pas allumée.", hint: "Démarrez-la : tarr-steps machine start {name}" },
  },
  "already-on": {
    en: { message: "{name} is already powered on.", hint: "See: tarr-steps machine list" },
    fr: { message: "{name} est déjà allumée.", hint: "Voyez : tarr-steps machine list" },
  },
  tools: {
    en: {
      message: "The VMware Tools do not run in {name}, so it cannot be asked to power off.",
      hint: "End it at once: tarr-steps machine stop {name} --hard; or install open-vm-tools in it.",
    },
    fr: {
      message: "Les VMware Tools ne tournent pas dans {name} : on ne peut pas lui demander de s'éteindre.",
      hint: "Arrêtez-la tout de suite : tarr-steps machine stop {name} --hard ; ou installez-y open-vm-tools.",
    },
  },
  "no-connection": {
    en: {
      message: "VMware cannot reach the process of {name}.",
      hint: "Try again; then look at vmware.log beside {vmx}, and whether /tmp is writable and not full.",
    },
    fr: {
      message: "VMware n'atteint pas le processus de {name}.",
      hint: "Recommencez ; puis voyez vmware.log à côté de {vmx}, et si /tmp est accessible en écriture et pas plein.",
    },
  },
  canceled: {
    en: {
      message: "VMware gave up on {name} and did not say why.",
      hint: "Read vmware.log beside {vmx}, or see its question: tarr-steps machine start {name} --window",
    },
    fr: {
      message: "VMware a renoncé à {name} sans dire pourquoi.",
      hint: "Lisez vmware.log à côté de {vmx}, ou voyez sa question : tarr-steps machine start {name} --window",
    },
  },
  "mapping-missing": {
    en: { message: "VMware does not know the switch {switch} yet.", hint: rights.en },
    fr: { message: "VMware ne connaît pas encore le commutateur {switch}.", hint: rights.fr },
  },
  "vmnet-missing": {
    en: {
      message: "VMware's network {device}, which leads to the switch {switch}, is not there yet.",
      hint: `${rights.en} --apply (machines of VMware lose their network for some seconds), or restarts the computer.`,
    },
    fr: {
      message: "Le réseau de VMware {device}, qui mène au commutateur {switch}, n'est pas encore là.",
      hint: `${rights.fr} --apply (les machines de VMware perdent le réseau quelques secondes), ou redémarre l'ordinateur.`,
    },
  },
};

export const vmwareWords: ProviderWords = { ...machineWords, ...hostWords };
