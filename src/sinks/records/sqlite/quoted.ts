/** Names are checked where mappings are read; the quotes allow those that are words of SQL. */
export function quoted(name: string): string {
  return `"${name}"`;
}
