/**
 * What the package runs as root, once and briefly, each from a unit of its own or from its maintainer scripts: the few
 * files of other packages that the service, which is not root, may not write.
 */
export const rootTasks: Readonly<Record<string, (options: readonly string[]) => Promise<number>>> = {
  "--cleanup": async () => (await import("./cleanup.ts")).cleanUp(),
  "--publish-names": async () => {
    const { publishedPath } = await import("./names.ts");
    return (await import("../host/names/publish.ts")).publishNames(publishedPath);
  },
  "--keep-usernet": async () => {
    const { usernetPath } = await import("./usernet.ts");
    return (await import("../host/lxc/usernet.ts")).keepUsernet(usernetPath);
  },
  "--vmware-networking": async (options) => (await import("./vmware-task.ts")).vmwareNetworking(options),
};
