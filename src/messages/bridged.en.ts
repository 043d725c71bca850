import type { ErrorCode } from "../error.ts";
import type { ErrorWords } from "./errors.en.ts";

type Code = Extract<ErrorCode, `bridge-${string}` | `trial-${string}`>;

/** What can stand in the way of a bridged network, and how a trial ends. */
export const bridgedEn = (): Readonly<Record<Code, ErrorWords>> => ({
  "bridge-no-uplink": {
    message: "There is no wired interface to bridge {network} to: none has an address or a default route.",
    hint: "Plug the cable in, or name the interface: tarr-steps network set {network} reach=bridged uplink=NAME",
  },
  "bridge-unknown-uplink": {
    message: "There is no interface {uplink} to bridge {network} to.",
    hint: "The interfaces: ip -brief link",
  },
  "bridge-many-uplinks": {
    message: "{network} could be bridged to several interfaces: {uplinks}.",
    hint: "Say which: tarr-steps network set {network} reach=bridged uplink=NAME",
  },
  "bridge-not-ethernet": {
    message: "{uplink} is no Ethernet interface: nothing can be bridged to it.",
    hint: "Another reach: tarr-steps network set {network} reach=proxy-arp pool=FIRST-LAST",
  },
  "bridge-wireless": {
    message: "{uplink} is a Wi-Fi interface: an access point takes frames of this computer alone.",
    hint: "Another reach works there: tarr-steps network set {network} reach=proxy-arp pool=FIRST-LAST",
  },
  "bridge-authenticated": {
    message: "{uplink} logs in to the LAN (802.1X): the LAN takes frames of this computer alone.",
    hint: "Another reach works there: tarr-steps network set {network} reach=proxy-arp pool=FIRST-LAST",
  },
  "bridge-member": {
    message: "{uplink} is part of {master} already: nothing can be bridged to it.",
    hint: "Name another interface: tarr-steps network set {network} reach=bridged uplink=NAME",
  },
  "bridge-kind": {
    message: "{uplink} is a {kind} interface: machines are bridged to a network card, a bond of several or a VLAN.",
    hint: "Name another interface: tarr-steps network set {network} reach=bridged uplink=NAME",
  },
  "bridge-taken": {
    message: "{uplink} already carries the bridged network {other}.",
    hint: "One of the two: tarr-steps network set {other} reach=nat",
  },
  "bridge-shared-only": {
    message: "A network is bridged once it is there, and only one that is everybody's: {network} is not.",
    hint: "tarr-steps network create NAME --shared, then: tarr-steps network set NAME reach=bridged",
  },
  "trial-running": {
    message: "{network} is on trial for {seconds} s more: until then nothing else is changed.",
    hint: "Keep it: tarr-steps confirm. Or end it now: tarr-steps network reload",
  },
  "trial-none": {
    message: "There is nothing to confirm.",
    hint: "What is in force: tarr-steps status",
  },
  "trial-unconfirmed": {
    message: "Nobody confirmed reach={reach} of {network} in time: it was undone.",
    hint: "Again: tarr-steps network set {network} reach={reach}, then within {seconds} s: tarr-steps confirm",
  },
  "trial-gateway-silent": {
    message: "With reach={reach} of {network} the gateway {gateway} no longer answered on {uplink}: it was undone.",
    hint: "Does it answer now? ping -c 3 {gateway}. Some LANs let one MAC in for each socket: tarr-steps network set {network} reach=proxy-arp pool=FIRST-LAST",
  },
  "trial-interrupted": {
    message: "The service was stopped before anybody confirmed reach={reach} of {network}: it was undone.",
    hint: "Again: tarr-steps network set {network} reach={reach}, then within {seconds} s: tarr-steps confirm",
  },
});
