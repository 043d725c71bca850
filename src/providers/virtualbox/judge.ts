/**
 * Why VirtualBox cannot run machines here, from what was observed: pure, so that every case is tested without its
 * computer. Sources are in README.md.
 */

export type Facts = {
  /** Of Node: "x64", "arm64". */
  readonly architecture: string;
  /** "7.2.22"; null when there is no VBoxManage. */
  readonly version: string | null;
  /** `uname -r`. */
  readonly kernel: string;
  /** The processor has VT-x or AMD-V. */
  readonly virtualization: boolean;
  readonly modules: Modules;
  /** UEFI Secure Boot is on. */
  readonly secureBoot: boolean;
  readonly kvm: Kvm | null;
};

export type Modules = {
  /** Names of VirtualBox's modules that are in the kernel. */
  readonly loaded: readonly string[];
  /** Names of those that are built for the kernel that runs. */
  readonly built: readonly string[];
  /** The kernel's headers are installed. */
  readonly headers: boolean;
  /** Who builds them: Oracle's vboxconfig, Debian's virtualbox-dkms, or nothing that is installed. */
  readonly builder: "vboxconfig" | "dkms" | null;
};

/** There when one of KVM's modules for a processor is loaded. */
export type Kvm = {
  readonly module: "kvm_intel" | "kvm_amd";
  /** It takes VT-x or AMD-V when it is loaded, and not only while a machine runs (kernel >= 6.12). */
  readonly holdsAlways: boolean;
  /** Somebody has a machine of KVM. */
  readonly inUse: boolean;
};

/** The name of a sentence in words.ts, and what fills its holes. */
export type Problem = { readonly problem: string; readonly values: Readonly<Record<string, string>> };

/** Those without which no machine runs on a switch, in the order of loading. */
export const neededModules = ["vboxdrv", "vboxnetflt"] as const;

/** The modules of older ones do not build for the kernel of Debian 12 (6.1), and 5.x and 6.0 have no fixes since 2020. */
const oldest = [6, 1] as const;

export function judge(facts: Facts): Problem | null {
  const { architecture, version, kernel, kvm } = facts;
  if (architecture !== "x64") return { problem: "architecture", values: {} };
  if (version !== null && isOlder(version, oldest)) return { problem: "too-old", values: { version } };
  const modules = judgeModules(facts);
  if (modules !== null) return modules;
  if (!facts.virtualization) return { problem: "no-virtualization", values: {} };
  // From then on VirtualBox asks KVM for the processor instead of taking it; what then goes wrong, its start tells.
  const asksKvm = version !== null && !isOlder(version, [7, 2]) && !isOlder(kernel, [6, 16]);
  if (kvm === null || asksKvm) return null;
  if (kvm.inUse) return { problem: "kvm-in-use", values: {} };
  return kvm.holdsAlways ? { problem: "kvm-holds", values: { module: kvm.module } } : null;
}

function judgeModules({ modules, kernel, secureBoot }: Facts): Problem | null {
  const missing = neededModules.filter((name) => !modules.loaded.includes(name));
  const [first] = missing;
  if (first === undefined) return null;
  const unbuilt = missing.some((name) => !modules.built.includes(name));
  if (unbuilt && !modules.headers) return { problem: "headers-missing", values: { kernel, build: build(modules) } };
  if (unbuilt) return { problem: "not-built", values: { kernel, build: build(modules) } };
  if (secureBoot) return { problem: "secure-boot", values: { key: signingKeys[modules.builder ?? "dkms"] } };
  return { problem: "not-loaded", values: { module: first } };
}

const load = `sudo modprobe -a ${neededModules.join(" ")}`;
const builds = {
  vboxconfig: "sudo /sbin/vboxconfig",
  dkms: `sudo dkms autoinstall && ${load}`,
} as const;

function build({ builder }: Modules): string {
  return builder === null ? `sudo apt install virtualbox-dkms && ${load}` : builds[builder];
}

/** Where each leaves the key that it signs modules with (dkms(8); vboxdrv.sh). */
const signingKeys = {
  vboxconfig: "/var/lib/shim-signed/mok/MOK.der",
  dkms: "/var/lib/dkms/mok.pub",
} as const;

/** Compares the first two numbers: "6.12.117+deb13-amd64" is not older than 6.12. */
export function isOlder(version: string, [major, minor]: readonly [number, number]): boolean {
  const [one = 0, two = 0] = version.split(/[.+-]/).map(Number);
  return one < major || (one === major && two < minor);
}

/** What VirtualBox says at a start, by its status codes (include/VBox/err.h), the most telling first. */
const startProblems: readonly (readonly [RegExp, string])[] = [
  [/VERR_(VMX_IN_VMX_ROOT_MODE|SVM_IN_USE|VMX_ROOT_MODE)/, "kvm-clash"],
  [/VERR_(SVM_HOST_SVME_NOT_ENABLED|VMX_HOST_VMXE_NOT_ENABLED)/, "kvm-lends-not"],
  [/VERR_(VMX_NO_VMX|SVM_NO_SVM|SVM_DISABLED|VMX_MSR_\w*DISABLED|VMX_MSR_LOCKED\w*)/, "no-virtualization"],
  [/VERR_(INTNET_FLT_IF_NOT_FOUND|SUPDRV_COMPONENT_NOT_FOUND|INTNET_FLT_VNIC_\w+)/, "interface-refused"],
  [/Nonexistent host networking interface|host network interface named .* could not be found/, "interface-missing"],
  [/VERR_(VM_DRIVER_VERSION_MISMATCH|SUPDRV_\w*MISMATCH|VERSION_MISMATCH|SUPLIB_\w*VERSION\w*)/, "driver-other"],
  [/VERR_(VM_DRIVER_\w+|SUPDRV_\w+|SUPLIB_\w+)/, "driver-refused"],
  [/Could not launch the VM process .*VERR_FILE_NOT_FOUND/, "no-window"],
  [/VERR_(NO_MEMORY|NO_PAGE_MEMORY|GMM_\w+|OUT_OF_MEMORY)|0x80bb0004.*memory/, "no-memory"],
];

/** @param output what VBoxManage printed, or the machine's own log */
export function judgeStart(output: string): string | null {
  return startProblems.find(([pattern]) => pattern.test(output))?.[1] ?? null;
}

/**
 * What an administrator does to have VirtualBox on this release. Debian has it in contrib of unstable alone: Debian 12
 * and 13 get it from its authors.
 *
 * @param osRelease the text of /etc/os-release
 */
export function installHint(osRelease: string): string {
  const value = (key: string) => new RegExp(`^${key}="?([^"\\n]*)"?$`, "m").exec(osRelease)?.[1] ?? "";
  const codename = value("VERSION_CODENAME");
  const isUnstable = value("PRETTY_NAME").endsWith("/sid");
  if (value("ID") !== "debian") return "sudo apt install virtualbox virtualbox-qt virtualbox-dkms";
  if (isUnstable) return "sudo apt install virtualbox virtualbox-qt virtualbox-dkms linux-headers-amd64 (contrib)";
  const file = `./virtualbox-7.*Debian~${codename}_amd64.deb`;
  return `sudo apt install linux-headers-amd64 ${file} (https://www.virtualbox.org/wiki/Linux_Downloads)`;
}
