import type { ErrorCode } from "../error.ts";
import type { ErrorWords } from "./errors.en.ts";

type Code = Extract<ErrorCode, `lab-${string}` | `host-${string}` | `first-boot-${string}`>;

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
    message: "{file}:{line}: this cannot be read as YAML: {reason}",
    hint: "Correct that line, then: {again}",
  },
  "lab-value": {
    message: "{file}:{line}: {key}: {why}",
    hint: "Correct that line, then: {again}",
  },
  "lab-unreadable": {
    message: "The file {file} cannot be read: {reason}",
    hint: "See what lies there: ls -l; labs that are ready to use: ls /usr/share/tarr-steps/labs",
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
  "lab-machine-foreign": {
    message: "You have a machine {name} that the lab {lab} did not make.",
    hint: "It is left alone. Name the lab's machine otherwise, or delete yours: tarr-steps machine delete {name}",
  },
  "lab-network-foreign": {
    message: "There is a network {network} already that the lab {lab} did not make.",
    hint: "It is left alone. Name the lab's network otherwise, or leave {network} out under networks: to stand on it.",
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
    hint: "The others run. The reasons stand above; once they are gone: tarr-steps lab up {file}",
  },
  "lab-first-boot": {
    message: "The first boot of {name} is not over after {minutes} minutes.",
    hint: "See what it does: tarr-steps machine ssh {name} journalctl -u tarr-steps-first-boot-late",
  },
  "lab-first-boot-failed": {
    message: "The first boot of {name} failed: {what}.",
    hint: "See why: tarr-steps machine ssh {name} {log}; once that is mended: tarr-steps lab reset {file} {name}",
  },
  "first-boot-packages": {
    message: "The machine {name} wants packages ({packages}), and its image {image} has no apt.",
    hint: "Take an image of Debian: image: debian-13; or leave packages out.",
  },
});
