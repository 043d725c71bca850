/** How many places of a terminal a text takes. */
export function displayWidth(text: string): number {
  return Bun.stringWidth(text);
}
