import type { RecordKey } from '../../../model/record-change.ts';
import type { SqlValue } from './postgres-session.ts';

type Cell = string | number | boolean | null;

/** Turns rows into one array for each column, for `unnest`. */
export function columnsOf<Item>(
  items: readonly Item[],
  cellsOf: (item: Item) => readonly Cell[],
): SqlValue[] {
  const rows = items.map(cellsOf);
  const width = rows[0]?.length ?? 0;
  return Array.from({ length: width }, (_, column) => rows.map((cells) => cells[column] ?? null));
}

export function keyColumns(keys: readonly RecordKey[]): SqlValue[] {
  return columnsOf(keys, ({ did, collection, rkey }) => [did, collection, rkey]);
}

/** A text of which PostgreSQL stores every character: it has no NUL. */
export function storable<Text extends string | null>(text: Text): Text | string {
  return typeof text === 'string' ? text.replaceAll('\0', '\u{FFFD}') : text;
}
