/** A LAN with a gateway that serves DHCP and a mate beside it, and what passes on it. */
import { captureScript, sendScript } from "../room/frames.ts";
import { until } from "../room/processes.ts";
import { lan } from "./host-script.ts";
import type { Stage } from "./stage.ts";

export const mate = "198.51.100.20";

/** Lines for a stage: the namespace "peer", the gateway, becomes a switch with one member more. */
export const lanScript = `set -e
ip -n peer link add br0 type bridge forward_delay 0; ip -n peer link set br0 up
ip -n peer address delete ${lan.peer}/24 dev eth0; ip -n peer link set eth0 master br0
ip -n peer address add ${lan.peer}/24 dev br0
ip netns add mate; ip -n mate link set lo up; ip -n mate link add eth0 type veth peer name mate netns peer
ip -n peer link set mate master br0 up; ip -n mate address add ${mate}/24 dev eth0; ip -n mate link set eth0 up
ip netns exec peer dnsmasq --conf-file=/dev/null --user=root --port=0 --interface=br0 --bind-interfaces --no-ping \\
  --dhcp-range=198.51.100.100,198.51.100.150,600 --dhcp-option=3,${lan.peer} --dhcp-authoritative \\
  --pid-file=/mnt/lan-dhcp.pid --dhcp-leasefile=/mnt/lan-dhcp.leases`;

/** What comes in at an interface while `work` is done, and a moment longer, as hexadecimal digits. */
export async function captured(
  stage: Stage,
  place: { readonly at?: string; readonly device?: string },
  work: () => Promise<unknown>,
): Promise<readonly string[]> {
  const { at, device = "eth0" } = place;
  const file = `/mnt/capture-${at ?? "host"}`;
  await stage.must(`rm -f ${file}; cat >/mnt/capture.pl`, { stdin: captureScript });
  const listening = stage.sh(`perl /mnt/capture.pl ${device} 30 >${file} & echo $! >${file}.pid; wait`, {
    ...(at === undefined ? {} : { at }),
    timeout: 60_000,
  });
  await until("the capture", async () => (await stage.read(file).catch(() => "")) !== "" || undefined);
  await work();
  await Bun.sleep(400);
  await stage.sh(`kill $(cat ${file}.pid)`);
  await listening;
  return (await stage.read(file)).trim().split("\n").slice(1);
}

/** Sends frames as they are, written in hexadecimal digits and spaces. */
export async function send(stage: Stage, at: string, frames: readonly string[]): Promise<void> {
  await stage.must("cat >/mnt/send.pl", { stdin: sendScript });
  const words = frames.map((frame) => frame.replaceAll(/[^0-9a-f]/g, "")).join(" ");
  await stage.must(`perl /mnt/send.pl eth0 ${words}`, { at });
}

/** 1000 probes of the host by the mate, 3 ms apart. @returns how many were answered, "received/sent" */
export async function probed(stage: Stage, work: () => Promise<unknown>): Promise<string> {
  const probing = stage.must(`ping -q -i 0.003 -c 1000 ${lan.host}`, { at: "mate", timeout: 60_000 });
  await Bun.sleep(500);
  await work();
  const said = await probing;
  const [, sent = "", received = ""] = /(\d+) packets transmitted, (\d+) received/.exec(said) ?? [];
  return `${received}/${sent}${said.includes("duplicates") ? " with duplicates" : ""}`;
}

/** Sends 20 MB by TCP. @returns whether all of it arrived as it was */
export async function carries(
  stage: Stage,
  from: { readonly at?: string; readonly address?: string },
  to: { readonly at?: string; readonly address: string },
): Promise<boolean> {
  const port = String(20_000 + Math.floor(Math.random() * 40_000));
  await stage.must("[ -e /mnt/bulk ] || head -c 20000000 /dev/urandom >/mnt/bulk");
  const place = to.at === undefined ? {} : { at: to.at };
  const served = stage.sh(`timeout 30 socat -u TCP-LISTEN:${port},reuseaddr SYSTEM:md5sum`, {
    ...place,
    timeout: 60_000,
  });
  await stage.listens("tcp", port, place);
  await stage.sh(`timeout 30 socat -u OPEN:/mnt/bulk TCP:${to.address}:${port},connect-timeout=3`, {
    ...(from.at === undefined ? {} : { at: from.at }),
    timeout: 60_000,
  });
  const sum = (text: string) => text.split(" ")[0];
  return sum((await served).stdout) === sum(await stage.must("md5sum /mnt/bulk"));
}
