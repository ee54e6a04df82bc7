import type { RecordTable, ReferenceSpec, UniqueRule } from '../../model/record-table.ts';
import { quoted } from './sql-name.ts';

/** Rules of a table that every database of ours says in the same words. */

/** A reference into a collection that has no table cannot be checked; nothing ever comes to stand there. */
export function referenceDdl(
  { column, collection, required }: ReferenceSpec,
  tables: readonly RecordTable[],
  idType: string,
): string {
  const target = tables.find((table) => table.collection === collection);
  const foreign = target === undefined ? '' : ` REFERENCES ${quoted(target.name)} (id)`;
  return `${quoted(column)} ${idType}${required ? ' NOT NULL' : ''}${foreign}`;
}

export function checkClauses({ name, checks }: RecordTable): string[] {
  return checks.map((check) => {
    if (check.type === 'any') {
      const rule = check.columns.map((column) => `${quoted(column)} IS NOT NULL`).join(' OR ');
      return `CONSTRAINT ${quoted(`${name}_any_${check.columns.join('_')}`)} CHECK (${rule})`;
    }
    const [first, second] = [quoted(check.first), quoted(check.second)];
    const sign = check.type === 'before' ? '<' : '<>';
    const constraint = quoted(`${name}_${check.type}_${check.first}_${check.second}`);
    return `CONSTRAINT ${constraint} CHECK (${first} ${sign} ${second})`;
  });
}

export function uniqueName({ name }: RecordTable, { columns }: UniqueRule): string {
  return quoted(`${name}_unique_${columns.join('_')}`);
}

/** Made anew whenever the rules change: dropping them loses nothing. SQLite ignores the case of ASCII letters only. */
export function uniqueDdl(table: RecordTable, rule: UniqueRule): string {
  const columns = rule.columns.map((column) => {
    return rule.ignoreCase.includes(column) ? `lower(${quoted(column)})` : quoted(column);
  });
  return `CREATE UNIQUE INDEX ${uniqueName(table, rule)} ON ${quoted(table.name)} (${columns.join(', ')}) WHERE deleted_at IS NULL`;
}
