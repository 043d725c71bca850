/** A machine on a stopped network gets no address and answers nobody: that is told at once, and the guest not blamed. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import type { Call } from "../../src/api/client.ts";
import { waitUntilUp } from "../../src/cli/commands/machine.ts";
import { requireNetwork } from "../../src/cli/networks.ts";
import { renderError } from "../../src/cli/render/error.ts";
import type { Machine } from "../../src/model/machine.ts";
import { interfaceName, isMac, isPortId, parseMachineName, parseNetworkName } from "../../src/model/names.ts";
import type { Stub } from "./stub-service.ts";
import { stubService } from "./stub-service.ts";
import { rejected } from "./thrown.ts";

let stub: Stub;
beforeEach(async () => {
  stub = await stubService();
  stub.networks.push("lab", "dmz");
  stub.ports.set("abc234", { network: "lab", name: "web", uid: process.getuid?.() ?? 0 });
});
afterEach(() => stub.close());

const stopped =
  (name: string, call: Call): Call =>
  async (...asked) => {
    const reply = await call(...asked);
    const { networks } = reply as { networks?: readonly { name: string }[] };
    if (networks === undefined) return reply;
    return { ...reply, networks: networks.map((one) => (one.name === name ? { ...one, state: "down" } : one)) };
  };

function machine(): Machine {
  const [id, mac] = ["abc234", "52:54:00:12:34:56"];
  if (!isPortId(id) || !isMac(mac)) throw new Error(id);
  const port = { id, interface: interfaceName("tsabc234"), switch: interfaceName("vswitch0"), mac };
  const nics = [{ network: parseNetworkName("lab"), port }] as const;
  return { name: parseMachineName("web"), provider: "qemu", image: "tiny", memory: 128, nics };
}

test("no address is waited for, and the hint starts the network", async () => {
  const { call, ...rest } = stub.context();
  const began = performance.now();
  const error = await rejected(waitUntilUp(machine(), 0, { ...rest, call: stopped("lab", call) }));
  expect(performance.now() - began).toBeLessThan(5_000);
  const { text } = await renderError(error, { language: "en", json: false });
  expect(text.split("\n")).toEqual([
    "tarr-steps: web is running, but its network lab is stopped: nothing reaches it there.",
    "  → Start the network: tarr-steps network start lab",
  ]);
});

test("another network may be stopped, and one that is gone is told elsewhere", async () => {
  const context = { call: stopped("dmz", stub.context().call) };
  await requireNetwork({ name: "web", cards: [{ network: "lab" }, { network: "dmz" }] }, context);
  await requireNetwork({ name: "web", cards: [{ network: "former" }] }, context);
  await requireNetwork({ name: "web", cards: [] }, context);
});
