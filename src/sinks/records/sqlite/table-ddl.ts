import type { ColumnSpec, RecordTable } from '../../../model/record-table.ts';
import { literal, quoted } from '../sql-name.ts';
import { checkClauses, referenceDdl } from '../table-rules.ts';
import { displayCellDdl } from './places-ddl.ts';

/**
 * The same rules as in every database, with what SQLite has: times, decimals, lists and JSON are texts, booleans 0 and
 * 1, points JSON of `lat` and `lng`.
 */
export function tableDdl(table: RecordTable, tables: readonly RecordTable[]): string {
  const lines = [
    'id TEXT NOT NULL UNIQUE',
    'record_did TEXT NOT NULL',
    'record_rkey TEXT NOT NULL',
    'record_rev TEXT NOT NULL',
    'created_at TEXT NOT NULL',
    'updated_at TEXT NOT NULL',
    'deleted_at TEXT',
    ...(table.place ? placeColumns(table) : []),
    ...table.columns.map((column) => columnDdl(table, column)),
    ...table.references.map((reference) => referenceDdl(reference, tables, 'TEXT')),
    `CONSTRAINT ${quoted(`${table.name}_record`)} UNIQUE (record_did, record_rkey)`,
    ...checkClauses(table),
  ];
  return `CREATE TABLE ${quoted(table.name)} (\n  ${lines.join(',\n  ')}\n) STRICT`;
}

function placeColumns({ name }: RecordTable): string[] {
  const consent = quoted(`chk_${name}_precise_consent`);
  return [
    'allow_precise INTEGER NOT NULL CHECK (allow_precise IN (0, 1))',
    `precise_point TEXT CONSTRAINT ${consent} CHECK (allow_precise = 1 OR precise_point IS NULL)`,
    'coarse_geohash TEXT',
    'display_point TEXT CHECK (json_valid(display_point))',
    displayCellDdl(),
  ];
}

export function columnDdl(table: RecordTable, column: ColumnSpec): string {
  const type = column.type === 'integer' || column.type === 'boolean' ? 'INTEGER' : 'TEXT';
  const presence = column.nullable ? '' : ' NOT NULL';
  const rules = columnRules(column);
  const constraint = quoted(`${table.name}_${column.name}_check`);
  const check =
    rules.length === 0 ? '' : ` CONSTRAINT ${constraint} CHECK (${rules.join(' AND ')})`;
  return `${quoted(column.name)} ${type}${presence}${check}`;
}

function columnRules({ name, type, lengthMax, values, min, max }: ColumnSpec): string[] {
  const column = quoted(name);
  const value = type === 'decimal' ? `CAST(${column} AS REAL)` : column;
  const rules: string[] = [];
  if (type === 'boolean') rules.push(`${column} IN (0, 1)`);
  if (type === 'json' || type === 'texts') rules.push(`json_valid(${column})`);
  // No database of ours keeps a NUL in a text, and SQLite would measure the text up to it.
  if (type === 'text') rules.push(`instr(${column}, char(0)) = 0`);
  if (lengthMax !== undefined) rules.push(`length(${column}) <= ${lengthMax}`);
  if (values !== undefined) rules.push(`${column} IN (${values.map(literal).join(', ')})`);
  if (min !== undefined) rules.push(`${value} >= ${min}`);
  if (max !== undefined) rules.push(`${value} <= ${max}`);
  return rules;
}

export function indexDdl(table: RecordTable): string[] {
  const { name, references, place } = table;
  const columns = [...references.map(({ column }) => column), ...(place ? ['coarse_geohash'] : [])];
  return columns.map((column) => {
    const index = quoted(`${name}_by_${column}`);
    return `CREATE INDEX IF NOT EXISTS ${index} ON ${quoted(name)} (${quoted(column)})`;
  });
}
