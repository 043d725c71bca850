/** Whether two values of plain data are the same. Key order counts, and is fixed where the values are made. */
export function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
