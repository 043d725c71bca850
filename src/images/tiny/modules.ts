/** Reads the text files of depmod(8): which module files a set of wanted modules needs, and the tables cut to those. */

export type ModuleTables = {
  /** modules.dep: "kernel/a/x.ko.xz: kernel/b/y.ko.xz" */
  readonly dep: string;
  /** modules.builtin: "kernel/a/x.ko" */
  readonly builtin: string;
  /** modules.alias: "alias pci:v00001AF4d* virtio_pci" */
  readonly alias: string;
  /** modules.softdep: "softdep ext4 pre: crc32c" */
  readonly softdep: string;
};

export type ModuleSelection = {
  /** Files relative to the module directory, as they are on the host (perhaps compressed). */
  readonly files: readonly string[];
  /** Names of the modules chosen, and of wanted modules that are part of the kernel itself. */
  readonly names: readonly string[];
  readonly builtin: readonly string[];
  /** The tables for the guest, whose module files are not compressed. */
  readonly dep: string;
  readonly alias: string;
};

type Module = { readonly file: string; readonly needs: readonly string[] };

/** "kernel/drivers/net/crc32c-intel.ko.xz" is module "crc32c_intel". */
export function moduleName(file: string): string {
  const base = file.slice(file.lastIndexOf("/") + 1);
  return base.replace(/\.ko(\.\w+)?$/, "").replaceAll("-", "_");
}

export function uncompressedName(file: string): string {
  return file.replace(/\.ko\.\w+$/, ".ko");
}

/** Modules that are wanted and not there are left out: a cloud kernel has few drivers, and that is no error. */
export function selectModules(wanted: readonly string[], tables: ModuleTables): ModuleSelection {
  const modules = parseDep(tables.dep);
  const aliases = parseAliases(tables.alias);
  const soft = parseSoftdep(tables.softdep);
  const builtin = new Set(lines(tables.builtin).map(moduleName));
  const chosen = new Map<string, Module>();
  const visit = (name: string): void => {
    const module = modules.get(name);
    if (module === undefined || chosen.has(name)) return;
    chosen.set(name, module);
    module.needs.map(moduleName).forEach(visit);
    for (const need of soft.get(name) ?? []) [need, ...(aliases.get(need) ?? [])].forEach(visit);
  };
  wanted.forEach(visit);
  return {
    files: [...chosen.values()].map((module) => module.file),
    names: [...chosen.keys()],
    builtin: wanted.filter((name) => builtin.has(name)),
    dep: [...chosen.values()].map(depLine).join(""),
    alias: lines(tables.alias)
      .filter((line) => chosen.has(line.split(" ").at(-1) ?? ""))
      .map((line) => `${line}\n`)
      .join(""),
  };
}

function depLine(module: Module): string {
  return `${uncompressedName(module.file)}: ${module.needs.map(uncompressedName).join(" ")}`.trimEnd() + "\n";
}

function parseDep(text: string): Map<string, Module> {
  const result = new Map<string, Module>();
  for (const line of lines(text)) {
    const [file, needs] = line.split(":");
    if (file === undefined || needs === undefined) continue;
    result.set(moduleName(file), { file, needs: needs.split(" ").filter((word) => word !== "") });
  }
  return result;
}

function parseAliases(text: string): Map<string, string[]> {
  const result = new Map<string, string[]>();
  for (const line of lines(text)) {
    const [, alias, name] = line.split(" ");
    if (alias === undefined || name === undefined) continue;
    result.set(alias, [...(result.get(alias) ?? []), name]);
  }
  return result;
}

function parseSoftdep(text: string): Map<string, string[]> {
  const result = new Map<string, string[]>();
  for (const line of lines(text)) {
    const [, name, ...rest] = line.split(" ");
    if (name === undefined) continue;
    const needs = rest.filter((word) => word !== "pre:" && word !== "post:");
    result.set(name.replaceAll("-", "_"), needs);
  }
  return result;
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}
