import { sayCode } from "../../messages/messages.ts";
import type { Run } from "../command.ts";
import { table } from "../render/table.ts";

export const list: Run = async (context) => {
  const { ports } = await context.call("ListPorts", {});
  if (context.json) {
    context.print(JSON.stringify({ ports }));
    return 0;
  }
  const heading = [
    "column-port",
    "column-name",
    "column-network",
    "column-address",
    "column-state",
    "column-owner",
    "column-kind",
    "column-interface",
  ] as const;
  const rows = ports.map((port) => [
    port.id,
    port.name,
    port.network,
    port.address ?? `(${port.reserved})`,
    sayCode(context.language, `state-${port.state}`),
    port.owner,
    port.kind,
    port.interface,
    port.mac,
  ]);
  const titles = [...heading.map((key) => context.say(key)), "MAC"];
  for (const line of table([titles, ...rows])) context.print(line);
  return 0;
};
