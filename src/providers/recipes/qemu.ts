import type { Recipe, RecipeNames } from "./recipe.ts";
import { lines } from "./recipe.ts";
import { hostFirewall, macOnTap, neighbours, oneProgramForTap, pingFromMachine, tapIsUp } from "./seen.ts";

/** Tried with QEMU 7.2 (Debian 12) and 10.0 (Debian 13), as an ordinary user. */
export function qemuRecipe(names: RecipeNames): Recipe {
  const port = macOnTap(names);
  const mac = port === null ? "" : `,mac=${port}`;
  return {
    title: {
      en: `QEMU: a machine of your own on ${names.switch}`,
      fr: `QEMU : votre propre machine sur ${names.switch}`,
    },
    steps: [
      {
        who: "user",
        words: {
          en: `Start the machine on ${names.tap}. The two arguments that count are -netdev and -device: add them to your own line.`,
          fr: `Démarrer la machine sur ${names.tap}. Les deux arguments qui comptent sont -netdev et -device : ajoutez-les à votre propre ligne.`,
        },
        code: lines(
          "qemu-system-x86_64 -m 1024 -accel kvm -accel tcg -drive file=debian.qcow2,if=virtio \\",
          `  -netdev tap,id=n,ifname=${names.tap},script=no,downscript=no \\`,
          `  -device virtio-net-pci,netdev=n${mac}`,
        ),
      },
    ],
    checks: [tapIsUp(names), pingFromMachine(names), neighbours(names)],
    traps: [
      oneProgramForTap(names),
      {
        en: "“Operation not permitted”: the tap is not yours, or has another name. tarr-steps port list shows your own.",
        fr: "« Operation not permitted » : le tap n'est pas à vous, ou s'appelle autrement. tarr-steps port list montre les vôtres.",
      },
      {
        en: "Without mac= QEMU gives every machine 52:54:00:12:34:56. Two such machines disturb each other: give each its own.",
        fr: "Sans mac=, QEMU donne à toutes les machines 52:54:00:12:34:56. Deux machines ainsi faites se gênent : donnez-en une à chacune.",
      },
      {
        en: "Without script=no QEMU looks for /etc/qemu-ifup and fails.",
        fr: "Sans script=no, QEMU cherche /etc/qemu-ifup et échoue.",
      },
      hostFirewall,
    ],
  };
}
