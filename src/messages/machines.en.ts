import type { ErrorCode } from "../error.ts";
import type { ErrorWords } from "./errors.en.ts";

type Code = Extract<
  ErrorCode,
  | `machine-${string}`
  | `machines-${string}`
  | `plugged-${string}`
  | `unplug-${string}`
  | `cpus-${string}`
  | `copy-${string}`
  | `reset-${string}`
  | "memory-above"
  | "file-unknown"
  | "folder-unknown"
  | `nic-${string}`
  | `nics-${string}`
  | `mac-${string}`
  | `provider-${string}`
>;

/** A machine, its cards, and the hypervisor that runs it. */
export const machinesEn = (): Readonly<Record<Code, ErrorWords>> => ({
  "provider-unknown": { message: "There is no provider “{value}”.", hint: "The providers are: {known}." },
  "machine-unknown": { message: "You have no machine “{name}”.", hint: "tarr-steps machine list" },
  "machine-exists": {
    message: "You have a machine {name} already.",
    hint: "Start it: tarr-steps machine start {name}; delete it: tarr-steps machine stop {name} && tarr-steps machine delete {name}; or take another name.",
  },
  "machine-half-made": {
    message: "The machine {name} was only half made: the command that made it was ended, or is still at work.",
    hint: "Take away what is there, then make it again: tarr-steps machine delete {name}",
  },
  "machine-running": { message: "The machine {name} is running.", hint: "tarr-steps machine stop {name}" },
  "machine-paused": {
    message: "The machine {name} is paused.",
    hint: "Let it go on: tarr-steps machine start {name}; or end it: tarr-steps machine stop {name}",
  },
  "machine-stopped": { message: "The machine {name} is not running.", hint: "tarr-steps machine start {name}" },
  "machine-start-failed": {
    message: "The machine {name} did not start: {said}",
    hint: "See its log: tarr-steps machine logs {name}",
  },
  "machine-no-address": {
    message: "Nobody has seen an address of {name} yet: in a bridged network the LAN's own server gives it.",
    hint: "Look at the machine itself: tarr-steps machine console {name}",
  },
  "machine-no-answer": {
    message: "The machine {name} runs, but has taken no address within {seconds} s.",
    hint: "Look at it: tarr-steps machine console {name}",
  },
  "machine-ssh-silent": {
    message:
      "{name} runs, but does not answer ssh at {address} within {seconds} s: it may still be booting, or its network card or ssh server may be down.",
    hint: "Look at it: tarr-steps machine console {name}; as new: tarr-steps machine reset {name}",
  },
  "machine-ssh-refused": {
    message: "{name} answers ssh, but does not let {login} in with your key for machines.",
    hint: "Is there such a user, and is the key still in its ~/.ssh/authorized_keys? tarr-steps machine console {name}; as new: tarr-steps machine reset {name}",
  },
  "machine-unplugged": {
    message: "The network cable of {name} is unplugged.",
    hint: "Plug it in again: tarr-steps port up {name}; without a network: tarr-steps machine console {name}",
  },
  "machine-record-broken": {
    message: "The record of the machine {name} cannot be read ({path}).",
    hint: "Put that file right, or delete the machine, running or not: tarr-steps machine delete {name}",
  },
  "machine-ambiguous": {
    message: "Several machines are called “{name}”: {known}.",
    hint: "Say which one you mean, as in: tarr-steps machine show {first}",
  },
  "machine-foreign": {
    message: "{name} was made in {provider}'s own tool: “machine {command}” is for machines that tarr-steps made.",
    hint: "There it is: {instead}",
  },
  "machine-foreign-only": {
    message: "{name} was made in {provider}'s own tool: “machine {command}” is for machines that tarr-steps made.",
    hint: "Do it where you made the machine. To take it off its port: tarr-steps unplug {machine}",
  },
  "machine-native-failed": {
    message: "{provider} did not start the machine {name}: {said}",
    hint: "Start it in {provider}'s own window, which says more.",
  },
  "machine-native-silent": {
    message: "Nothing answers ssh at {address} within {seconds} s, which is where {name} should be.",
    hint: "Has it taken that address, and an ssh server? See: tarr-steps port list",
  },
  "machine-native-refused": {
    message: "{name} answers ssh, but does not let {login} in with your keys.",
    hint: "Say as whom you log in there: tarr-steps machine ssh LOGIN@{name}",
  },
  "machine-not-plugged": {
    message: "The machine {name} is on no port.",
    hint: "Put it on one: tarr-steps plug {machine}",
  },
  "machines-failed": {
    message: "Of {all} machines {count} failed: {names}.",
    hint: "tarr-steps machine list",
  },
  "memory-above": {
    message: "{value} MiB of memory are more than this computer has ({most} MiB).",
    hint: "Give the machine {most} MiB at most; 512 is enough for most.",
  },
  "cpus-invalid": {
    message: "“{value}” is not a number of processors from 1 to {most}, which is what this computer has.",
    hint: "As in: tarr-steps machine set {name} cpus=1",
  },
  "machine-setting": {
    message: "“{value}” is not a setting of a machine: these are memory (in MiB) and cpus.",
    hint: "tarr-steps machine set {name} memory=512 cpus=1",
  },
  "reset-snapshots": {
    message: "{name} has snapshots, which would be lost: {names}.",
    hint: "Bring it back to one: tarr-steps machine restore {name} {first}; or delete them first: tarr-steps machine snapshot {name} {first} --delete",
  },
  "copy-places": {
    message: "“machine copy {command}” does not copy between this computer and one machine.",
    hint: "Into it: tarr-steps machine copy FILE web:/root/    out of it: tarr-steps machine copy web:/etc/hosts .",
  },
  "copy-no-name": {
    message: "“{path}” names no file or folder.",
    hint: "Name a file or folder in it: tarr-steps machine copy {name}:/etc/hosts .",
  },
  "copy-failed": {
    message: "{path} was not copied ({name}): {said}",
    hint: "Look into the machine: tarr-steps machine ssh {name}",
  },
  "copy-no-folder": {
    message: "{name} has no folder {folder} to copy into.",
    hint: "Make it first: tarr-steps machine ssh {name} mkdir -p {folder}",
  },
  "copy-unwritable": {
    message: "{path} came from the machine, but could not be put at {to}: {said}",
    hint: "Copy it under another name, or take away what is there: ls -ld {to}",
  },
  "file-unknown": { message: "There is no file {file} here.", hint: "See what is here: ls" },
  "folder-unknown": {
    message: "There is no folder {folder} here to copy into.",
    hint: "Make it first: mkdir -p {folder}",
  },
  "machine-disk-full": {
    message: "{name} stays paused: there is no room left for its disk in {folder} (free: {free} MiB).",
    hint: "See what is full: df -h {folder}. With room again it goes on: tarr-steps machine start {name}",
  },
  "machine-network-gone": {
    message: "{name} is on the network {network}, which no longer exists.",
    hint: "Make the network again, then start the machine: tarr-steps network create {network}",
  },
  "machine-network-stopped": {
    message: "{name} is running, but its network {network} is stopped: nothing reaches it there.",
    hint: "Start the network: tarr-steps network start {network}",
  },
  "machine-port-gone": {
    message: "{name} runs, but its port is gone: it has no network.",
    hint: "It gets a new port when it starts: tarr-steps machine restart {name}",
  },
  "provider-missing": { message: "{provider} is not installed here.", hint: "Ask an administrator: {install}" },
  "provider-problem": { message: "{provider}: {problem}.", hint: "tarr-steps doctor" },
  "machine-not-there": {
    message: "{provider} has no machine “{name}” of yours.",
    hint: "It has: {known}. See: tarr-steps machine list",
  },
  "plugged-already": {
    message: "Network card {nic} of “{name}” is on port {port} already.",
    hint: "tarr-steps unplug {machine} --nic {nic}",
  },
  "plugged-own": {
    message: "{name} is a machine that tarr-steps made: its network cards are on ports already ({ports}).",
    hint: "See them: tarr-steps machine show {name}",
  },
  "unplug-own": {
    message:
      "{name} is a machine that tarr-steps made: its network cards are on their ports ({ports}) until it is deleted.",
    hint: "Pull the network cable instead: tarr-steps port down {name}",
  },
  "plugged-not": { message: "No network card of “{name}” is on a port.", hint: "tarr-steps machine list" },
  "nic-unknown": {
    message: "“{value}” is no network card of this machine; they count from 1.",
    hint: "The first one: --nic 1",
  },
  "nic-syntax": {
    message: "“{value}” does not say on which network a card is.",
    hint: "As in: tarr-steps machine create {name} --nic network=lab --nic network=dmz",
  },
  "nics-too-many": {
    message: "{count} network cards are too many: a machine has {most} at most.",
    hint: "Leave out some of the --nic.",
  },
  "machine-syntax": {
    message: "“{value}” does not say which hypervisor and which machine.",
    hint: "As in: tarr-steps {command} virtualbox:{machine}. Your machines, with their hypervisors: tarr-steps machine list",
  },
  "mac-unusable": {
    message: "The MAC address {value} cannot be a machine's.",
    hint: "It has six bytes, is no group address, and differs from the switch's.",
  },
  "mac-refused": {
    message: "VMware refuses the MAC address {value}: it starts no machine that has it.",
    hint: "Give the card another one: VM > Settings > Network Adapter > Advanced > Generate.",
  },
  "mac-elsewhere": {
    message: "The MAC address {value} is this host's, or of somebody on its LAN.",
    hint: "Give the machine another one in its own settings. Who has it: ip link; ip neigh",
  },
  "mac-taken": {
    message: "The MAC address {value} is that of the machine {name} already.",
    hint: "Give one of them another MAC address; a copied machine has that of its original.",
  },
});
