import { machinesEn } from "./machines.en.ts";
import { ownersEn } from "./owners.en.ts";
import type { ErrorCode } from "../error.ts";
import { bridgedEn } from "./bridged.en.ts";
import { portsEn } from "./ports.en.ts";
import { servicesEn } from "./services.en.ts";
import { importsEn } from "./imports.en.ts";
import { labsEn } from "./labs.en.ts";
import { yamlEn } from "./yaml.en.ts";

/** What happened, with the offending value, and the next command to type. Holes: {name}. */
export type ErrorWords = { readonly message: string; readonly hint: string };

export const errorsEn = (): Readonly<Record<ErrorCode, ErrorWords>> => ({
  ...bridgedEn(),
  ...portsEn(),
  ...servicesEn(),
  ...importsEn(),
  ...labsEn(),
  ...yamlEn(),
  ...machinesEn(),
  ...ownersEn(),
  "usage-unknown-command": { message: "There is no command “{value}”.", hint: "tarr-steps {command} --help" },
  "usage-near-command": { message: "There is no command “{value}”.", hint: "Did you mean: {suggestion}" },
  "usage-near-option": { message: "There is no option “{value}” here.", hint: "Did you mean: {suggestion}" },
  "usage-unknown-option": { message: "There is no option “{value}” here.", hint: "tarr-steps {command} --help" },
  "usage-missing-argument": { message: "{argument} is missing.", hint: "tarr-steps {command} --help" },
  "usage-extra-argument": { message: "“{value}” is one word too many.", hint: "tarr-steps {command} --help" },
  "usage-missing-value": { message: "{option} needs a value.", hint: "tarr-steps {command} --help" },
  "usage-option-twice": {
    message: "{option} is given twice: “{first}” and “{second}”.",
    hint: "Leave one of them out.",
  },
  "usage-no-json": {
    message: "“{command}” has no --json: it prints what comes from the machine, as it comes.",
    hint: "Type it without --json; what there is to know of the machine as JSON: tarr-steps machine list --json",
  },
  "data-home-unusable": {
    message: "XDG_DATA_HOME is set to {value}, where nothing can be kept: {path} cannot be made.",
    hint: "Keep your machines in your home: unset XDG_DATA_HOME; or set it to a folder of yours.",
  },
  "setting-unknown": { message: "There is no setting “{key}”.", hint: "The settings are: {known}." },
  "setting-syntax": {
    message: "“{value}” is no setting.",
    hint: "Write KEY=VALUE, for instance address=192.168.195.1/24.",
  },
  "address-invalid": {
    message: "“{value}” is not an IPv4 address.",
    hint: "Write it like this: 192.168.195.1/24",
  },
  "address-without-prefix": {
    message: "“{value}” has no prefix length.",
    hint: "Write it like this: {value}/24",
  },
  "address-not-host": {
    message: "“{value}” is the address of the subnet itself or of everybody in it, which no switch can hold.",
    hint: "Take the first address of the subnet, for instance 192.168.195.1/24",
  },
  "address-special": {
    message: "“{value}” is in a range that is reserved (loopback, link-local, multicast).",
    hint: "Take a private one, for instance 192.168.195.1/24",
  },
  "prefix-invalid": {
    message: "The prefix length “{prefix}” of “{value}” is not between 8 and 30.",
    hint: "Take /24 for up to 253 machines.",
  },
  "range-invalid": {
    message: "“{value}” is not a range of addresses.",
    hint: "Write the first and the last address, both of the network's subnet: range=FIRST-LAST",
  },
  "range-outside": {
    message: "{end}, an end of the range {value}, is no address for a machine of the subnet {subnet}.",
    hint: "Take a range inside {subnet}, or change the address too: address=ADDRESS/PREFIX",
  },
  "range-reversed": { message: "The range {value} ends before it starts.", hint: "Write the lower address first." },
  "range-holds-host": {
    message: "The range {value} holds the switch's own address {address}.",
    hint: "Start the range behind {address}.",
  },
  "max-invalid": { message: "“{value}” is not a number between 1 and 1000.", hint: "As in: max=100" },
  "switch-value-invalid": { message: "“{value}” is neither on nor off.", hint: "Write {key}=on or {key}=off." },
  "domain-invalid": {
    message: "“{value}” is not a domain name.",
    hint: "Use lower case letters, digits, hyphens and dots: lab.internal",
  },
  "reach-invalid": { message: "There is no reach “{value}”.", hint: "The reaches are: {known}." },
  "pool-invalid": {
    message: "“{value}” is no pool of at most 1000 addresses.",
    hint: "Write it like this: 198.51.100.50-198.51.100.59, or lan-dhcp, or none.",
  },
  "pool-needed": {
    message: "The reach proxy-arp needs a pool: free addresses of the LAN segment for the machines.",
    hint: "Ask the network's administrator for some, then: tarr-steps network set {network} reach=proxy-arp pool=FIRST-LAST",
  },
  "pool-outside": {
    message: "The pool {value} is in no subnet of this computer's LAN segments ({subnets}).",
    hint: "Take addresses of one of them: tarr-steps network set {network} reach=proxy-arp pool=FIRST-LAST",
  },
  "pool-holds-host": {
    message: "The pool {value} holds {address}, which is {whose}.",
    hint: "Take a pool that leaves {address} out.",
  },
  "uplink-invalid": {
    message: "“{value}” is no name of a network interface.",
    hint: "The interfaces: ip -brief link. Or write uplink=auto.",
  },
  "name-invalid": {
    message: "“{value}” is not a name that can be given here.",
    hint: "Use lower case letters, digits and hyphens, a letter first, 63 at most: web, db-1",
  },
  "name-reserved": {
    message:
      "“{value}” is reserved: on every network, host and gateway are this computer, and localhost each machine itself.",
    hint: "Take another name: {near}",
  },
  "subnet-taken": {
    message: "{value} is in a subnet that this computer already reaches by {interface} ({subnet}).",
    hint: "Take another subnet, for instance 192.168.195.1/24; see what is taken: ip route",
  },
  "subnet-of-network": {
    message: "{value} overlaps the network {network} ({subnet}).",
    hint: "Take another subnet, or leave it out and a free one is found; see what is taken: tarr-steps network list",
  },
  "subnet-invalid": { message: "“{value}” is not a subnet.", hint: "Write it like this: --subnet {wanted}" },
  "subnet-differs": {
    message: "The address {value} is not in the subnet {subnet}.",
    hint: "Say one of them: --address {value}, or --subnet {subnet}",
  },
  "document-syntax": {
    message: "The document /etc/tarr-steps/tarr-steps.yaml cannot be read: line {line}: {why}",
    hint: "Correct that line; nothing was changed. Then: tarr-steps network reload",
  },
  "document-value": {
    message: "The document /etc/tarr-steps/tarr-steps.yaml is wrong at line {line}, {key}: {why}",
    hint: "Correct that line; nothing was changed. Then: tarr-steps network reload",
  },
  "key-missing": { message: "“{value}” is missing.", hint: "Write it, as the documentation shows." },
  "key-unknown": { message: "nothing is called “{value}” here.", hint: "Correct the word, or take it out." },
  "grantee-invalid": {
    message: "“{value}” is neither a user (alice), nor a group ('%students'), nor everybody ('*').",
    hint: "Write it like this: [alice, '%students']",
  },
  "key-twice": { message: "“{value}” stands here a second time.", hint: "Name one of the two otherwise." },
  "document-unreadable": {
    message: "The document {path} is not there.",
    hint: "An administrator makes the first one again: sudo systemctl restart tarr-stepsd",
  },
  "network-clash": {
    message: "The networks {network} and {other} would both have {value}, and neither takes it from the other.",
    hint: "Give one of them another, or have its owner delete it (tarr-steps network delete {other}); whose it is: tarr-steps network list",
  },
  "denied-use": {
    message: "{user} may not use the switch: it is for {who}.",
    hint: "An administrator can grant it: {how}",
  },
  "denied-administer": {
    message: "{user} may not change networks: that is for root and {who}.",
    hint: "An administrator can grant it: {how}",
  },
  "denied-owner": {
    message: "The port of {name} belongs to another user.",
    hint: "Ask its owner or an administrator; see whose it is: tarr-steps port list",
  },
  "denied-network": {
    message: "The network {network} belongs to another user: {user} may neither change it nor put machines on it.",
    hint: "Make one of your own: tarr-steps network create NAME; or ask its owner or an administrator: tarr-steps network list",
  },
  "denied-setting": {
    message: "{user} may not set {setting}={value} on a network of one's own.",
    hint: "Possible here: {allowed}. An administrator ({who}) may: tarr-steps network set {network} {setting}={value}",
  },
  "denied-subnet": {
    message: "{user} may not take {value}: users' networks are in {allowed}, and /{prefix} or smaller.",
    hint: "Leave the subnet out and a free one is found, or ask an administrator for more room: policy.subnets in /etc/tarr-steps/tarr-steps.yaml",
  },
  "quota-networks": {
    message: "A user may make {quota|network|networks} here, and {user} has {names}.",
    hint: "Delete one (tarr-steps network delete NAME), or ask an administrator to raise policy.networks in /etc/tarr-steps/tarr-steps.yaml.",
  },
  "quota-ports": {
    message: "{user} has {quota|port|ports} already, which is all that one user may have.",
    hint: "Delete a machine (tarr-steps machine delete NAME), or ask an administrator to raise policy.ports.",
  },
  "service-unreachable": {
    message: "The service tarr-stepsd does not answer ({reason}).",
    hint: "See why: systemctl status tarr-stepsd; an administrator starts it: sudo systemctl start tarr-stepsd",
  },
  "service-masked": {
    message: "The service tarr-stepsd does not answer: an administrator has masked {unit}.",
    hint: "An administrator unmasks it: sudo systemctl unmask {unit} && sudo systemctl start tarr-stepsd",
  },
  "service-busy": { message: "The service has {waiting} changes waiting.", hint: "Try again in a moment." },
  "caller-gone": {
    message: "The command that asked for {what} ended before it was done, so it was not made.",
    hint: "Type the command again.",
  },
  "connections-many": {
    message: "You have {count} connections to the service open at once, which is all that one user may have.",
    hint: "Try again when one of your commands has ended; see which run: pgrep -a -u $USER tarr-steps",
  },
  "network-unknown": { message: "There is no network “{network}”.", hint: "The networks are: {known}." },
  "network-exists": {
    message: "There is a network {network} already.",
    hint: "Take another name; see which there are: tarr-steps network list",
  },
  "networks-full": {
    message: "All {count} switches that networks can have are taken.",
    hint: "Delete networks that nobody needs: tarr-steps network list",
  },
  "name-taken": {
    message: "The name {name} is taken on the network {network}.",
    hint: "Take another name; see who has it: tarr-steps port list. Yours, and no machine's: tarr-steps port delete {name} --network {network}",
  },
  "pool-full": {
    message: "All {count} addresses of the pool {pool} are held, by machines or by others of the LAN segment.",
    hint: "Delete a machine, or ask an administrator for a larger pool: tarr-steps network set {network} pool=FIRST-LAST",
  },
  "pool-taken": {
    message: "Every address of the pool {pool} is already used on the LAN segment, {address} by {mac}.",
    hint: "Take another pool: tarr-steps network set {network} reach=proxy-arp pool=FIRST-LAST",
  },
  "uplink-unknown": {
    message: "This computer has no network interface {value}.",
    hint: "Take one of: {known}. One that comes later is written in /etc/tarr-steps/tarr-steps.yaml.",
  },
  "uplink-missing": {
    message: "This computer has no LAN segment to reach by {uplink}: no interface with an address.",
    hint: "Plug the cable in, or name the interface: tarr-steps network set {network} uplink=NAME",
  },
  "range-short": {
    message: "The range {range} has {size} addresses, and the network {network} has {held} ports, each with its own.",
    hint: "Take a range of {held} addresses or more, or delete machines: tarr-steps port list",
  },
  "max-short": {
    message: "max={max} is less than the {held} ports that the network {network} has, each with its own address.",
    hint: "Delete machines (tarr-steps port list), or take {held} or more: tarr-steps network set {network} max={held}",
  },
  "range-full": {
    message: "All {max} addresses of the network {network} are given.",
    hint: "Delete a machine, or widen the range: tarr-steps network set {network} range=FIRST-LAST max=N",
  },
  "switch-full": {
    message: "The switch of the network {network} is full: {capacity} ports are all that Linux gives a bridge.",
    hint: "Delete machines that nobody needs: tarr-steps port list",
  },
  "vmware-full": {
    message: "VMware connects at most {capacity} network cards to one switch, and the network {network} has that many.",
    hint: "Delete VMware machines that nobody needs (tarr-steps port list), or use another network: tarr-steps network create",
  },
  "object-foreign": {
    message:
      "There is an interface {interface} ({kind}) on this computer that tarr-steps did not make, and will not touch.",
    hint: "See what it is: ip -details link show {interface}; when nobody needs it, an administrator deletes it: sudo ip link delete {interface}",
  },
  "plan-failed": {
    message: "A step failed and all was put back as it was: {command}: {said}",
    hint: "See what is wrong: tarr-steps doctor",
  },
  "plan-failed-left": {
    message: "A step failed, and the host is not quite as it was before: {command}: {said}",
    hint: "See what is left: tarr-steps doctor; the service goes on repairing it.",
  },
  "network-in-use": {
    message: "The network {network} still has machines on it ({names}), which would lose their plug.",
    hint: "Delete its machines first (see whose: tarr-steps port list), or leave the network where it is written.",
  },
  "memory-invalid": {
    message: "“{value}” is no size of a machine's memory: a number of MiB, 64 at least.",
    hint: "Say it in MiB, for instance 256.",
  },
  "verify-failed": {
    message: "The host did not become as it should be ({step}) and all was put back as it was.",
    hint: "See what is wrong: tarr-steps doctor",
  },
  "observe-failed": {
    message: "The state of this computer could not be seen ({what}: {reason}), so nothing was changed.",
    hint: "An administrator sees more in the journal: sudo journalctl -u tarr-stepsd",
  },
  "no-free-subnet": {
    message: "All subnets from {first} to {last} are in use on this computer.",
    hint: "Say a free one: tarr-steps network create NAME --subnet 10.11.0.0/24, or in /etc/tarr-steps/tarr-steps.yaml.",
  },
  "command-failed": {
    message: "“{command}” failed (status {status}): {said}",
    hint: "See what is wrong: tarr-steps doctor",
  },
  "command-missing": {
    message: "The program {program} is not there ({reason}).",
    hint: "See what to install: tarr-steps doctor",
  },
  "state-unreadable": {
    message: "The file {path} cannot be read ({reason}); running machines are left alone.",
    hint: "Put it back from a copy, or remove it and create the machines again.",
  },
  "file-unwritable": {
    message: "{path} could not be written ({reason}).",
    hint: "See who may write there, and whether the disk is full: ls -ld {path}; df -h",
  },
  "packet-socket-failed": {
    message: "Packets could not be read from and sent to {interface} directly ({reason}).",
    hint: "See whether it is there: ip link show {interface}; and what the service may do: systemctl status tarr-stepsd",
  },
  "lan-dhcp-silent": {
    message: "No DHCP server answers on {interface}, so machines get no addresses of the LAN.",
    hint: "Name free addresses instead: tarr-steps network set lab pool=FIRST-LAST",
  },
  "lan-dhcp-shared": {
    message:
      "The LAN's DHCP server ({server}) tells machines apart by the network card alone: on {interface} it gives {address} again, which is taken here.",
    hint: "Ask the LAN's administrator for free addresses: tarr-steps network set lab pool=FIRST-LAST",
  },
  "lan-dhcp-elsewhere": {
    message: "The LAN's DHCP server ({server}) gives {address}, which is outside this computer's subnet {subnet}.",
    hint: "Name free addresses of {subnet}: tarr-steps network set lab pool=FIRST-LAST",
  },
  "lan-dhcp-in-use": {
    message: "The LAN's DHCP server ({server}) gives {address}, but {mac} uses it already.",
    hint: "Tell the LAN's administrator; or name free addresses: tarr-steps network set lab pool=FIRST-LAST",
  },
  // The sentence is the provider's own (features.words); this one is for whoever does not have it.
  "no-provider": {
    message: "No program that runs machines is installed here.",
    hint: "Ask an administrator: {install}",
  },
  "image-unknown": {
    message: "There is no image “{name}”.",
    hint: "See which there are: tarr-steps image list; these can be built: {known}.",
  },
  "image-exists-not": { message: "The image {name} is not built yet.", hint: "tarr-steps image build {name}" },
  "image-kind": {
    message: "{provider} cannot make machines of the image {name}; these can: {able}.",
    hint: "See what an image is: tarr-steps image show {name}",
  },
  "image-parts-missing": {
    message: "A part of the image is not to be had: {said}",
    hint: "Ask an administrator of this computer: {install}",
  },
  "recipe-unknown": { message: "There is no recipe for “{value}”.", hint: "There are recipes for: {known}." },
  "recipe-needs-port": {
    message: "On {network} you have no free port, and tap0 is on another switch.",
    hint: "Make one: tarr-steps plug {provider}:NAME --network {network}",
  },
  "usernet-failed": {
    message: "The line of {user} in /etc/lxc/lxc-usernet could not be written ({said}).",
    hint: "An administrator can see why: journalctl -u tarr-steps-usernet",
  },
  "window-unsupported": {
    message: "Machines of {provider} have no window here.",
    hint: "Use their console: tarr-steps machine console {name}",
  },
  "terminal-needed": { message: "This needs a terminal.", hint: "Type it in a terminal, without a pipe." },
  "root-not-here": {
    message: "Machines belong to ordinary users: root does not run them.",
    hint: "Log in as yourself and type the same.",
  },
  bug: {
    message: "This is a bug of tarr-steps: {reason}",
    hint: "Please report it, with the file that this writes: tarr-steps support",
  },
});
