import { afterEach, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import type { Server, Socket } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exchange, ExchangeError } from "../../src/runtime/exchange.ts";

let server: Server | null = null;
let folder = "";

afterEach(async () => {
  server?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Listens with one behaviour, and asks once. */
async function ask(answer: (socket: Socket) => void, bounds = { limit: 1000, patience: 1000 }): Promise<string> {
  folder = await mkdtemp(join(tmpdir(), "tarr-steps-exchange-"));
  const path = join(folder, "socket");
  server = createServer((socket) => void socket.on("data", () => answer(socket)));
  await new Promise<void>((resolve) => server?.listen(path, resolve));
  return exchange(path, "question", bounds);
}

test("an answer is what stands before the zero byte, in however many pieces it comes", async () => {
  const answer = await ask((socket) => {
    socket.write("né");
    setTimeout(() => socket.write("e\0more"), 20);
  });
  expect(answer).toBe("née");
});

test("nobody there is an error", async () => {
  const asked = exchange("/nowhere/socket", "question", { limit: 10, patience: 100 });
  expect(await asked.catch((error: unknown) => error)).toBeInstanceOf(ExchangeError);
});

const failures = [
  ["an end without an answer", (socket: Socket) => void socket.destroy(), "closed"],
  ["silence", () => undefined, "timeout"],
  ["an endless answer", (socket: Socket) => void socket.write("x".repeat(100)), "reply"],
] as const;
for (const [what, answer, told] of failures) {
  test(`${what} is an error, and soon`, async () => {
    const asked = ask(answer, { limit: 10, patience: 100 });
    expect(await asked.catch((error: unknown) => String(error))).toContain(told);
  });
}
