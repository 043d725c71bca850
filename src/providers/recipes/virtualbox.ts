import type { Recipe, RecipeNames, RecipeStep, RecipeWords } from "./recipe.ts";
import { hostFirewall, macOnTap, neighbours, pingFromMachine, tapIsUp } from "./seen.ts";

/**
 * Measured with VirtualBox 7.2.22 (research: virtualbox-for-real): bridged to a tap, all passes; bridged to the switch
 * itself, TCP with containers breaks. The old spellings of the options work from 5 to 7.2.
 */
export function virtualboxRecipe(names: RecipeNames): Recipe {
  const port = macOnTap(names);
  const mac = port === null ? "" : ` --macaddress1 ${port.replaceAll(":", "").toUpperCase()}`;
  const steps: readonly RecipeStep[] = [
    {
      who: "user",
      words: {
        en: 'The machine being off: bridge its first adapter to the tap. "v1" is its name in VirtualBox.',
        fr: "Machine éteinte : mettre sa première interface en pont sur le tap. « v1 » est son nom dans VirtualBox.",
      },
      code: `VBoxManage modifyvm "v1" --nic1 bridged --bridgeadapter1 ${names.tap} --cableconnected1 on${mac}`,
    },
    {
      who: "user",
      words: {
        en: "Start it.",
        fr: "La démarrer.",
      },
      code: 'VBoxManage startvm "v1"',
    },
    {
      who: "user",
      words: {
        en: "If it runs already, this one line does instead; it keeps its MAC.",
        fr: "Si elle tourne déjà, cette ligne suffit ; elle garde sa MAC.",
      },
      code: `VBoxManage controlvm "v1" nic1 bridged ${names.tap}`,
    },
  ];
  return {
    title: {
      en: `VirtualBox: a machine on ${names.switch} (shorter: tarr-steps plug virtualbox:"v1")`,
      fr: `VirtualBox : une machine sur ${names.switch} (plus court : tarr-steps plug virtualbox:"v1")`,
    },
    steps,
    checks: [
      {
        who: "user",
        words: {
          en: "The adapter is bridged to the tap.",
          fr: "L'interface est en pont sur le tap.",
        },
        code: 'VBoxManage showvminfo "v1" --machinereadable | grep -E "^(nic|bridgeadapter|macaddress)1="',
      },
      tapIsUp(names),
      pingFromMachine(names),
      neighbours(names),
    ],
    traps: traps(names),
  };
}

function traps(names: RecipeNames): readonly RecipeWords[] {
  return [
    {
      en: `Choose the tap, never ${names.switch} itself: there, machine and host still reach each other, pings pass everywhere, but TCP with containers is broken.`,
      fr: `Choisissez le tap, jamais ${names.switch} lui-même : là, la machine et l'hôte se joignent encore, les pings passent partout, mais TCP avec les conteneurs est cassé.`,
    },
    {
      en: "The tap must be there before the machine starts, else it does not start (VERR_INTERNAL_ERROR, VERR_INTNET_FLT_IF_NOT_FOUND).",
      fr: "Le tap doit exister avant le démarrage de la machine, sans quoi elle ne démarre pas (VERR_INTERNAL_ERROR, VERR_INTNET_FLT_IF_NOT_FOUND).",
    },
    {
      en: "VERR_VMX_IN_VMX_ROOT_MODE, VERR_SVM_IN_USE: KVM holds the processor. Stop QEMU machines first; tarr-steps doctor says the rest.",
      fr: "VERR_VMX_IN_VMX_ROOT_MODE, VERR_SVM_IN_USE : KVM tient le processeur. Arrêtez d'abord les machines QEMU ; tarr-steps doctor dit le reste.",
    },
    {
      en: 'A bridge or a hypervisor inside the machine needs the promiscuous mode: VBoxManage controlvm "v1" nicpromisc1 allow-all',
      fr: 'Un pont ou un hyperviseur dans la machine demande le mode promiscuité : VBoxManage controlvm "v1" nicpromisc1 allow-all',
    },
    hostFirewall,
  ];
}
