import type { RecordPlace } from '../../../model/record-change.ts';
import type { ColumnType, ColumnValue, RecordTable } from '../../../model/record-table.ts';
import type { RecordRow } from '../record-transaction.ts';
import { quoted } from '../sql-name.ts';
import type { SqliteValue } from './sqlite-connection.ts';

const PLACE_COLUMNS = ['allow_precise', 'precise_point', 'coarse_geohash', 'display_point'];

/** Writes one row whether it is there or not; its values are those of `rowValues`. */
export function rowStatement(table: RecordTable): string {
  const columns = [
    ...['id', 'record_did', 'record_rkey', 'record_rev', 'created_at', 'updated_at', 'deleted_at'],
    ...(table.place ? PLACE_COLUMNS : []),
    ...table.columns.map(({ name }) => name),
    ...table.references.map(({ column }) => column),
  ].map(quoted);
  const kept = ['id', 'record_did', 'record_rkey', 'created_at'].map(quoted);
  const changing = columns.filter((column) => !kept.includes(column));
  const changes = changing.map((column) => `${column} = excluded.${column}`).join(', ');
  const marks = columns.map(() => '?').join(', ');
  return `INSERT INTO ${quoted(table.name)} (${columns.join(', ')}) VALUES (${marks}) ON CONFLICT (id) DO UPDATE SET ${changes}`;
}

/** @param now RFC 3339. */
export function rowValues(table: RecordTable, row: RecordRow, now: string): SqliteValue[] {
  const { key, rev, record } = row.change;
  return [
    ...[row.id, key.did, key.rkey, rev, now, now, row.hidden ? now : null],
    ...(table.place ? placeValues(record.place) : []),
    ...table.columns.map(({ name, type }) => sqliteValue(type, record.values[name] ?? null)),
    ...table.references.map(({ column }) => row.references[column] ?? null),
  ];
}

function placeValues(place: RecordPlace | null): SqliteValue[] {
  return [
    place?.allowPrecise === true ? 1 : 0,
    sqliteValue('json', place?.precisePoint ?? null),
    place?.coarseGeohash ?? null,
    sqliteValue('json', place?.displayPoint ?? null),
  ];
}

function sqliteValue(type: ColumnType, value: ColumnValue): SqliteValue {
  if (value === null) return null;
  if (type === 'json' || type === 'texts') return JSON.stringify(value);
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (type === 'integer' && typeof value === 'number') return value;
  return String(value);
}
