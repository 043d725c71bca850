import { readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { dataFolder } from "../providers/folders.ts";
import type { Context } from "./command.ts";

/** Where a list is empty because XDG_DATA_HOME leads away from what the user has: that, with the way back. */
export async function tellElsewhere(
  kind: "machines" | "images",
  context: Context,
  usual = join(homedir(), ".local", "share", "tarr-steps"),
): Promise<void> {
  const folder = dataFolder();
  if (folder === usual) return;
  const names = await readdir(join(usual, kind)).catch(() => []);
  if (names.length > 0) context.print(context.say("kept-elsewhere", { folder, usual }));
}
