import type { ErrorCode } from "../error.ts";
import type { ErrorWords } from "./errors.en.ts";

type Code = Extract<ErrorCode, `line-${string}` | `capture${string}` | `port-${string}`>;

/** A port's cable, its line, and what goes through it. */
export const portsEn = (): Readonly<Record<Code, ErrorWords>> => ({
  "line-syntax": {
    message: "“{value}” says nothing of a line.",
    hint: "Write KEY=VALUE (delay, jitter, loss, rate): tarr-steps port set web delay=50ms, or: tarr-steps port set web normal",
  },
  "line-delay-invalid": {
    message: "“{value}” is no delay: a number with its unit, from 1us to 10s.",
    hint: "tarr-steps port set web delay=50ms jitter=5ms",
  },
  "line-jitter-above": {
    message: "A jitter of {value} is more than the delay of {delay}: no frame can arrive before it was sent.",
    hint: "tarr-steps port set web delay=50ms jitter=5ms",
  },
  "line-loss-invalid": {
    message: "“{value}” is no loss: from 0.01% to 100%.",
    hint: "tarr-steps port set web loss=2%",
  },
  "line-rate-invalid": {
    message: "“{value}” is no rate: a number with its unit, from 50kbit to 10gbit.",
    hint: "tarr-steps port set web rate=10mbit",
  },
  "line-unsupported": {
    message: "The kernel of this host has no {module}: it cannot make such a line. Nothing was changed.",
    hint: "It is in Debian's own kernel: /sbin/modinfo {module}. A rate alone needs less: tarr-steps port set web normal rate=10mbit",
  },
  "line-shared": {
    message: "{name} cannot have a delay or jitter: all VMware machines of a switch share one interface.",
    hint: "Its cable, loss and rate can be changed: tarr-steps port set {name} loss=2% rate=10mbit",
  },
  "port-unknown": { message: "There is no port “{port}”.", hint: "tarr-steps port list" },
  "port-ambiguous": {
    message: "Several ports are called {name}: {ports}.",
    hint: "Name one by its id: tarr-steps port show {example}",
  },
  "port-shared": {
    message: "The frames of {name} cannot be captured here: all VMware machines of a switch share one interface.",
    hint: "Capture in the machine itself, with tcpdump.",
  },
  "port-of-machine": {
    message: "The port {port} is that of your machine {name}.",
    hint: "It goes with the machine: tarr-steps machine stop {name} && tarr-steps machine delete {name}",
  },
  "port-of-card": {
    message: "The port {port} is that of card {nic} of {name}.",
    hint: "Give the card back what it had, and the port goes: tarr-steps unplug {machine} --nic {nic}",
  },
  "port-used": {
    message: "A machine of {user} uses the port {port} ({name}).",
    hint: "An administrator stops it first; see which it is: sudo tarr-steps machine list --owner {user}; then: sudo tarr-steps machine stop --owner {user} NAME",
  },
  "port-no-place": {
    message: "The switch does not see {name}: it is not running, or has not sent anything yet.",
    hint: "Start it, let it ask for an address, then try again: tarr-steps port show {name}",
  },
  "captures-many": {
    message: "{user} already captures on {count|port|ports}, which is all that one user may do at once.",
    hint: "End one of them (Ctrl-C), then try again.",
  },
  "capture-terminal": {
    message: "A capture is not for a terminal to show.",
    hint: "tarr-steps port capture {name} | wireshark -k -i -    or: tarr-steps port capture {name} >{name}.pcap",
  },
  "capture-limit-invalid": {
    message: "“{value}” is not a whole number from 1 to 1000000.",
    hint: "tarr-steps port capture web --count 100 --for 60 >web.pcap",
  },
});
