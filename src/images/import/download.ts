import { createHash } from "node:crypto";
import { mkdir, open, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { TarrError } from "../../error.ts";
import type { Checksum } from "./bytes.ts";
import { fullTold, requireRoom, verify } from "./bytes.ts";

/** A server that says nothing for so long has gone. */
const silence = 60_000;
const mostText = 1024 * 1024;

export type Download = {
  readonly url: URL;
  readonly checksum: Checksum;
  /** Where it lies; half of it stays there, and the next attempt goes on behind that. */
  readonly folder: string;
};

export function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
}

/** @throws TarrError `url-invalid` */
export function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new TarrError("url-invalid", { value: text.slice(0, 200) });
  return url;
}

/**
 * Fetches a file, from where an earlier attempt ended. The proxy is that of the user's environment (http_proxy).
 *
 * @returns its path; whoever asked removes it
 * @throws TarrError `download-failed`, `download-cut`, `checksum-wrong`, `disk-full`
 */
export async function download(wanted: Download, report: (percent: string) => void): Promise<string> {
  const { url, checksum, folder } = wanted;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${createHash("sha256").update(url.href).digest("hex").slice(0, 32)}.part`);
  const whole = await fetchRest(url, path, report);
  const { size } = await stat(path);
  if (size !== whole) throw cut(url, { size, whole });
  await verify(path, checksum, shown(url)).catch(async (error: unknown) => {
    // What is wrong would be gone on with.
    await rm(path, { force: true });
    throw error;
  });
  return path;
}

/** @returns the size of the whole file, as the server told it */
async function fetchRest(url: URL, path: string, report: (percent: string) => void): Promise<number> {
  const have = await stat(path).then(
    ({ size }) => size,
    () => 0,
  );
  const stop = new AbortController();
  const response = await ask(url, { have, signal: stop.signal });
  // All of it was there already.
  if (response.status === 416 && have > 0) return have;
  if (!response.ok || response.body === null) {
    throw new TarrError("download-failed", { url: shown(url), reason: String(response.status) });
  }
  const start = response.status === 206 ? have : 0;
  const length = response.headers.get("content-length");
  const whole = length === null ? null : start + Number(length);
  if (whole !== null) await requireRoom(join(path, ".."), whole - start);
  let size = start;
  const file = await open(path, start > 0 ? "a" : "w", 0o600);
  let timer = setTimeout(() => stop.abort(), silence);
  try {
    for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
      clearTimeout(timer);
      timer = setTimeout(() => stop.abort(), silence);
      await fullTold(path, () => file.appendFile(piece));
      size += piece.length;
      if (whole !== null) report(String(Math.floor((100 * size) / whole)));
    }
  } catch (error) {
    if (error instanceof TarrError) throw error;
    throw cut(url, { size, whole });
  } finally {
    clearTimeout(timer);
    await file.close();
  }
  return whole ?? size;
}

async function ask(url: URL, how: { readonly have: number; readonly signal: AbortSignal }): Promise<Response> {
  const headers: Record<string, string> = { "accept-encoding": "identity" };
  if (how.have > 0) headers["range"] = `bytes=${how.have}-`;
  return fetch(url, { headers, signal: how.signal }).catch((error: unknown) => {
    throw unreached(url, error);
  });
}

/** A small text. @throws TarrError `download-failed` */
export async function fetchText(url: URL): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(silence) }).catch((error: unknown) => {
    throw unreached(url, error);
  });
  if (!response.ok) throw new TarrError("download-failed", { url: shown(url), reason: String(response.status) });
  return (await response.text()).slice(0, mostText);
}

function unreached(url: URL, error: unknown): TarrError {
  const reason = error instanceof Error ? ("code" in error ? String(error.code) : error.message) : String(error);
  return new TarrError("download-failed", { url: shown(url), reason }, error);
}

function cut(url: URL, got: { readonly size: number; readonly whole: number | null }): TarrError {
  const mebibytes = (bytes: number | null) => (bytes === null ? "?" : String(Math.floor(bytes / 1024 ** 2)));
  return new TarrError("download-cut", { url: shown(url), got: mebibytes(got.size), whole: mebibytes(got.whole) });
}

/** Without a password that may be in it. */
export function shown(url: URL): string {
  return `${url.origin}${url.pathname}`;
}
