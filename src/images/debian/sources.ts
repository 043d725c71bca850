import { TarrError } from "../../error.ts";
import { mustRun } from "../../host/command.ts";

/** Where the host's own apt gets Debian from: the same for what is built here. */
export type Sources = {
  /** `http://mirror.example/debian/` */
  readonly mirror: string;
  /** The mirror of security updates, where the host has one. */
  readonly security: string | null;
  /** apt's own settings of proxies, as it takes them: `Acquire::http::Proxy "http://proxy:3128";` */
  readonly proxies: readonly string[];
};

/** @throws TarrError `image-parts-missing` when apt has no source of Debian's */
export async function readSources(): Promise<Sources> {
  const [fetched, settings] = await Promise.all([
    targets("$(ORIGIN) $(CODENAME) $(REPO_URI)"),
    mustRun(["apt-config", "dump", "--format", "%f %v%n", "Acquire"]),
  ]);
  // Who publishes a list is known once it was fetched; before that, by what Debian's archives are called.
  const text = /^Debian /m.test(fetched) ? fetched : await namedTargets();
  return { ...parseTargets(text), proxies: parseProxies(settings) };
}

async function namedTargets(): Promise<string> {
  return (await targets("$(RELEASE) $(REPO_URI)", "--no-release-info")).replaceAll(archive, "Debian $&");
}

/** apt-get(8), indextargets: one line for each list that apt would fetch. */
function targets(format: string, ...options: readonly string[]): Promise<string> {
  return mustRun(["apt-get", "indextargets", ...options, "--format", format, "Created-By: Packages"]);
}

const archive = /^(?:trixie|bookworm)(?:-\w+)* https?:\/\/\S+\/debian(?:-security)?\/?$/gm;

/** @param text lines `Debian trixie http://mirror.example/debian/`, as `readSources` asks for them */
export function parseTargets(text: string): Omit<Sources, "proxies"> {
  const found = [...text.matchAll(/^Debian (\S+) (https?:\/\/[\w.:/~%+-]+)$/gm)].map(([, suite = "", uri = ""]) => ({
    isSecurity: suite.endsWith("-security") || /-security\/?$/.test(uri),
    uri,
  }));
  const mirror = found.find(({ isSecurity }) => !isSecurity)?.uri;
  if (mirror === undefined) {
    throw new TarrError("image-parts-missing", {
      said: "no mirror of Debian's in apt's sources",
      install: "sudo apt edit-sources; sudo apt update",
    });
  }
  return { mirror, security: found.find(({ isSecurity }) => isSecurity)?.uri ?? null };
}

/** Only what is a plain address: the rest of apt's settings is the host's own affair. */
export function parseProxies(text: string): readonly string[] {
  const shape = /^(Acquire::https?::Proxy(?:::[\w.-]+)?) (DIRECT|https?:\/\/[\w.:@%~+/-]+)$/gm;
  return [...text.matchAll(shape)].map(([, name = "", value = ""]) => `${name} "${value}";`);
}

/**
 * A guest cannot reach what listens on its host's loopback; and a proxy's password is not to be in an image, which goes from
 * hand to hand.
 */
export function forGuests(proxies: readonly string[]): readonly string[] {
  return proxies.filter((line) => !/:\/\/(?:[^/"]*@|localhost|127\.|\[?::1)/.test(line));
}

/** The lines of sources.list(5) for a release. */
export function sourceLines({ mirror, security }: Sources, suite: string): readonly string[] {
  return [
    `deb ${mirror} ${suite} main`,
    `deb ${mirror} ${suite}-updates main`,
    ...(security === null ? [] : [`deb ${security} ${suite}-security main`]),
  ];
}
