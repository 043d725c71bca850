import { readdir, readFile } from "node:fs/promises";
import type { InterfaceName } from "../../model/names.ts";
import { isInterfaceName } from "../../model/names.ts";

const strict = 1;

const folder = "/proc/sys/net/ipv4/conf";

/** Interfaces whose kernel drops what comes in by another way than answers would go (ip-sysctl, `rp_filter`). */
export async function strictReversePaths(): Promise<readonly InterfaceName[]> {
  const all = await modeOf("all");
  const names = (await readdir(folder)).filter((name) => !["all", "default", "lo"].includes(name));
  const modes = await Promise.all(
    names.filter(isInterfaceName).map(async (name) => ({ name, mode: Math.max(all, await modeOf(name)) })),
  );
  return modes.filter(({ mode }) => mode === strict).map(({ name }) => name);
}

/** How many packets were dropped so since the boot (`nstat TcpExtIPReversePathFilter`). */
export async function reversePathDrops(): Promise<number> {
  const text = await readFile("/proc/net/netstat", "utf8").catch(() => "");
  const [names = "", values = ""] = text.split("\n").filter((line) => line.startsWith("TcpExt:"));
  const at = names.split(" ").indexOf("IPReversePathFilter");
  return at < 0 ? 0 : Number(values.split(" ")[at]);
}

async function modeOf(name: string): Promise<number> {
  const text = await readFile(`${folder}/${name}/rp_filter`, "utf8").catch(() => "0");
  return Number(text.trim());
}

/** Whether frames between machines on one switch pass the host's own IPv4 firewall (bridge-nf-call-iptables). */
export async function bridgesPassFirewall(): Promise<boolean> {
  const text = await readFile("/proc/sys/net/bridge/bridge-nf-call-iptables", "utf8").catch(() => "0");
  return text.trim() === "1";
}
