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
  "usage-unknown-option": "usage",
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
  "reach-not-yet": "usage",
  "name-invalid": "usage",
  "subnet-taken": "usage",
  "provider-unknown": "usage",
  "memory-invalid": "usage",
  // the document
  "document-syntax": "document",
  "document-value": "document",
  "document-unreadable": "document",
  // who may
  "denied-use": "denied",
  "denied-administer": "denied",
  "denied-owner": "denied",
  "quota-ports": "denied",
  // the service
  "service-unreachable": "unreachable",
  "service-busy": "busy",
  // what is there
  "network-unknown": "failed",
  "port-unknown": "failed",
  "name-taken": "failed",
  "range-full": "failed",
  "switch-full": "failed",
  "object-foreign": "failed",
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
  // machines
  "machine-unknown": "failed",
  "machine-exists": "failed",
  "machine-running": "failed",
  "machine-stopped": "failed",
  "machine-start-failed": "failed",
  "machine-no-answer": "failed",
  "machine-record-broken": "failed",
  "provider-missing": "failed",
  "no-provider": "failed",
  "provider-problem": "failed",
  "image-unknown": "failed",
  "image-exists-not": "failed",
  "image-parts-missing": "failed",
  "machine-not-there": "failed",
  "plugged-already": "failed",
  "plugged-not": "failed",
  "nic-unknown": "usage",
  "machine-syntax": "usage",
  "recipe-unknown": "usage",
  "recipe-needs-port": "failed",
  "mac-unusable": "usage",
  "mac-taken": "failed",
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

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorClasses, text);
}
