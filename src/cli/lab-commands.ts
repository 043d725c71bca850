import type { Command } from "./command.ts";

const none = {} as const;

/** The commands about labs. */
export const labCommands: readonly Command[] = [
  {
    path: ["lab", "check"],
    summary: "help-lab-check",
    arguments: ["file"],
    options: none,
    load: async () => (await import("./commands/lab.ts")).check,
  },
  {
    path: ["lab", "up"],
    summary: "help-lab-up",
    arguments: ["file"],
    options: { "dry-run": {} },
    load: async () => (await import("./commands/lab.ts")).up,
  },
  {
    path: ["lab", "status"],
    summary: "help-lab-status",
    arguments: ["file"],
    options: none,
    load: async () => (await import("./commands/lab-status.ts")).status,
  },
  {
    path: ["lab", "list"],
    summary: "help-lab-list",
    arguments: [],
    options: none,
    load: async () => (await import("./commands/lab-power.ts")).list,
  },
  {
    path: ["lab", "stop"],
    summary: "help-lab-stop",
    arguments: ["file"],
    options: { hard: {} },
    load: async () => (await import("./commands/lab-power.ts")).stop,
  },
  {
    path: ["lab", "start"],
    summary: "help-lab-start",
    arguments: ["file"],
    options: none,
    load: async () => (await import("./commands/lab-power.ts")).start,
  },
  {
    path: ["lab", "reset"],
    summary: "help-lab-reset",
    arguments: ["file", "machine..."],
    options: none,
    load: async () => (await import("./commands/lab.ts")).reset,
  },
  {
    path: ["lab", "down"],
    summary: "help-lab-down",
    arguments: ["file"],
    options: { "dry-run": {} },
    load: async () => (await import("./commands/lab.ts")).down,
  },
];
