import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

/** Bytes of a name that PostgreSQL keeps; it cuts off the rest in silence. */
const NAME_MAX = 63;
const DIGEST_LENGTH = 8;

/**
 * A name of a mapping as SQL has it; the quotes allow those that are words of SQL. SQLite takes longer ones, and gets
 * the same.
 */
export function quoted(name: string): string {
  assert(/^[a-z][a-z0-9_]*$/.test(name), `${JSON.stringify(name)} is not a name for SQL`);
  return `"${shortened(name)}"`;
}

/** What is too long ends with a digest, so that two that begin alike stay two. */
function shortened(name: string): string {
  if (name.length <= NAME_MAX) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, DIGEST_LENGTH);
  return `${name.slice(0, NAME_MAX - DIGEST_LENGTH - 1)}_${digest}`;
}

/** Texts in SQL; only values of a mapping, never of a record. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
