import { TarrError } from "../error.ts";
import type { Glance, Known, ObservedPeer } from "../plan/observed.ts";
import { withLines } from "./line/observe.ts";
import { withObstacles } from "./links/obstacles.ts";
import { observeHidden } from "./links/hidden.ts";
import { addressQuestion, interfaceNames, linkQuestion, readLinks } from "./links/observe.ts";
import { netlinkAnswers } from "./netlink.ts";
import { observePeers, observeProxies, observeRoutes } from "./routes/observe.ts";

/** Asked of the kernel itself: no program on the way of every command. */
export async function glance(): Promise<Glance> {
  const links = await known(() => netlinkAnswers(linkQuestion));
  if (!links.known) return { links, routes: links, proxies: links, hidden: links };
  const names = interfaceNames(links.value);
  const [seen, routes, proxies, hidden] = await Promise.all([
    known(() => withObstacles(readLinks(links.value, netlinkAnswers(addressQuestion), names)).then(withLines)),
    known(() => observeRoutes(names)),
    known(() => observeProxies(names)),
    known(() => observeHidden(links.value, names)),
  ]);
  return { links: seen, routes, proxies, hidden };
}

/** Whom the host knows by MAC, asked of the kernel too. @throws TarrError `observe-failed` */
export function peers(): Promise<readonly ObservedPeer[]> {
  return Promise.try(() => observePeers(interfaceNames(netlinkAnswers(linkQuestion))));
}

/** What could not be observed is unknown, with the reason, and is nobody's failure yet. */
/** What a program said of it, or which one said nothing: it is read by people. */
function reasonIn({ code, values: { said = "", command = "" } }: TarrError): string {
  return [said.trim(), command, code].find((one) => one !== "") ?? code;
}

export async function known<T>(observe: () => Promise<T> | T): Promise<Known<T>> {
  try {
    return { known: true, value: await observe() };
  } catch (error) {
    return { known: false, reason: error instanceof TarrError ? reasonIn(error) : String(error) };
  }
}
