/** What a real machine sees of its cables; needs root and an image, which is built. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { DemoHost } from "../demo/host.ts";
import { openHost } from "../demo/host.ts";
import type { Room } from "../room/room.ts";
import { createRoom, until } from "../room/room.ts";

setDefaultTimeout(240_000);

let room: Room;
let host: DemoHost;
beforeAll(async () => {
  room = await createRoom();
  host = await openHost(await room.addPeer("pc", "198.51.100.10/24"), () => undefined);
});
afterAll(() => room.destroy());

async function must(line: string): Promise<string> {
  const { code, stdout, stderr } = await host.student(`LANG=C tarr-steps ${line}`);
  if (code !== 0) throw new Error(`${line}: ${code} ${stderr}`);
  return stdout + stderr;
}

const carrier = async (card: string) => (await must(`machine ssh web cat /sys/class/net/${card}/carrier`)).trim();

test("a guest of QEMU sees the cable of a card of its own out and in, after its next start too", async () => {
  // By the first card the test looks at the second.
  await must("network create dmz --subnet 10.11.0.0/24");
  await must("machine create web --provider qemu --nic network=lab --nic network=dmz --start");
  expect(await carrier("eth1")).toBe("1");
  await must("port down web --network dmz");
  expect(await carrier("eth1")).toBe("0");
  expect(await must("status")).toContain("cable pulled");
  await must("port up web --network dmz");
  expect(await carrier("eth1")).toBe("1");
  await must("port down web --network dmz");
  await must("machine restart web --hard");
  expect(await carrier("eth1")).toBe("0");
  await must("port up web --network dmz");
  expect(await carrier("eth1")).toBe("1");
});

test("a machine whose first cable is out starts at once, and has its address when the cable is back", async () => {
  await must("machine stop web --hard");
  await must("port down web --network lab");
  const before = performance.now();
  expect(await must("machine start web")).toContain("The cable of web is pulled");
  expect(performance.now() - before).toBeLessThan(15_000);
  await must("port up web --network lab");
  await until("ssh", async () =>
    (await host.student("tarr-steps machine ssh web true")).code === 0 ? true : undefined,
  );
});
