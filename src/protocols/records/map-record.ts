import type { MappedRecord, RecordKey, RecordReference } from '../../model/record-change.ts';
import type { ColumnValue, TableCheck } from '../../model/record-table.ts';
import type { ColumnMapping, RecordMapping } from './mapping-schema.ts';
import { placeReader } from './place-reader.ts';
import { type ReadContext, reportFault } from './read-context.ts';
import type { RecordFault } from './record-fault.ts';
import { pathOf, valueAt } from './record-path.ts';
import { referenceReader } from './reference-reader.ts';
import { valueReader } from './value-reader.ts';

/** Maps a record that its lexicon takes; what it returns counts only while the context has no fault. */
export type RecordMapper = (record: unknown, context: ReadContext) => MappedRecord;

interface Mapped {
  readonly values: Record<string, ColumnValue>;
  readonly references: Map<string, RecordKey>;
}

export function compileMapping(mapping: RecordMapping): RecordMapper {
  const columns = mapping.columns.map((column) => ({
    name: column.column,
    read: columnReader(column),
  }));
  const references = mapping.references.map((reference) => ({
    column: reference.column,
    read: referenceReader(reference),
  }));
  const readPlace = mapping.place === undefined ? null : placeReader(mapping.place);
  return (record, context) => {
    const values: Record<string, ColumnValue> = {};
    for (const { name, read } of columns) values[name] = read(record, context);
    const keys = new Map<string, RecordKey>();
    const found: RecordReference[] = [];
    for (const { column, read } of references) {
      const key = read(record, context);
      if (key === null) continue;
      keys.set(column, key);
      found.push({ column, key });
    }
    const place = readPlace === null ? null : readPlace(record, context);
    for (const check of mapping.checks) {
      const fault = checkFault(check, { values, references: keys });
      if (fault !== null) reportFault(context, fault.path, { ...fault, path: '' });
    }
    return { values, references: found, place };
  };
}

type ColumnReader = (record: unknown, context: ReadContext) => ColumnValue;

function columnReader(column: ColumnMapping): ColumnReader {
  if (column.path === '$did') return (_, context) => context.key.did;
  if (column.path === '$rkey') return (_, context) => context.key.rkey;
  const path = pathOf(column.path);
  const read = valueReader(column.path, column);
  return (record, context) => read(valueAt(record, path), context);
}

/** The same checks stand in the database; here they keep one record's fault from failing a batch. */
function checkFault(check: TableCheck, mapped: Mapped): RecordFault | null {
  if (check.type === 'any') {
    if (check.columns.some((column) => isThere(mapped, column))) return null;
    const expected = `one of ${check.columns.join(', ')}`;
    return { reason: 'ErrMissingField', path: '', expected, received: 'none' };
  }
  const { first, second } = check;
  if (!isThere(mapped, first) || !isThere(mapped, second)) return null;
  const holds =
    check.type === 'before' ? isBefore(mapped, first, second) : !isSame(mapped, first, second);
  if (holds) return null;
  const relation = check.type === 'before' ? 'after' : 'other than';
  const expected = `a value ${relation} ${first}`;
  return { reason: 'ErrInvalidFieldValue', path: second, expected, received: 'another' };
}

function isThere({ values, references }: Mapped, column: string): boolean {
  return references.has(column) || (values[column] ?? null) !== null;
}

function isBefore({ values }: Mapped, first: string, second: string): boolean {
  const [one, other] = [values[first], values[second]];
  if (typeof one === 'string' && typeof other === 'string') return one < other;
  return Number(one) < Number(other);
}

function isSame({ values, references }: Mapped, first: string, second: string): boolean {
  const [one, other] = [references.get(first), references.get(second)];
  if (one === undefined || other === undefined) return values[first] === values[second];
  return one.did === other.did && one.collection === other.collection && one.rkey === other.rkey;
}
