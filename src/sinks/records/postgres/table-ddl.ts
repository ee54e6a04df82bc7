import type { ColumnSpec, ColumnType, RecordTable } from '../../../model/record-table.ts';
import { literal, quoted } from '../sql-name.ts';
import { checkClauses, referenceDdl } from '../table-rules.ts';

/** Types of columns without their rules. */
export const TYPES: Readonly<Record<ColumnType, string>> = {
  text: 'text',
  integer: 'bigint',
  decimal: 'numeric',
  boolean: 'boolean',
  timestamp: 'timestamptz',
  json: 'jsonb',
  texts: 'text[]',
};

/** The same rules as in SQLite, with the types that PostgreSQL and PostGIS have. */
export function tableDdl(table: RecordTable, tables: readonly RecordTable[]): string {
  const lines = [
    'id uuid PRIMARY KEY',
    // Compared and sorted by their bytes, as everywhere in the protocol.
    'record_did text COLLATE "C" NOT NULL',
    'record_rkey text COLLATE "C" NOT NULL',
    'record_rev text COLLATE "C" NOT NULL',
    'created_at timestamptz NOT NULL',
    'updated_at timestamptz NOT NULL',
    'deleted_at timestamptz',
    ...(table.place ? placeColumns(table) : []),
    ...table.columns.map((column) => columnDdl(table, column)),
    ...table.references.map((reference) => referenceDdl(reference, tables, 'uuid')),
    `CONSTRAINT ${quoted(`${table.name}_record`)} UNIQUE (record_did, record_rkey)`,
    ...checkClauses(table),
  ];
  return `CREATE TABLE ${quoted(table.name)} (\n  ${lines.join(',\n  ')}\n)`;
}

function placeColumns({ name }: RecordTable): string[] {
  const consent = quoted(`chk_${name}_precise_consent`);
  return [
    'allow_precise boolean NOT NULL',
    'precise_point geography(Point, 4326)',
    'coarse_geohash varchar(20)',
    'display_point geography(Point, 4326)',
    `CONSTRAINT ${consent} CHECK (allow_precise OR precise_point IS NULL)`,
  ];
}

export function columnDdl(table: RecordTable, column: ColumnSpec): string {
  const presence = column.nullable ? '' : ' NOT NULL';
  const { lengthMax } = column;
  const type = lengthMax === undefined ? TYPES[column.type] : `varchar(${lengthMax})`;
  const rules = columnRules(column);
  const constraint = quoted(`${table.name}_${column.name}_check`);
  const check =
    rules.length === 0 ? '' : ` CONSTRAINT ${constraint} CHECK (${rules.join(' AND ')})`;
  return `${quoted(column.name)} ${type}${presence}${check}`;
}

function columnRules({ name, values, min, max }: ColumnSpec): string[] {
  const column = quoted(name);
  const rules: string[] = [];
  if (values !== undefined) rules.push(`${column} IN (${values.map(literal).join(', ')})`);
  if (min !== undefined) rules.push(`${column} >= ${min}`);
  if (max !== undefined) rules.push(`${column} <= ${max}`);
  return rules;
}

export function indexDdl({ name, references, place }: RecordTable): string[] {
  const columns = [...references.map(({ column }) => column), ...(place ? ['coarse_geohash'] : [])];
  const points = place ? ['precise_point', 'display_point'] : [];
  const make = (column: string, method: string) => {
    const index = quoted(`${name}_by_${column}`);
    return `CREATE INDEX IF NOT EXISTS ${index} ON ${quoted(name)} USING ${method} (${quoted(column)})`;
  };
  return [
    ...columns.map((column) => make(column, 'btree')),
    ...points.map((column) => make(column, 'gist')),
  ];
}
