/** Stands in for VMware's vmcli: `vmcli FILE.vmx ConfigParams SetEntry KEY VALUE`. */
import { existsSync } from "node:fs";
import { set } from "./vmx-file.ts";

const [, , vmx = "", noun, verb, key = "", value = ""] = process.argv;
if (noun !== "ConfigParams" || verb !== "SetEntry" || key === "" || !existsSync(vmx)) {
  process.stderr.write("Unknown command\n");
  process.exit(1);
}
set(vmx, { [key]: value });
