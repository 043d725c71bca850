import { version } from "../package.json" with { type: "json" };

/** One executable, two names: `tarr-stepsd` is the service, anything else the command line. */
async function main(): Promise<number> {
  if (/(?:^|\/)tarr-stepsd$/.test(process.argv0)) {
    const typed = process.argv.slice(2);
    if (typed[0] === "--cleanup") return (await import("./daemon/cleanup.ts")).cleanUp();
    if (typed[0] === "--publish-names") {
      const { publishedPath } = await import("./daemon/names.ts");
      return (await import("./host/names/publish.ts")).publishNames(publishedPath);
    }
    return (await import("./daemon/main.ts")).daemon(version);
  }
  return (await import("./cli/main.ts")).cli(process.argv.slice(2), version);
}

void main().then((code) => process.exit(code));
