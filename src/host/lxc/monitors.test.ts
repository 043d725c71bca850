import { expect, test } from "bun:test";
import { isMonitorOfOurs } from "./monitors.ts";

test("a container of ours is known by its monitor's title, and no other is", () => {
  expect(isMonitorOfOurs("[lxc monitor] /home/etu/.local/share/tarr-steps/machines web\0")).toBe(true);
  for (const title of [
    "[lxc monitor] /var/lib/lxc web\0",
    "[lxc monitor] /home/etu/.local/share/lxc web\0",
    "/home/etu/.local/share/tarr-steps/machines web",
    "vim\0[lxc monitor] /home/etu/.local/share/tarr-steps/machines web\0",
    "",
  ]) {
    expect(isMonitorOfOurs(title)).toBe(false);
  }
});
