/**
 * One error type. A code says precisely what happened, its class says how the command ends, its values are what the
 * sentence is about. The sentence itself is made where the reader's language is known (`messages/`).
 */

/** How the command line ends for each class (sysexits(3), and DESIGN of exit codes in docs/en/reference.md). */
export const exitCodes = {
  failed: 1,
  usage: 64,
  document: 65,
  unreachable: 69,
  bug: 70,
  busy: 75,
  denied: 77,
} as const;

export type ErrorClass = keyof typeof exitCodes;

/** Every code and its class. Each has a sentence and a hint in every language: a test compares the tables. */
export const errorClasses = {
  // what was typed
  "usage-unknown-command": "usage",
  "usage-near-command": "usage",
  "usage-unknown-option": "usage",
  "usage-near-option": "usage",
  "usage-missing-argument": "usage",
  "usage-extra-argument": "usage",
  "usage-missing-value": "usage",
  "setting-unknown": "usage",
  "setting-syntax": "usage",
  "address-invalid": "usage",
  "address-without-prefix": "usage",
  "address-not-host": "usage",
  "address-special": "usage",
  "prefix-invalid": "usage",
  "range-invalid": "usage",
  "range-outside": "usage",
  "range-reversed": "usage",
  "range-holds-host": "usage",
  "max-invalid": "usage",
  "switch-value-invalid": "usage",
  "domain-invalid": "usage",
  "reach-invalid": "usage",
  "pool-invalid": "usage",
  "pool-needed": "usage",
  "pool-outside": "usage",
  "pool-holds-host": "usage",
  "uplink-invalid": "usage",
  "uplink-unknown": "usage",
  "name-invalid": "usage",
  "subnet-taken": "usage",
  "subnet-of-network": "usage",
  "subnet-invalid": "usage",
  "subnet-differs": "usage",
  "provider-unknown": "usage",
  "memory-invalid": "usage",
  "memory-above": "usage",
  "cpus-invalid": "usage",
  "machine-setting": "usage",
  "copy-places": "usage",
  "copy-no-name": "usage",
  "line-syntax": "usage",
  "line-delay-invalid": "usage",
  "line-jitter-above": "usage",
  "line-loss-invalid": "usage",
  "line-rate-invalid": "usage",
  "port-ambiguous": "usage",
  "capture-terminal": "usage",
  "capture-limit-invalid": "usage",
  "checksum-invalid": "usage",
  "checksum-needed": "usage",
  "url-invalid": "usage",
  "cloud-unknown": "usage",
  // the document
  "document-syntax": "document",
  "document-value": "document",
  "document-unreadable": "document",
  "key-missing": "document",
  "key-unknown": "document",
  "key-twice": "document",
  "grantee-invalid": "document",
  "network-clash": "document",
  // who may
  "denied-use": "denied",
  "denied-administer": "denied",
  "denied-owner": "denied",
  "denied-network": "denied",
  "denied-setting": "denied",
  "denied-subnet": "denied",
  "quota-ports": "denied",
  "quota-networks": "denied",
  "quota-memory": "denied",
  "quota-disk": "denied",
  "owner-needs-root": "denied",
  "owner-unknown": "usage",
  // the service
  "service-unreachable": "unreachable",
  "service-masked": "unreachable",
  "service-busy": "busy",
  "connections-many": "busy",
  "caller-gone": "failed",
  // what is there
  "network-unknown": "failed",
  "network-exists": "failed",
  "networks-full": "failed",
  "port-unknown": "failed",
  "port-shared": "failed",
  "line-shared": "failed",
  "port-of-machine": "failed",
  "port-of-card": "failed",
  "port-used": "failed",
  "port-no-place": "failed",
  "line-unsupported": "failed",
  "captures-many": "busy",
  "name-taken": "failed",
  "range-full": "failed",
  "range-short": "failed",
  "max-short": "failed",
  "pool-full": "failed",
  "pool-taken": "failed",
  "uplink-missing": "failed",
  "bridge-no-uplink": "failed",
  "bridge-unknown-uplink": "failed",
  "bridge-many-uplinks": "failed",
  "bridge-not-ethernet": "failed",
  "bridge-wireless": "failed",
  "bridge-authenticated": "failed",
  "bridge-member": "failed",
  "bridge-kind": "failed",
  "bridge-taken": "failed",
  "bridge-shared-only": "failed",
  "trial-running": "busy",
  "trial-none": "failed",
  "trial-unconfirmed": "failed",
  "trial-gateway-silent": "failed",
  "trial-interrupted": "failed",
  "switch-full": "failed",
  "vmware-full": "failed",
  "object-foreign": "failed",
  "name-service-failed": "failed",
  "plan-failed": "failed",
  "plan-failed-left": "failed",
  "network-in-use": "failed",
  "verify-failed": "failed",
  "observe-failed": "failed",
  "no-free-subnet": "failed",
  "command-failed": "failed",
  "command-missing": "failed",
  "state-unreadable": "failed",
  "file-unwritable": "failed",
  "packet-socket-failed": "failed",
  "lan-dhcp-silent": "failed",
  "lan-dhcp-shared": "failed",
  "lan-dhcp-elsewhere": "failed",
  "lan-dhcp-in-use": "failed",
  // machines
  "machine-unknown": "failed",
  "machine-exists": "failed",
  "machine-half-made": "failed",
  "machine-running": "failed",
  "machine-paused": "failed",
  "machine-stopped": "failed",
  "machine-start-failed": "failed",
  "machine-no-answer": "failed",
  "machine-ssh-silent": "failed",
  "machine-ssh-refused": "failed",
  "machine-unplugged": "failed",
  "machine-no-address": "failed",
  "machine-record-broken": "failed",
  "machine-network-gone": "failed",
  "machine-network-stopped": "failed",
  "machine-disk-full": "failed",
  "machine-ambiguous": "usage",
  "machine-foreign": "failed",
  "machine-foreign-only": "failed",
  "machine-native-failed": "failed",
  "machine-native-silent": "failed",
  "machine-native-refused": "failed",
  "machine-not-plugged": "failed",
  "machines-failed": "failed",
  "reset-snapshots": "failed",
  "copy-failed": "failed",
  "copy-no-folder": "failed",
  "copy-unwritable": "failed",
  "file-unknown": "failed",
  "folder-unknown": "failed",
  "machine-port-gone": "failed",
  "provider-missing": "failed",
  "no-provider": "failed",
  "provider-problem": "failed",
  "image-unknown": "failed",
  "image-exists-not": "failed",
  "image-damaged": "failed",
  "image-kind": "failed",
  "image-build-failed": "failed",
  "image-parts-missing": "failed",
  "image-exists": "failed",
  "image-in-use": "failed",
  "image-recipe-near": "usage",
  "image-source": "failed",
  "image-format": "document",
  "image-installer": "document",
  "image-refers": "document",
  "image-broken": "document",
  "image-too-large": "document",
  "image-disks": "document",
  "image-part-missing": "document",
  "image-box": "document",
  "image-no-boot": "document",
  "bundle-broken": "document",
  "archive-truncated": "document",
  "archive-entry": "document",
  "archive-outside": "document",
  "archive-twice": "document",
  "archive-link": "document",
  "archive-device": "document",
  "archive-ids": "document",
  "archive-no-root": "document",
  "checksum-wrong": "document",
  "download-failed": "failed",
  "download-cut": "failed",
  "disk-full": "failed",
  "file-exists": "failed",
  "qemu-img-missing": "failed",
  "snapshot-exists": "failed",
  "snapshot-unknown": "failed",
  "snapshot-none": "failed",
  "snapshot-which": "usage",
  "snapshot-which-delete": "usage",
  "snapshot-running": "failed",
  "machine-not-there": "failed",
  "plugged-already": "failed",
  "plugged-not": "failed",
  "plugged-own": "failed",
  "unplug-own": "failed",
  "nic-unknown": "usage",
  "nic-syntax": "usage",
  "nics-too-many": "usage",
  "machine-syntax": "usage",
  "recipe-unknown": "usage",
  "recipe-needs-port": "failed",
  "mac-unusable": "usage",
  "mac-refused": "usage",
  "mac-taken": "failed",
  "mac-elsewhere": "failed",
  "host-unusable": "usage",
  "host-taken": "failed",
  "lab-syntax": "document",
  "lab-value": "document",
  "lab-whole": "document",
  "lab-faults": "document",
  "lab-unreadable": "document",
  "lab-key-unknown": "document",
  "lab-empty": "document",
  "lab-blank": "document",
  "lab-name": "document",
  "lab-name-reserved": "document",
  "lab-network-name": "document",
  "lab-name-shared": "document",
  "lab-image-name": "document",
  "lab-memory": "document",
  "lab-host": "document",
  "lab-max": "document",
  "lab-port": "document",
  "lab-package": "document",
  "package-unknown": "document",
  "lab-password": "document",
  "lab-mode": "document",
  "lab-path": "document",
  "lab-content": "document",
  "lab-subnet-twice": "document",
  "lab-host-switch": "document",
  "lab-host-outside": "document",
  "lab-network-full": "document",
  "yaml-alias": "document",
  "yaml-alias-unknown": "document",
  "yaml-block-in-flow": "document",
  "yaml-colon": "document",
  "yaml-comma": "document",
  "yaml-closing": "document",
  "yaml-comment": "document",
  "yaml-directive": "document",
  "yaml-documents": "document",
  "yaml-escape": "document",
  "yaml-indent": "document",
  "yaml-key": "document",
  "yaml-large": "document",
  "yaml-nested": "document",
  "yaml-other": "document",
  "yaml-properties": "document",
  "yaml-quote": "document",
  "yaml-start": "document",
  "yaml-tab": "document",
  "yaml-tag": "document",
  "yaml-unexpected": "document",
  "lab-cycle": "document",
  "lab-no-machine": "document",
  "lab-no-network": "document",
  "lab-host-twice": "document",
  "lab-check-empty": "document",
  "lab-file-source": "document",
  "lab-network-foreign": "failed",
  "lab-mac-taken": "failed",
  "lab-networks-many": "denied",
  "lab-ports-many": "denied",
  "lab-unmade": "failed",
  "lab-machine-unknown": "usage",
  "lab-record-broken": "failed",
  "lab-busy": "busy",
  "lab-failed": "failed",
  "lab-stop-failed": "failed",
  "lab-first-boot": "failed",
  "lab-first-boot-failed": "failed",
  "first-boot-packages": "failed",
  "usernet-failed": "failed",
  "window-unsupported": "usage",
  "terminal-needed": "usage",
  "root-not-here": "usage",
  bug: "bug",
} as const satisfies Record<string, ErrorClass>;

