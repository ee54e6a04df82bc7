import { isValidNsid } from '@atproto/syntax';
import { isTid } from '../../decode/atproto/identifier-syntax.ts';
import type { MappedRecord } from '../../model/record-change.ts';
import type { RecordTable } from '../../model/record-table.ts';
import { compileLexicons } from './compile-lexicon.ts';
import { decimalText } from './decimal-text.ts';
import type { LexiconDocument } from './lexicon-document.ts';
import { type LexiconsById, typeAtPath } from './lexicon-path.ts';
import { compileMapping, type RecordMapper } from './map-record.ts';
import type { RecordMapping } from './mapping-schema.ts';
import { PrivateKeys } from './private-keys.ts';
import type { ReadContext } from './read-context.ts';
import { boundsFault } from './record-bounds.ts';
import { type Check, faultOf, isJsonObject, type RecordFault } from './record-fault.ts';
import { pathOf, type RecordPath, valueAt, withChanged } from './record-path.ts';
import { tableOfMapping } from './table-of-mapping.ts';

/** A lexicon as a function. */
interface Validator {
  readonly revision: number;
  readonly check: Check;
}

export type MapOutcome =
  | { readonly record: MappedRecord; readonly lexiconRevision: number }
  | { readonly fault: RecordFault };

/** Records of one collection: what is valid, and what rows they become. */
export interface CollectionRecords {
  readonly table: RecordTable;
  /** Takes whatever came as a record. */
  map(record: unknown, context: ReadContext): MapOutcome;
}

/** @param revisions of the collection's lexicon, newest first. */
export function compileCollection(
  mapping: RecordMapping,
  lexicons: LexiconsById,
  revisions: readonly LexiconDocument[],
): CollectionRecords {
  const parts: Parts = {
    collection: mapping.collection,
    privateKeys: new PrivateKeys(mapping.privateKeys),
    decimals: decimalPaths(mapping, lexicons),
    validators: revisions.map((lexicon) => validatorOf(lexicon, lexicons)),
    isKey: keyRule(revisions[0]),
    mapper: compileMapping(mapping),
  };
  return {
    table: tableOfMapping(mapping),
    map: (record, context) => mapWith(parts, record, context),
  };
}

interface Parts {
  readonly collection: string;
  readonly privateKeys: PrivateKeys;
  readonly decimals: readonly RecordPath[];
  readonly validators: readonly Validator[];
  readonly isKey: (rkey: string) => boolean;
  readonly mapper: RecordMapper;
}

function mapWith(parts: Parts, raw: unknown, context: ReadContext): MapOutcome {
  const early = earlyFault(parts, raw, context.key.rkey);
  if (early !== null) return { fault: early };
  let record = raw;
  for (const path of parts.decimals) record = withDecimalText(record, path);
  const unfit = boundsFault(record, parts.privateKeys);
  if (unfit !== null) return { fault: unfit };
  let newest: RecordFault | null = null;
  for (const { revision, check } of parts.validators) {
    const fault = check(record);
    if (fault !== null) {
      newest ??= fault;
      continue;
    }
    const mapped = parts.mapper(record, context);
    if (context.fault !== null) return { fault: context.fault };
    return { record: mapped, lexiconRevision: revision };
  }
  return { fault: newest ?? faultOf('ErrMissingField', 'a lexicon', undefined) };
}

function earlyFault(parts: Parts, raw: unknown, rkey: string): RecordFault | null {
  if (raw === null || raw === undefined) return faultOf('ErrMissingField', 'an object', raw);
  if (!isJsonObject(raw)) return faultOf('ErrMalformedJSON', 'an object', raw);
  const type = raw['$type'];
  if (type !== undefined && type !== parts.collection) {
    const reason = typeof type === 'string' ? 'ErrInvalidFieldValue' : 'ErrInvalidFieldType';
    const received = typeof type === 'string' ? 'another type' : 'no string';
    return { reason, path: '$type', expected: parts.collection, received };
  }
  if (parts.isKey(rkey)) return null;
  const expected = 'a record key as the lexicon wants it';
  return { reason: 'ErrInvalidFieldValue', path: '', expected, received: 'another record key' };
}

function withDecimalText(record: unknown, path: RecordPath): unknown {
  const plain = path.includes('*') ? undefined : valueAt(record, path);
  if (!path.includes('*') && typeof plain !== 'number') return record;
  return withChanged(record, path, (value) =>
    typeof value === 'number' ? (decimalText(value) ?? value) : value,
  );
}

/** Where a lexicon has text for a decimal, numbers are taken as well. */
function decimalPaths(mapping: RecordMapping, lexicons: LexiconsById): readonly RecordPath[] {
  const paths = mapping.columns.filter(({ type }) => type === 'decimal').map(({ path }) => path);
  if (mapping.place !== undefined) paths.push(`${mapping.place}.lat`, `${mapping.place}.lng`);
  const plain = paths.map(pathOf).filter((path) => {
    const { found } = typeAtPath(lexicons, mapping.collection, path);
    return found === 'open' || found?.type === 'string';
  });
  const inside = mapping.columns.flatMap((column) =>
    Object.entries(column.fields ?? {})
      .filter(([, field]) => field.type === 'decimal')
      .flatMap(([name]) => [
        [...pathOf(column.path), name],
        [...pathOf(column.path), '*', name],
      ]),
  );
  return [...plain, ...inside];
}

/** An older revision is checked among the newest ones of all other lexicons. */
function validatorOf(lexicon: LexiconDocument, lexicons: LexiconsById): Validator {
  const others = [...lexicons.values()].filter(({ id }) => id !== lexicon.id);
  const check = compileLexicons([...others, lexicon]).get(`${lexicon.id}#main`);
  return { revision: lexicon.revision, check: check ?? (() => null) };
}

function keyRule(lexicon: LexiconDocument | undefined): (rkey: string) => boolean {
  const main = lexicon?.definitions.get('main');
  const key = main?.type === 'record' ? main.key : 'any';
  if (key === 'tid') return isTid;
  if (key === 'nsid') return isValidNsid;
  return key === 'any' ? () => true : (rkey) => key === `literal:${rkey}`;
}
