import { formatCidr } from "../model/address.ts";
import { formatLine } from "../model/line.ts";
import { formatRange } from "../model/network.ts";
import type { Step } from "./step.ts";

/** The part of a step that its kind and subject do not tell: values, the same in every language. */
export function detailOf(step: Step): string {
  switch (step.kind) {
    case "create-switch":
    case "set-mac":
      return step.mac;
    case "create-carrier":
    case "create-vmware-port":
    case "create-uplink":
      return step.peer;
    case "splice":
      return step.nic;
    case "create-tap":
      return step.owner === null ? "*" : `uid ${step.owner}`;
    case "set-mtu":
      return String(step.mtu);
    case "set-up":
    case "set-cable":
      return step.up ? "up" : "down";
    case "set-line":
      return step.line === null ? "normal" : formatLine(step.line);
    case "plug":
      return step.on;
    case "add-address":
    case "remove-address":
      return formatCidr(step.address);
    case "add-host-route":
    case "remove-host-route":
    case "answer-for":
    case "stop-answering":
      return step.address;
    case "set-proxying":
    case "set-forwarding":
    case "set-promiscuous":
    case "set-arp":
      return step.on ? "on" : "off";
    case "set-rules":
      return (step.rules?.networks ?? []).map((one) => `${formatCidr(one.subnet)} ${one.reach}`).join(", ");
    case "serve-names":
    case "update-leases":
      return `${formatRange(step.service.range)}, ${step.service.leases.length}`;
    case "let-pass":
    case "stop-passing":
      return step.hook;
    case "delete-interface":
    case "mark":
    case "unplug":
    case "stop-names":
      return "";
  }
}
