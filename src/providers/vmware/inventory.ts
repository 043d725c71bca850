import { readSettings } from "./vmx.ts";

/**
 * The .vmx files that Workstation's library lists (~/.vmware/inventory.vmls): `vmlist3.config = "/home/u/x.vmx"`. Folders of
 * the library have an empty one.
 */
export function inventoryFiles(text: string): readonly string[] {
  const files = [...readSettings(text)].filter(([key]) => /^vmlist\d+\.config$/.test(key)).map(([, value]) => value);
  return [...new Set(files.filter((file) => file.startsWith("/") && file.toLowerCase().endsWith(".vmx")))];
}

/** Where Workstation makes new machines, when the user chose a place (~/.vmware/preferences). */
export function defaultFolder(text: string): string | null {
  const chosen = readSettings(text).get("prefvmx.defaultvmpath") ?? "";
  return chosen.startsWith("/") ? chosen : null;
}
