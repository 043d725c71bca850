/** Where and how the service is asked; nothing here needs to be loaded. */
export const interfaceName = "io.tarrsteps";
export const socketPath = "/run/tarr-steps/io.tarrsteps";

/** A message of either side ends with a zero byte (varlink.org, Protocol); longer ones than this are refused. */
export const messageLimit = 256 * 1024;

/** Whom a command asks: a test's service has a socket of its own. */
export function servicePath(): string {
  return process.env["TARR_STEPS_SOCKET"] ?? socketPath;
}

export function questionOf(method: string, parameters: object): string {
  return JSON.stringify({ method: `${interfaceName}.${method}`, parameters });
}
