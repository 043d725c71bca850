/** Of machines: what happens to them, and the commands about them. */
export const machineWordsEn = () =>
  ({
    "machine-port-new": "{name} had lost its port on {network}: it now has port {port} ({address}).",
    "machine-port-mac": "{name}: the MAC address {former} is in use elsewhere; the card now has {mac}.",
    "machine-port-lost":
      "{name} is up, but without a network: its port is gone. New port: tarr-steps machine restart {name}",
    "port-lost": "port gone; new one: {command}",
    "check-port-lost-bad": "The port of {name} on {network} is gone.",
    "check-port-lost-hint": "Give {name} a new port: {command}",
    "help-machine-reset": "a machine as it was when it was made, at the same address: its disk is made anew",
    "help-machine-set": "change memory= (MiB) and cpus=, from the next start on",
    "help-machine-copy": "copy files and folders into a machine or out of it: FILE web:/root/, web:/etc/hosts .",
    "column-cpus": "CPUS",
    "machine-reset": "{name} is as new.",
    "machine-set": "{name} will start with {memory} MiB of memory; processors: {cpus}.",
    "machine-set-later":
      "{name} runs: from its next start on it has {memory} MiB of memory; processors: {cpus}. At once: tarr-steps machine restart {name}",
    "machine-copied": "Copied: {from} → {to}",
    "state-paused-disk-full": "paused (disk full)",
    "state-paused-disk-error": "paused (disk error)",
    "machine-runs": "{name} is running already, at {address}.",
    "machine-stopped-already": "{name} is not running.",
    "machine-native-started": "{name} is started; its address: {address}.",
    "status-network-gone": "{name} is on the network {network}, which no longer exists.",
  }) as const;
