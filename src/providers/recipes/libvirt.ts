import type { Recipe, RecipeNames, RecipeStep, RecipeWords } from "./recipe.ts";
import { lines } from "./recipe.ts";
import { hostFirewall, macOnTap, neighbours, noPort, oneProgramForTap, pingFromMachine, tapIsUp } from "./seen.ts";

/**
 * Tried with libvirt 11.3 (Debian 13) as an ordinary user: libvirt opens the tap and leaves it in place at the end.
 * virt-xml knows no target.managed, hence the XML.
 */
export function libvirtSessionRecipe(names: RecipeNames): Recipe {
  return {
    title: {
      en: `libvirt, your own session (qemu:///session, GNOME Boxes): a machine on ${names.switch}`,
      fr: `libvirt, votre propre session (qemu:///session, GNOME Machines) : une machine sur ${names.switch}`,
    },
    steps: [...attachTap(names), ...helper(names)],
    checks: [
      {
        who: "user",
        words: { en: "The interface is there.", fr: "L'interface est là." },
        code: "virsh -c qemu:///session domiflist v1",
      },
      tapIsUp(names),
      pingFromMachine(names),
      neighbours(names),
    ],
    traps: [
      {
        en: "managed='no' is what counts: without it libvirt wants to make the tap itself and is not allowed to.",
        fr: "managed='no' est ce qui compte : sans lui, libvirt veut créer le tap lui-même et n'en a pas le droit.",
      },
      oneProgramForTap(names),
      {
        en: "“failed to parse default acl file”: /etc/qemu/bridge.conf is missing, or you may not read it. “access denied by acl file”: the switch is not in it.",
        fr: "« failed to parse default acl file » : /etc/qemu/bridge.conf manque, ou vous ne pouvez pas le lire. « access denied by acl file » : le commutateur n'y est pas.",
      },
      {
        en: "“failed to create tun device”: qemu-bridge-helper is not setuid; on Debian it is not unless somebody did it.",
        fr: "« failed to create tun device » : qemu-bridge-helper n'est pas setuid ; sous Debian il ne l'est que si quelqu'un l'a fait.",
      },
      hostFirewall,
    ],
  };
}

function attachTap(names: RecipeNames): readonly RecipeStep[] {
  const port = macOnTap(names);
  const mac = port === null ? [] : [`  <mac address='${port}'/>`];
  return [
    {
      who: "user",
      words: {
        en: `Describe the interface: ${names.tap}, which libvirt is to open and not to make.`,
        fr: `Décrire l'interface : ${names.tap}, que libvirt doit ouvrir et non créer.`,
      },
      code: lines(
        "cat > nic.xml <<'END'",
        "<interface type='ethernet'>",
        ...mac,
        `  <target dev='${names.tap}' managed='no'/>`,
        "  <model type='virtio'/>",
        "</interface>",
        "END",
      ),
    },
    {
      who: "user",
      words: {
        en: "The machine being off: add it. v1 is its name. The first line shows the interfaces that it has already, the last takes the usual one (type user) away.",
        fr: "Machine éteinte : l'ajouter. v1 est son nom. La première ligne montre les interfaces qu'elle a déjà, la dernière retire l'interface habituelle (type user).",
      },
      code: lines(
        "virsh -c qemu:///session domiflist v1",
        "virsh -c qemu:///session attach-device v1 nic.xml --config",
        "virsh -c qemu:///session detach-interface v1 user --config",
      ),
    },
    {
      who: "user",
      words: { en: "Start it.", fr: "La démarrer." },
      code: "virsh -c qemu:///session start v1",
    },
  ];
}

function helper(names: RecipeNames): readonly RecipeStep[] {
  return [
    {
      who: "administrator",
      words: {
        en: "Another way, without a port: QEMU's own setuid helper. It lets every user of the host put as many taps as they like on the switch; the steps above need no such right.",
        fr: "Une autre façon, sans port : le programme setuid de QEMU. Il laisse tout utilisateur de l'hôte mettre autant de taps qu'il veut sur le commutateur ; les étapes ci-dessus s'en passent.",
      },
      code: lines(
        "sudo dpkg-statoverride --update --add root root 4755 /usr/lib/qemu/qemu-bridge-helper",
        "sudo install -d /etc/qemu",
        `echo 'allow ${names.switch}' | sudo tee -a /etc/qemu/bridge.conf`,
      ),
    },
    {
      who: "user",
      words: {
        en: "With that helper, this takes the place of the first steps.",
        fr: "Avec ce programme, ceci remplace les premières étapes.",
      },
      code: `virt-xml --connect qemu:///session v1 --edit --network clearxml=yes,bridge=${names.switch},model=virtio`,
    },
  ];
}

/** Tried with libvirt 11.3 (Debian 13): both ways, the machine got its address by DHCP. */
export function libvirtSystemRecipe(names: RecipeNames): Recipe {
  return {
    title: {
      en: `libvirt, the system's (qemu:///system, virt-manager): a machine on ${names.switch}`,
      fr: `libvirt du système (qemu:///system, virt-manager) : une machine sur ${names.switch}`,
    },
    steps: [
      {
        who: "administrator",
        words: {
          en: "Put the first interface of a machine on the switch. v1 is its name. In force at its next start.",
          fr: "Mettre la première interface d'une machine sur le commutateur. v1 est son nom. En vigueur à son prochain démarrage.",
        },
        code: `sudo virt-xml --connect qemu:///system v1 --edit --network bridge=${names.switch}`,
      },
      {
        who: "administrator",
        words: {
          en: `Once, to have the switch in the lists of virt-manager and of virt-install: a libvirt network by the name ${names.network}.`,
          fr: `Une fois pour toutes, pour avoir le commutateur dans les listes de virt-manager et de virt-install : un réseau libvirt nommé ${names.network}.`,
        },
        code: lines(
          "cat > network.xml <<'END'",
          "<network>",
          `  <name>${names.network}</name>`,
          "  <forward mode='bridge'/>",
          `  <bridge name='${names.switch}'/>`,
          "</network>",
          "END",
          "sudo virsh -c qemu:///system net-define network.xml",
          `sudo virsh -c qemu:///system net-autostart ${names.network}`,
          `sudo virsh -c qemu:///system net-start ${names.network}`,
        ),
      },
    ],
    checks: [
      {
        who: "administrator",
        words: {
          en: "A running machine has a vnet on the switch.",
          fr: "Une machine en marche a un vnet sur le commutateur.",
        },
        code: lines("sudo virsh -c qemu:///system domiflist v1", `ip -brief link show master ${names.switch}`),
      },
      pingFromMachine(names),
      neighbours(names),
    ],
    traps: systemTraps(),
  };
}

function systemTraps(): readonly RecipeWords[] {
  return [
    {
      en: "Members of the group libvirt need no sudo here; that group is worth root.",
      fr: "Les membres du groupe libvirt se passent ici de sudo ; ce groupe vaut root.",
    },
    {
      en: "Do not make a nat network of libvirt on this switch: its dnsmasq and its rules would be a second DHCP and a second router.",
      fr: "Ne créez pas sur ce commutateur un réseau nat de libvirt : son dnsmasq et ses règles seraient un second DHCP et un second routeur.",
    },
    {
      en: "libvirt takes no tap of tarr-steps for type='bridge' (it makes its own); type='ethernet' with managed='no' does, as in the session.",
      fr: "Avec type='bridge', libvirt ne prend pas les taps de tarr-steps (il crée les siens) ; avec type='ethernet' et managed='no', si, comme dans la session.",
    },
    noPort,
    hostFirewall,
  ];
}
