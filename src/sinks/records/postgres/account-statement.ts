import type { RecordTable } from '../../../model/record-table.ts';
import { literal, quoted } from '../sql-name.ts';

/**
 * Keeps what is newest of accounts, and hides or shows their rows in all tables, in one statement. Values: arrays of
 * DIDs, whether they are active, their status, and times in milliseconds since 1970.
 */
export function saveAccountsSql(tables: readonly RecordTable[]): string {
  const parts = tables.flatMap((table, n) => [
    `hidden_${n} AS (${hideSql(table)})`,
    `shown_${n} AS (${showSql(table)})`,
  ]);
  return `WITH ${[`newer AS (${SAVE})`, ...parts].join(', ')} SELECT count(*) FROM newer`;
}

const SAVE = `
  INSERT INTO indexer_accounts AS a (did, active, status, time)
  SELECT * FROM unnest($1::text[], $2::boolean[], $3::text[], $4::bigint[])
  ON CONFLICT (did)
  DO UPDATE SET active = excluded.active, status = excluded.status, time = excluded.time
  WHERE excluded.time > a.time
  RETURNING did, active`;

function hideSql({ name }: RecordTable): string {
  return `
    UPDATE ${quoted(name)} AS t SET deleted_at = now() FROM newer
    WHERE t.record_did = newer.did AND NOT newer.active AND t.deleted_at IS NULL`;
}

/** Where a unique rule forbids it, the whole statement fails. */
function showSql({ name, collection }: RecordTable): string {
  return `
    UPDATE ${quoted(name)} AS t SET deleted_at = NULL FROM newer
    WHERE t.record_did = newer.did AND newer.active AND t.deleted_at IS NOT NULL AND EXISTS (
      SELECT 1 FROM indexer_records AS r
      WHERE r.did = t.record_did AND r.collection = ${literal(collection)}
        AND r.rkey = t.record_rkey AND r.condition = 'live')`;
}
