import type { RecordTable } from '../../../model/record-table.ts';
import { literal, quoted } from '../sql-name.ts';

/** Rows that are shown, by table, of at least one. */
export function countRowsSql(tables: readonly RecordTable[]): string {
  const counts = tables.map(({ name }) => {
    return `SELECT ${literal(name)} AS name, count(*)::float8 AS n FROM ${quoted(name)} WHERE deleted_at IS NULL`;
  });
  return counts.join(' UNION ALL ');
}
