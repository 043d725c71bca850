/** Who may do what, by the user database as it is on computers of a university: of a directory server. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { socketPath } from "../../src/api/socket.ts";
import { until } from "../room/processes.ts";
import { readReply } from "./wire.ts";
import { codeOf, Stage } from "./stage.ts";

setDefaultTimeout(60_000);

const large = 2_147_483_650;
const people = [
  "echo 'old teachers:x:5001:eve' >>/etc/group",
  "echo 'domain users:x:5002:etu' >>/etc/group",
  String.raw`echo 'DOM\jmartin:x:${large}:5002::/nonexistent:/bin/sh' >>/etc/passwd`,
];

let host: Stage;
beforeAll(async () => {
  host = await Stage.open({ before: people.join("\n") });
});
afterAll(() => host.destroy());

async function administer(...grantees: readonly string[]): Promise<string> {
  const list = grantees.map((one) => `'${one}'`).join(", ");
  await host.must(
    `sed -i "s/^  administer:.*/  administer: [${list.replaceAll("\\", "\\\\\\\\")}]/" /etc/tarr-steps/tarr-steps.yaml`,
  );
  return host.must("tarr-steps network reload", { env: { LANG: "C" } });
}
const tries = (user: "eve" | "etu") => host.as(user, "StopNetwork", { network: "lab" }).then(() => "may", codeOf);

test("a group whose name has a blank is one group, and none of its words is", async () => {
  expect(await administer("%teachers")).toContain("does not know: %teachers.");
  expect(await tries("eve")).toBe("denied-administer");
  expect(await administer("%old teachers")).not.toContain("does not know");
  expect(await tries("eve")).toBe("may");
  expect(await tries("etu")).toBe("denied-administer");
  await administer("%domain users");
  expect([await tries("etu"), await tries("eve")]).toEqual(["may", "denied-administer"]);
});

test("whom nobody knows is named by the doctor", async () => {
  await administer("%old teachers", "nobody-here", "%no such group");
  const { checks } = await host.call("Diagnose", {});
  expect(checks.find(({ id }) => id === "grantees")).toEqual({
    id: "grantees",
    status: "warn",
    values: { names: "nobody-here, %no such group" },
  });
});

test("a user of a domain, with a uid of 2^31 and more, is let in, named, and has a tap", async () => {
  const call = async (method: string, parameters: unknown) => {
    const line = `setpriv --reuid=${large} --regid=5002 --clear-groups socat -t 30 - UNIX-CONNECT:${socketPath}`;
    const message = JSON.stringify({ method: `io.tarrsteps.${method}`, parameters });
    return readReply(await host.must(line, { stdin: `${message}\0` }));
  };
  await administer(String.raw`DOM\jmartin`);
  await call("StartNetwork", { network: "lab" });
  const { port } = (await call("CreatePort", { network: "lab", name: "web", kind: "qemu" })) as {
    port: { owner: string; uid: number; interface: string };
  };
  expect(port).toMatchObject({ owner: String.raw`DOM\jmartin`, uid: large });
  expect(await host.must(`ip -d link show ${port.interface}`)).toContain(String.raw`user DOM\jmartin`);
  await until("the plan", async () => (await host.planCode()) === 0 || undefined);
});
