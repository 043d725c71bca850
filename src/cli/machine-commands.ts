import type { Command } from "./command.ts";

const network = { network: { value: "value-network" } } as const;
const none = {} as const;

/** The commands about machines. */
export const machineCommands: readonly Command[] = [
  {
    path: ["machine", "create"],
    summary: "help-machine-create",
    arguments: ["name"],
    options: {
      start: {},
      image: { value: "value-image" },
      provider: { value: "value-provider" },
      memory: { value: "value-memory" },
      nic: { value: "value-nic-network", repeats: true },
      window: {},
      ...network,
    },
    load: async () => (await import("./commands/machine-create.ts")).create,
  },
  {
    path: ["machine", "list"],
    summary: "help-machine-list",
    arguments: [],
    options: { size: {}, all: {}, owner: { value: "value-user" } },
    load: async () => (await import("./commands/machine.ts")).list,
  },
  {
    path: ["machine", "show"],
    summary: "help-machine-show",
    arguments: ["name"],
    options: none,
    load: async () => (await import("./commands/machine.ts")).show,
  },
  {
    path: ["machine", "start"],
    summary: "help-machine-start",
    arguments: ["name", "name..."],
    options: { window: {} },
    load: async () => (await import("./commands/machine.ts")).start,
  },
  {
    path: ["machine", "stop"],
    summary: "help-machine-stop",
    // Without a name: all of a user's, for root.
    arguments: ["name?", "name..."],
    options: { hard: {}, owner: { value: "value-user" } },
    load: async () => (await import("./commands/machine.ts")).stop,
  },
  {
    path: ["machine", "restart"],
    summary: "help-machine-restart",
    arguments: ["name"],
    options: { hard: {}, window: {} },
    load: async () => (await import("./commands/machine.ts")).restart,
  },
  {
    path: ["machine", "delete"],
    summary: "help-machine-delete",
    arguments: ["name?", "name..."],
    options: { all: {} },
    load: async () => (await import("./commands/machine.ts")).remove,
  },
  {
    path: ["machine", "reset"],
    summary: "help-machine-reset",
    arguments: ["name"],
    options: none,
    load: async () => (await import("./commands/machine-reset.ts")).reset,
  },
  {
    path: ["machine", "set"],
    summary: "help-machine-set",
    arguments: ["name", "setting..."],
    options: none,
    load: async () => (await import("./commands/machine-set.ts")).set,
  },
  {
    path: ["machine", "copy"],
    summary: "help-machine-copy",
    arguments: ["from", "to", "to..."],
    options: none,
    load: async () => (await import("./commands/machine-copy.ts")).copy,
  },
  {
    path: ["machine", "snapshot"],
    summary: "help-machine-snapshot",
    arguments: ["name", "snapshot?"],
    options: { delete: {} },
    load: async () => (await import("./commands/machine-snapshot.ts")).snapshot,
  },
  {
    path: ["machine", "snapshots"],
    summary: "help-machine-snapshots",
    arguments: ["name"],
    options: none,
    load: async () => (await import("./commands/machine-snapshot.ts")).list,
  },
  {
    path: ["machine", "restore"],
    summary: "help-machine-restore",
    arguments: ["name", "snapshot?"],
    options: none,
    load: async () => (await import("./commands/machine-snapshot.ts")).restore,
  },
  {
    path: ["machine", "console"],
    summary: "help-machine-console",
    arguments: ["name"],
    options: none,
    load: async () => (await import("./commands/machine-terminal.ts")).console,
  },
  {
    path: ["machine", "logs"],
    summary: "help-machine-logs",
    arguments: ["name"],
    options: none,
    load: async () => (await import("./commands/machine-terminal.ts")).logs,
  },
  {
    path: ["machine", "ssh"],
    summary: "help-machine-ssh",
    arguments: ["name", "command..."],
    options: none,
    load: async () => (await import("./commands/machine-terminal.ts")).ssh,
  },
  {
    path: ["plug"],
    summary: "help-plug",
    arguments: ["machine?"],
    options: { nic: { value: "value-nic" }, name: { value: "value-name" }, print: { value: "value-kind" }, ...network },
    load: async () => (await import("./commands/plug.ts")).plug,
  },
  {
    path: ["unplug"],
    summary: "help-unplug",
    arguments: ["machine"],
    options: { nic: { value: "value-nic" } },
    load: async () => (await import("./commands/plug.ts")).unplug,
  },
];
