/** What a failed vmrun was about: a key of the provider's words, and what VMware said of it. */
export type Problem = { readonly problem: VmwareProblem; readonly said: string };

export type VmwareProblem = (typeof patterns)[number][0] | "kvm" | "unknown";

/**
 * Sentences of vmrun (the texts of VMware's VIX error codes, here with their numbers), and of the dialogs that a machine
 * without a window writes to its vmware.log instead. The most telling first: vmrun says “The operation was canceled” for
 * nearly everything that goes wrong while a machine starts.
 */
const patterns = [
  ["modules-old", /Version mismatch with vm(?:mon|net) module|incorrect version of the .vm(?:mon|net)/i],
  ["modules", /\/dev\/vmmon|\/dev\/vmci|Failed to initialize monitor|kernel module .vm(?:mon|ci|net)/i],
  ["vmnet", /Could not connect .?Ethernet|Failed to connect virtual device .?Ethernet|\/dev\/vmnet\d/i],
  ["no-virtualization", /VT-x|AMD-V|Virtualized (?:Intel|AMD)|hardware virtualization/i],
  ["license", /\blicen[cs]e/i],
  // 15, and the dialog of a second program that opens the same machine
  ["in-use", /already in use|Taking ownership|Failed to lock the file|locked by another/i],
  // 3011
  ["memory", /not enough (?:physical )?memory|insufficient memory|cannot allocate memory/i],
  // 8
  ["disk-full", /no space left|disk is full|file system is full|not enough space/i],
  // 3014, 13, 11, 3005, 13006
  ["permissions", /insufficient permission|access rights|write-protected|read-only virtual machine|permission denied/i],
  // 4001, and the dialog for a machine of a newer VMware
  ["too-new", /incompatible with this version|not supported for this virtual machine version/i],
  // 4002, 9, 2000 to 2002
  [
    "file-broken",
    /Cannot read the virtual machine config|contents may be corrupt|wrong file type|unknown file suffix/i,
  ],
  // 4000, 4
  ["file-missing", /virtual machine cannot be found|file was not found|No such file|does not exist/i],
  // 3006
  ["not-on", /not powered on|needs to be powered on|is not running/i],
  // 3007, 4004
  ["already-on", /should not be powered on|already (?:running|powered on|been loaded)/i],
  // 3016, 3000
  ["tools", /Tools are not running|Guest tools is not running|waiting for the guest tools/i],
  // 3008
  ["no-connection", /cannot connect to the virtual machine/i],
  // 26; and what vmrun says when the program that `-T` names is not installed
  ["no-workstation", /Unable to connect to host|not supported for the specified parameters|service provider/i],
  // 10
  ["canceled", /operation was cancell?ed/i],
] as const satisfies readonly (readonly [string, RegExp])[];

/**
 * What went wrong.
 *
 * @param output what vmrun printed
 * @param log the machine's vmware.log since it was started, or nothing
 */
export function problemOf(output: string, log = ""): Problem {
  const texts = [...messagesOf(log), ...complaintsOf(output)];
  for (const [problem, pattern] of patterns) {
    const said = texts.find((text) => pattern.test(text));
    if (said !== undefined) return { problem, said: withoutStop(said) };
  }
  return { problem: "unknown", said: withoutStop(texts.at(-1) ?? "") };
}

/**
 * Whether vmrun failed. By its output as much as by its exit status: versions of it have ended with 0 after an error
 * (seen in public test doubles of it), and with 255 as a rule.
 */
export function failed(result: { readonly code: number; readonly stdout: string; readonly stderr: string }): boolean {
  return result.code !== 0 || /^(?:Error: |Unable to connect to host)/m.test(result.stdout + result.stderr);
}

/** Hypervisors take turns: on Linux 6.12 and later KVM takes the processor's virtualization when it is loaded. */
export function withKvm(found: Problem, kvmLoaded: boolean): Problem {
  return found.problem === "no-virtualization" && kvmLoaded ? { ...found, problem: "kvm" } : found;
}

/** "Error: ..." lines, and any other; not what vmrun notes about itself ("...| ServiceImpl_Opener: PID 5033"). */
function complaintsOf(output: string): string[] {
  return output
    .split(/\r?\n/)
    .map((line) => line.replace(/^Error: /, "").trim())
    .filter((line) => line !== "" && !line.includes("ServiceImpl_Opener"));
}

/**
 * The dialogs in a vmware.log: "... vmx| I005: [msg.vmmonPosix.badVersion] Version mismatch ..." and the lines that go on
 * with it. Nothing else of it: it holds the whole configuration, and words like “license” in any case.
 */
function messagesOf(log: string): string[] {
  return log.split(/\r?\n/).flatMap((line) => {
    const [, text] = /(?:\[msg\.[\w.]+\]|POST\(no connection\):)\s*(.+)$/.exec(line) ?? [];
    return text === undefined ? [] : [text.trim()];
  });
}

function withoutStop(text: string): string {
  return text.replace(/[.\s]+$/, "");
}
