import { connect } from "node:net";
import type { Ipv4 } from "../../model/address.ts";

/** Whether an address answers this host itself: a refusal is an answer too. */
export async function answersHost(address: Ipv4, patience: number): Promise<boolean> {
  const tried = [53, 80, 443].map((port) => tryPort({ address, port }, patience));
  return (await Promise.all(tried)).some((answered) => answered);
}

function tryPort({ address, port }: { address: Ipv4; port: number }, patience: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const end = (answered: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answered);
    };
    const timer = setTimeout(() => end(false), patience);
    socket.once("connect", () => end(true));
    socket.on("error", (error) => end("code" in error && error.code === "ECONNREFUSED"));
  });
}
