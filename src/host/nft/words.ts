/** One chain of a table; `first` says where packets come to it by themselves, and is empty where rules send them. */
export function chain(name: string, first: string, rules: readonly string[]): string {
  const lines = first === "" ? rules : [first, ...rules];
  return `\tchain ${name} {\n${lines.map((line) => `\t\t${line}\n`).join("")}\t}\n`;
}

export function listed(elements: readonly string[]): string {
  return `{ ${elements.join(", ")} }`;
}
