/** A guest of the stand-in: its serial line is a socket, and it powers off when `poweroff` is typed there. */
import { createServer } from "node:net";
import { ended, running } from "./vmx-file.ts";

const [, , vmx = "", socket = ""] = process.argv;
let typed = "";
const server = createServer((connection) => {
  connection
    .on("error", () => undefined)
    .on("data", (piece: Buffer) => {
      typed += piece.toString();
      connection.write(piece);
      if (!/\rpoweroff\r/.test(typed)) return;
      ended(vmx);
      process.exit(0);
    });
});
server.listen(socket);
// Pulled by `vmrun stop hard`, or left behind by a test.
setInterval(() => {
  if (!running().includes(vmx)) process.exit(0);
}, 200);
setTimeout(() => process.exit(0), 120_000);
