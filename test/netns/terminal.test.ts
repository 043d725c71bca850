/** What a user sees on a terminal, colours too. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { Stage } from "./stage.ts";

setDefaultTimeout(60_000);

let host: Stage;
beforeAll(async () => {
  host = await Stage.open();
});
afterAll(() => host.destroy());

/** All that a command writes to the terminal that it runs on. */
async function onTerminal(line: string, env = "TERM=xterm"): Promise<string> {
  const { stdout } = await host.sh(`env LANG=C ${env} script -qec '${line}' /dev/null`, { user: "etu" });
  return stdout;
}

const colour = /\u001b\[\d+m/;

test.each(["network create dmz", "network show nothing", "port set nobody delay=5", "machine create -x", "nonsense"])(
  "tarr-steps %s says it without a colour, whether it worked or not",
  async (line) => {
    const said = await onTerminal(`tarr-steps ${line}`);
    expect(said.trim()).not.toBe("");
    expect(said).not.toMatch(colour);
  },
);

test("the doctor's signs alone have one, and none where the terminal or the user wants none", async () => {
  const said = await onTerminal("tarr-steps doctor");
  expect(said).toContain("\u001b[32m✓\u001b[0m  ");
  expect(said.replaceAll(/\u001b\[3[123]m[✗!✓]\u001b\[0m/gu, "")).not.toMatch(colour);
  for (const env of ["TERM=dumb", "TERM=xterm NO_COLOR=1"])
    expect(await onTerminal("tarr-steps doctor", env)).not.toMatch(colour);
});