export type ErrorCode = keyof typeof errorClasses;

/** What a sentence is about: the holes of its template. */
export type ErrorValues = Readonly<Record<string, string>>;

export class TarrError extends Error {
  readonly code: ErrorCode;
  readonly values: ErrorValues;

  constructor(code: ErrorCode, values: ErrorValues = {}, cause?: unknown) {
    super(`${code} ${JSON.stringify(values)}`, cause === undefined ? undefined : { cause });
    this.name = "TarrError";
    this.code = code;
    this.values = values;
  }

  get class(): ErrorClass {
    return errorClasses[this.code];
  }
}

/** Where in a file stands what asked for what failed. */
export type Place = { readonly file: string; readonly line: string; readonly key: string };

/** What failed is no fault of the file that asked for it: it ends as it would alone, and is told with that file's line. */
export class PlacedError extends Error {
  readonly place: Place;
  readonly reason: unknown;

  constructor(place: Place, reason: unknown) {
    super(`${place.file}:${place.line}: ${place.key}`, { cause: reason });
    this.name = "PlacedError";
    this.place = place;
    this.reason = reason;
  }
}

/** All that is wrong with a file, each with its place, in the order of the lines. */
export class FaultyFile extends Error {
  /** `again`: what is typed once the file is put right. */
  readonly values: { readonly file: string; readonly again: string; readonly count: string };
  readonly faults: readonly TarrError[];

  constructor(of: { readonly file: string; readonly again: string }, faults: readonly TarrError[]) {
    super(faults.map((one) => one.message).join("\n"));
    this.values = { file: of.file, again: of.again, count: String(faults.length) };
    this.faults = faults;
  }
}

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorClasses, text);
}
