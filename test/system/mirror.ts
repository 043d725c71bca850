/** What a university's proxy does, at a LAN peer: hands out Debian's archives, from where this machine's own apt has them. */
import { createServer } from "node:http";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { mustRun } from "../../src/host/command.ts";
import type { Stage } from "./stage.ts";
import { peerAddress } from "./stage.ts";

const port = 3142;

/** The proxy's address as apt is told it. */
export const proxy = `http://${peerAddress}:${port}`;

/**
 * Starts the proxy, and tells the host's apt of it. Requests leave the room by a socket of ours: the room itself has no way
 * out.
 *
 * @returns what was asked for so far, and what ends it
 */
export async function openProxy(stage: Stage) {
  const mirrors = await mirrorsOfApt();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const [, archive = "", path = ""] =
      /^http:\/\/[\w.-]+\/(debian|debian-security)\/(.*)$/.exec(request.url ?? "") ?? [];
    const mirror = mirrors.get(archive);
    if (request.method !== "GET" || mirror === undefined) return void response.writeHead(403).end();
    asked.push(path);
    const since = request.headers["if-modified-since"];
    const work = async () => {
      const reply = await fetch(`${mirror}/${path}`, {
        headers: since === undefined ? {} : { "if-modified-since": since },
      });
      const kept = ["content-length", "last-modified", "content-type"].flatMap((name) => {
        const value = reply.headers.get(name);
        return value === null ? [] : [[name, value] as const];
      });
      response.writeHead(reply.status, Object.fromEntries(kept));
      if (reply.body === null) response.end();
      else await pipeline(Readable.fromWeb(reply.body), response);
    };
    work().catch(() => response.destroy());
  });
  const socket = join(stage.folder, "mirror.sock");
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const relay = await stage.peer.background(["socat", `TCP-LISTEN:${port},fork,reuseaddr`, `UNIX-CONNECT:${socket}`]);
  await stage.host.root(`echo 'Acquire::http::Proxy "${proxy}";' >/etc/apt/apt.conf.d/30proxy`);
  return {
    asked,
    close: async () => {
      await relay.stop();
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Where this machine's own apt gets Debian's archives, by their names. */
async function mirrorsOfApt(): Promise<ReadonlyMap<string, string>> {
  const targets = await mustRun(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]);
  const found = [...targets.matchAll(/^(https?:\/\/[\w.-]+\S*\/(debian|debian-security))\/?$/gm)];
  return new Map(found.map(([, address = "", archive = ""]) => [archive, address]));
}
