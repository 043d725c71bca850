import { TarrError } from "../../error.ts";
import type { Checksum } from "./bytes.ts";
import { fetchText, parseUrl, shown } from "./download.ts";

/** Debian's own images for clouds, by the names that they have here. `generic`: with the drivers of all four hypervisors. */
const releases = {
  "debian-12-cloud": { codename: "bookworm", number: "12", system: "Debian 12 (bookworm)" },
  "debian-13-cloud": { codename: "trixie", number: "13", system: "Debian 13 (trixie)" },
} as const;

const official = "https://cloud.debian.org/images/cloud";

export type CloudImage = {
  readonly url: URL;
  readonly checksum: Checksum;
  readonly system: string;
  readonly user: "debian";
};

export const cloudNames = Object.keys(releases);

/** @param mirror what stands for Debian's own address, up to the folders of the releases */
export async function findCloudImage(name: string, mirror: string | undefined): Promise<CloudImage> {
  const release = Object.entries(releases).find(([one]) => one === name)?.[1];
  if (release === undefined) throw new TarrError("cloud-unknown", { name, known: cloudNames.join(", ") });
  const architecture = process.arch === "arm64" ? "arm64" : "amd64";
  const file = `debian-${release.number}-generic-${architecture}.qcow2`;
  const base = parseUrl(`${(mirror ?? official).replace(/\/+$/, "")}/${release.codename}/latest/`);
  const sums = new URL("SHA512SUMS", base);
  const hex = sumIn(await fetchText(sums), file);
  if (hex === null) throw new TarrError("download-failed", { url: shown(sums), reason: file });
  return { url: new URL(file, base), checksum: { algorithm: "sha512", hex }, system: release.system, user: "debian" };
}

/** sha512sum(1): the sum, two characters, the name. */
export function sumIn(sums: string, file: string): string | null {
  const lines = sums.split("\n").map((line) => /^([0-9a-f]{128}) [ *](.+)$/.exec(line.trim()));
  return lines.find((found) => found?.[2] === file)?.[1] ?? null;
}
