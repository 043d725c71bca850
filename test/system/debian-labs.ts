import { describe, expect, test } from "bun:test";

const minute = 60_000;
const folder = "/usr/share/tarr-steps/labs";
/** A machine that each lab can lose, and what is done to it. */
const labs = { mixed: "vm", "dhcp-dns": "server", "nfs-ldap": "client" } as const;

/**
 * The ready labs that want LXC or a whole Debian, whose packages come through the host's proxy. Where a machine has a kernel
 * of its own it runs under software emulation.
 *
 * @param must types a line as the student, and answers what it printed
 */
export function debianLabTests(must: (line: string) => Promise<string>): void {
  for (const [name, victim] of Object.entries(labs)) {
    const file = `${folder}/${name}.yaml`;
    describe(`lab ${name}`, () => {
      test(
        "comes up, and is as its own check says",
        async () => {
          await must("tarr-steps image build tiny");
          const started = performance.now();
          await must(`tarr-steps lab up ${file}`);
          console.log(`lab up ${name}: ${((performance.now() - started) / 1000).toFixed(0)} s`);
          await must(`tarr-steps lab status ${file}`);
          expect(JSON.parse(await must(`tarr-steps lab up --json ${file}`))).toEqual({ lab: name, actions: [] });
        },
        31 * minute,
      );

      test(
        "a machine without /etc is as new after reset",
        async () => {
          // In tiny one is root already.
          await must(`tarr-steps machine ssh ${victim} -- 'rm -rf /etc || sudo rm -rf /etc; true'`);
          await must(`tarr-steps lab reset ${file} ${victim}`);
          await must(`tarr-steps lab status ${file}`);
        },
        31 * minute,
      );

      test("down leaves nothing", async () => {
        await must(`tarr-steps lab down ${file}`);
        const { machines } = JSON.parse(await must("tarr-steps machine list --json")) as {
          machines: { name: string }[];
        };
        expect(machines.map((one) => one.name)).not.toContain(victim);
      }, 120_000);
    });
  }
}
