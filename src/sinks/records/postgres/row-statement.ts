import type { GeoPoint } from '../../../model/record-change.ts';
import type { RecordTable } from '../../../model/record-table.ts';
import type { RecordRow } from '../record-transaction.ts';
import { quoted } from '../sql-name.ts';
import { TYPES } from './table-ddl.ts';

/** A column that is written, the types of what comes as JSON for it, and the value that they make. */
interface WrittenColumn {
  readonly name: string;
  readonly from: readonly string[];
  readonly value: string;
}

const FIXED: readonly WrittenColumn[] = [
  plain('id', 'uuid'),
  plain('record_did', 'text'),
  plain('record_rkey', 'text'),
  plain('record_rev', 'text'),
  { name: 'created_at', from: [], value: 'now()' },
  { name: 'updated_at', from: [], value: 'now()' },
  { name: 'deleted_at', from: ['hidden boolean'], value: 'CASE WHEN x.hidden THEN now() END' },
];

const PLACE: readonly WrittenColumn[] = [
  plain('allow_precise', 'boolean'),
  point('precise_point', 'precise'),
  plain('coarse_geohash', 'text'),
  point('display_point', 'display'),
];

/**
 * Writes any number of rows of a table whether they are there or not, in their order. Its one value is `rowsJson`:
 * unlike arrays by column, that holds lists and JSON too.
 */
export function rowStatement(table: RecordTable): string {
  const columns = [
    ...FIXED,
    ...(table.place ? PLACE : []),
    ...table.columns.map(({ name, type }) => plain(name, TYPES[type])),
    ...table.references.map(({ column }) => plain(column, 'uuid')),
  ];
  const names = columns.map(({ name }) => quoted(name));
  const values = columns.map(({ value }) => value);
  const from = columns.flatMap((column) => column.from);
  const changes = names
    .filter((name) => name !== '"id"' && name !== '"created_at"')
    .map((name) => `${name} = excluded.${name}`);
  return `
    INSERT INTO ${quoted(table.name)} (${names.join(', ')})
    SELECT ${values.join(', ')} FROM json_to_recordset($1::json) AS x (${from.join(', ')})
    ON CONFLICT (id) DO UPDATE SET ${changes.join(', ')}`;
}

export function rowsJson({ place: hasPlace }: RecordTable, rows: readonly RecordRow[]): string {
  const flat = rows.map(({ id, change, references, hidden }) => {
    const { key, rev, record } = change;
    const { did: record_did, rkey: record_rkey } = key;
    const fixed = { id, record_did, record_rkey, record_rev: rev, hidden };
    if (!hasPlace) return { ...record.values, ...references, ...fixed };
    const { place } = record;
    const places = {
      allow_precise: place?.allowPrecise === true,
      coarse_geohash: place?.coarseGeohash ?? null,
      ...pointFacts('precise', place?.precisePoint ?? null),
      ...pointFacts('display', place?.displayPoint ?? null),
    };
    return { ...record.values, ...references, ...fixed, ...places };
  });
  return JSON.stringify(flat);
}

function plain(name: string, type: string): WrittenColumn {
  return { name, from: [`${quoted(name)} ${type}`], value: `x.${quoted(name)}` };
}

function point(name: string, prefix: string): WrittenColumn {
  const [lng, lat] = [`${prefix}_lng`, `${prefix}_lat`];
  const value = `ST_SetSRID(ST_MakePoint(x.${lng}, x.${lat}), 4326)::geography`;
  return { name, from: [`${lng} float8`, `${lat} float8`], value };
}

function pointFacts(prefix: string, at: GeoPoint | null): Record<string, number | null> {
  return { [`${prefix}_lng`]: at?.lng ?? null, [`${prefix}_lat`]: at?.lat ?? null };
}
