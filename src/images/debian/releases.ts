/** The Debian releases that images are built of, by the names of the images. */
export const releases = {
  "debian-13": { suite: "trixie", system: "Debian 13 (trixie)" },
  "debian-12": { suite: "bookworm", system: "Debian 12 (bookworm)" },
} as const;

export type ReleaseName = keyof typeof releases;
export type Release = (typeof releases)[ReleaseName];

export const releaseNames = ["debian-13", "debian-12"] as const satisfies readonly ReleaseName[];

export function isReleaseName(text: string): text is ReleaseName {
  return releaseNames.some((name) => name === text);
}
