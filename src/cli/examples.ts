import type { WordKey } from "../messages/messages.ts";

/** The texts about the help itself, which are about no command. */
type AboutHelp =
  | `help-prototype${string}`
  | `help-heading-${string}`
  | `help-first-${string}`
  | `help-more${string}`
  | "help-title"
  | "help-usage"
  | "help-options"
  | "help-example";

/** What a command is called in messages/. */
export type CommandKey = Exclude<Extract<WordKey, `help-${string}`>, AboutHelp>;

const lab = "/usr/share/tarr-steps/labs/router.yaml";

/** One line for each command that works as typed, where there is the machine, port or image that it names. */
export const examples: Readonly<Record<CommandKey, string>> = {
  "help-status": "status",
  "help-doctor": "doctor",
  "help-plan": "plan --check",
  "help-support": "support",
  "help-confirm": "confirm",
  "help-network-list": "network list",
  "help-network-show": "network show lab",
  "help-network-create": "network create dmz --reach isolated",
  "help-network-delete": "network delete dmz",
  "help-network-set": "network set lab max=100",
  "help-network-start": "network start lab",
  "help-network-stop": "network stop lab",
  "help-network-reload": "network reload --dry-run",
  "help-machine-create": "machine create web --start",
  "help-machine-list": "machine list",
  "help-machine-show": "machine show web",
  "help-machine-start": "machine start web",
  "help-machine-stop": "machine stop web",
  "help-machine-restart": "machine restart web",
  "help-machine-delete": "machine delete web",
  "help-machine-reset": "machine reset web",
  "help-machine-set": "machine set web memory=512 cpus=2",
  "help-machine-copy": "machine copy notes.txt web:",
  "help-machine-snapshot": "machine snapshot web s1",
  "help-machine-snapshots": "machine snapshots web",
  "help-machine-restore": "machine restore web s1",
  "help-machine-console": "machine console web",
  "help-machine-logs": "machine logs web",
  "help-machine-ssh": "machine ssh web ip address",
  "help-plug": "plug --print docker",
  "help-unplug": "unplug virtualbox:Debian",
  "help-port-list": "port list",
  "help-port-show": "port show web",
  "help-port-down": "port down web",
  "help-port-up": "port up web",
  "help-port-set": "port set web delay=50ms loss=2%",
  "help-port-capture": "port capture web --count 20 >web.pcap",
  "help-port-delete": "port delete web",
  "help-image-list": "image list",
  "help-image-show": "image show tiny",
  "help-image-import": "image import debian-13-cloud",
  "help-image-export": "image export tiny tiny.tar",
  "help-image-delete": "image delete tiny",
  "help-image-build": "image build tiny",
  "help-lab-check": `lab check ${lab}`,
  "help-lab-up": `lab up ${lab}`,
  "help-lab-status": `lab status ${lab}`,
  "help-lab-reset": `lab reset ${lab} web`,
  "help-lab-list": "lab list",
  "help-lab-stop": `lab stop ${lab}`,
  "help-lab-start": `lab start ${lab}`,
  "help-lab-down": `lab down ${lab}`,
};
