/** Whether what is sent comes back byte for byte: random payloads of given sizes, by TCP and by UDP, in one go. */
import { listeningPort } from "./listening-port.ts";
import type { Place } from "./reach.ts";

/** What fits into one packet of 1500 bytes, from the least on. */
export const payloadSizes = [1, 2, 3, 64, 511, 512, 1000, 1399, 1400] as const;

/** @returns what did not come back whole, as "udp 1400"; empty when all did */
export async function lostPayloads(from: Place, to: Place): Promise<readonly string[]> {
  const first = listeningPort(2 * payloadSizes.length);
  const probes = payloadSizes.flatMap((size, index) => [
    { manner: "tcp" as const, size, port: first + 2 * index },
    { manner: "udp" as const, size, port: first + 2 * index + 1 },
  ]);
  const end = await to.serve(probes.map((probe) => echo(to, probe)).join(" & "));
  const { stdout } = await from.exec(
    ["cd $(mktemp -d)", ...probes.map((probe) => attempt(from, to, probe)), "wait"].join("\n"),
  );
  await end();
  const whole = new Set(stdout.split("\n"));
  return probes.map(({ manner, size }) => `${manner} ${size}`).filter((name) => !whole.has(name));
}

type Probe = { readonly manner: "tcp" | "udp"; readonly size: number; readonly port: number };

function echo({ speaks }: Place, { manner, port }: Probe): string {
  if (speaks === "socat") return `socat ${manner.toUpperCase()}-LISTEN:${port},fork EXEC:cat`;
  return manner === "tcp" ? `nc -ll -p ${port} -e cat` : `nc.traditional -u -l -p ${port} -e /bin/cat`;
}

/** Each in the background; several tries, since the far end was told to listen a moment ago. */
function attempt({ speaks }: Place, { address }: Place, { manner, size, port }: Probe): string {
  const netcat = manner === "tcp" ? "nc -w 3" : "nc.traditional -u -q 1 -w 3";
  const send =
    speaks === "socat" ? `socat -t2 - ${manner.toUpperCase()}:${address}:${port}` : `${netcat} ${address} ${port}`;
  const [sent, back] = [`${manner}${size}.sent`, `${manner}${size}.back`];
  const tries = `for i in 1 2 3 4 5 6; do ${send} <${sent} >${back} 2>/dev/null; cmp -s ${sent} ${back} && echo ${manner} ${size} && break; sleep 0.5; done`;
  return `head -c ${size} /dev/urandom >${sent}; (${tries}) &`;
}
