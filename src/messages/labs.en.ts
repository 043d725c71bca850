import type { ErrorCode } from "../error.ts";
import type { ErrorWords } from "./errors.en.ts";

type Code =
  | Extract<ErrorCode, `lab-${string}` | `host-${string}` | `first-boot-${string}`>
  | "package-unknown"
  | "recipe-missing";

/** What can be wrong with a lab file, and in the way of what it asks for. */
export const labsEn = (): Readonly<Record<Code, ErrorWords>> => ({
  "host-unusable": {
    message: "The host part {value} is not in the range {range} of network {network}.",
    hint: "Take one of the range, or change it: tarr-steps network set {network} range=FIRST-LAST",
  },
  "host-taken": {
    message: "The address {address} on network {network} is held by {name}.",
    hint: "Take another host part; who holds which: tarr-steps port list",
  },
  "lab-syntax": {
    message: "{file}:{line}: this cannot be read as YAML: {why}",
    hint: "Correct that line, then: {again}",
  },
  "lab-value": {
    message: "{file}:{line}: {key}: {why}",
    hint: "Correct that line, then: {again}",
  },
  "lab-whole": {
    message: "{file}:{line}: {why}",
    hint: "Correct the file, then: {again}",
  },
  "lab-faults": {
    message: "{file}: {count} errors.",
    hint: "Correct these lines, then: {again}",
  },
  "lab-key-unknown": { message: "there is no key “{value}” here.", hint: "Correct the word, or take it out." },
  "lab-empty": { message: "“{value}” has no value.", hint: "Write one, or take the key out." },
  "lab-blank": { message: "the file is empty.", hint: "See one that is ready to use: ls /usr/share/tarr-steps/labs" },
  "lab-name": {
    message:
      "“{value}” is not a valid name: lower-case letters without accents, digits and hyphens, a letter first, 63 at most.",
    hint: "For instance: web, db-1",
  },
  "lab-network-name": {
    message:
      "“{value}” is not a valid network name: lower-case letters without accents, digits and hyphens, a letter first, 15 at most.",
    hint: "For instance: dmz, room-1",
  },
  "lab-name-reserved": { message: "the name “{value}” is reserved.", hint: "Take another one." },
  "lab-name-shared": {
    message: "The name {lab}, made of the name of {file}, is that of the lab of {other}.",
    hint: "Give this lab a name of its own: write a line such as name: {near} at the beginning of {file}. Or delete the other one: tarr-steps lab down {other}",
  },
  "lab-image-name": {
    message: "“{value}” is not a valid image name: lower-case letters, digits, hyphens and dots.",
    hint: "For instance: tiny, debian-13; those that are there: tarr-steps image list",
  },
  "lab-memory": {
    message: "“{value}” is not a valid memory size: a whole number of MiB, from 64 to 999999.",
    hint: "For instance: memory: 512",
  },
  "lab-host": {
    message: "“{value}” is not a valid host part: a whole number from 1 to 65534.",
    hint: "For instance, for 192.168.194.20 in a /24: host: 20",
  },
  "lab-max": {
    message: "“{value}” is not a valid number of addresses: a whole number from 1 to 1000.",
    hint: "For instance: max: 50",
  },
  "lab-port": {
    message: "“{value}” is not a valid port: a whole number from 1 to 65535.",
    hint: "For instance: port: 80",
  },
  "lab-package": {
    message: "“{value}” is not a valid package name: lower-case letters, digits, and the signs + - and dot.",
    hint: "For instance: packages: [apache2, bind9-dnsutils]",
  },
  "package-unknown": {
    message: "there is no package “{value}” in {system}.",
    hint: "Correct the name; to search for one: https://packages.debian.org",
  },
  "lab-password": {
    message: "this is not a valid password: a text of 1 to 200 characters without a colon.",
    hint: "A number is put between quotes.",
  },
  "lab-mode": {
    message: "“{value}” is not a valid mode: three octal digits between quotes.",
    hint: 'For instance: mode: "0644"',
  },
  "lab-path": {
    message: "“{value}” is not a valid path in the machine: it begins with / and has no .. in it.",
    hint: "For instance: /etc/motd",
  },
  "lab-content": {
    message: "the file “{value}” needs either content or source.",
    hint: "Write one of the two.",
  },
  "lab-subnet-twice": {
    message: "{value} overlaps the subnet {subnet} of the network {network} of this lab.",
    hint: "Take another subnet, or leave it out and a free one is found.",
  },
  "lab-host-switch": {
    message: "the host part {value} is the switch's own on {network}; machines have {first} to {last}.",
    hint: "Take one of these.",
  },
  "lab-host-outside": {
    message: "the host part {value} is not in the range of {network}; machines have {first} to {last}.",
    hint: "Take one of these, or change subnet or range.",
  },
  "lab-network-full": {
    message: "the network {value} ({subnet}) has {capacity|address|addresses} for machines, and the lab wants {count}.",
    hint: "Take a larger subnet, range or max.",
  },
  "lab-unreadable": {
    message: "The file {file} cannot be read: {reason}",
    hint: "See what lies there: ls -l {folder}",
  },
  "lab-file-missing": {
    message: "There is no file {file}.",
    hint: "See what lies there: ls {folder}; labs that made something here: tarr-steps lab list; labs that are ready to use: ls /usr/share/tarr-steps/labs",
  },
  "recipe-missing": {
    message: "There is no recipe {file}.",
    hint: "See what lies there: ls {folder}; how to write one: man tarr-steps; without a recipe: tarr-steps image build debian-13",
  },
  "lab-file-denied": { message: "You may not read the file {file}.", hint: "See who may: ls -ld {path}" },
  "lab-file-kind": { message: "{file} is not a regular file.", hint: "See what it is: ls -ld {path}" },
  "lab-file-large": {
    message: "The file {file} is larger than {most} MiB: it is neither a lab file nor a recipe.",
    hint: "See what lies there: ls -l {folder}",
  },
  "lab-file-gone": {
    message: "The file {file} of the lab {lab} is gone.",
    hint: "Put it back, or type the path where it is now. Without it: tarr-steps lab status {lab}; to stop or delete the lab: tarr-steps lab stop {lab}, tarr-steps lab down {lab}",
  },
  "lab-file-other": {
    message: "The file {file}, of which the lab {lab} was made, says the name {other} now.",
    hint: "To make that lab: tarr-steps lab up {file}; to delete what {lab} made: tarr-steps lab down {lab}",
  },
  "lab-cycle": { message: "each waits for the next: {value}.", hint: "Take one of the names out of after." },
  "lab-no-machine": {
    message: "the lab has no machine “{value}”.",
    hint: "Write it under machines:, or correct the name.",
  },
  "lab-no-network": {
    message: "the lab has no network “{value}”.",
    hint: "Write it under networks:; only the network lab is there without being written.",
  },
  "lab-host-twice": { message: "the host part {value} is another machine's on that network.", hint: "Take another." },
  "lab-check-empty": {
    message: "this check says neither to nor run.",
    hint: "For instance, from web to port 5432 of db: from: web, to: db, port: 5432",
  },
  "lab-file-source": {
    message: "the file “{value}” beside the lab file cannot be read.",
    hint: "Put it there, or write its content: under files.",
  },
  "lab-source-kind": {
    message: "“{value}” is not a regular file.",
    hint: "Put a file there, or write its content: under files.",
  },
  "lab-source-large": {
    message: "with “{value}”, the files beside this one are larger than {most} MiB together.",
    hint: "Have the machine fetch it, with curl or wget in its script.",
  },
  "lab-source-binary": {
    message: "the file “{value}” is not text in UTF-8.",
    hint: "Save it in UTF-8; have the machine fetch what is no text, with curl or wget in its script.",
  },
  "lab-network-foreign": {
    message: "There is a network {network} already that the lab {lab} did not make.",
    hint: "It is left alone. Give the lab's network another name, for instance {another}; who has which: tarr-steps network list",
  },
  "lab-network-first": {
    message: "The network {network} is everybody's on this computer; no lab makes it.",
    hint: "Take {network} out under networks: machines may be on it all the same.",
  },
  "lab-network-made": {
    message: "Your lab {other} made a network {network} already.",
    hint: "Delete that lab: tarr-steps lab down {other}; or give the network another name here, for instance {another}.",
  },
  "lab-network-others": {
    message: "{owner} has a network {network} on this computer, and no two networks here have one name.",
    hint: "Use a copy of the lab with names of its own: {copy}",
  },
  "lab-mac-elsewhere": {
    message:
      "its MAC address {value}, made of the names of lab and machine, is this computer's, or of somebody on its LAN.",
    hint: "Give the lab a name of its own in its file, for instance {lab}-2; who has that address: ip neigh",
  },
  "lab-mac-taken": {
    message: "its MAC address {value}, made of the names of lab and machine, is that of the machine {name} already.",
    hint: "Another user of this computer has made this lab: give yours a name of its own in its file, for instance {lab}-2.",
  },
  "lab-networks-many": {
    message: "the lab makes {count|network|networks}, and {user}, who has {held}, may have {quota}.",
    hint: "Delete one (tarr-steps network delete NAME), or ask an administrator to raise policy.networks in /etc/tarr-steps/tarr-steps.yaml.",
  },
  "lab-ports-many": {
    message:
      "the lab needs {count|port|ports}, one for each network card, and {user}, who has {held}, may have {quota}.",
    hint: "Delete a machine (tarr-steps machine stop NAME && tarr-steps machine delete NAME), or ask an administrator to raise policy.ports in /etc/tarr-steps/tarr-steps.yaml.",
  },
  "lab-networks-most": {
    message: "the lab has {count} networks; a lab file has {most} at most.",
    hint: "Divide it into several lab files.",
  },
  "lab-ports-most": {
    message: "the lab has {count} network cards; a lab file has {most} at most.",
    hint: "Divide it into several lab files.",
  },
  "lab-memory-many": {
    message:
      "the lab's machines need {needed} MiB of memory; yours have {used} MiB, and all together may have {quota} MiB.",
    hint: "Give them less (memory:), or delete others: tarr-steps machine list --size",
  },
  "lab-unmade": {
    message: "The lab {lab} has no machine {name} yet.",
    hint: "Make what is missing: tarr-steps lab up {file}",
  },
  "lab-machine-unknown": {
    message: "The lab {lab} has no machine “{value}”; it has {known}.",
    hint: "tarr-steps lab status {file}",
  },
  "lab-record-broken": {
    message: "What the lab {lab} made cannot be read from {path}.",
    hint: "Its machines: tarr-steps machine list; delete them one by one, then remove that file.",
  },
  "lab-busy": {
    message: "Another command is at work on the lab {lab}: process {pid}.",
    hint: "Wait until it has ended, or end it: kill {pid}",
  },
  "lab-failed": {
    message: "{count|machine|machines} of the lab {lab} could not be made or started: {names}.",
    hint: "The others run. The reasons stand above; once they are gone: tarr-steps lab {again} {file}",
  },
  "lab-stop-failed": {
    message: "{count} of the machines of the lab {lab} could not be stopped: {names}.",
    hint: "The reasons stand above. To switch them off at once: tarr-steps lab stop {file} --hard",
  },
  "lab-first-boot": {
    message: "The first boot of {name} is not over after {minutes} minutes.",
    hint: "See what it does: tarr-steps machine ssh {name} {log}",
  },
  "lab-first-boot-failed": {
    message: "The first boot of {name} failed: {what}.",
    hint: "See why: tarr-steps machine ssh {name} {log}; once the file is corrected: tarr-steps lab up {file}; if the cause was elsewhere, try again: tarr-steps lab reset {file} {machine}",
  },
  "first-boot-packages": {
    message: "The machine {name} wants packages ({packages}), and its image {image} has no apt.",
    hint: "Take an image of Debian: image: debian-13; or leave packages out.",
  },
});
