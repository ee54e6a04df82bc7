import { createSecretKey } from 'node:crypto';
import type { ColumnType } from '../../model/record-table.ts';
import { isoTimeOf } from './iso-time.ts';
import { type LexiconsById, typeAtPath } from './lexicon-path.ts';
import type { LexiconDefinition, LexiconType } from './lexicon-schema.ts';
import type { ColumnMapping, RecordMapping } from './mapping-schema.ts';
import { documentError } from './parse-document.ts';
import type { ReadContext } from './read-context.ts';
import { faultText } from './record-fault.ts';
import { pathOf } from './record-path.ts';
import { TIME_OF_EVENT, valueReader } from './value-reader.ts';

/** Types of a lexicon that a column can be filled from. */
const SOURCES: Readonly<Record<ColumnType, readonly string[]>> = {
  text: ['string', 'token'],
  integer: ['integer'],
  decimal: ['string', 'integer'],
  boolean: ['boolean'],
  timestamp: ['string'],
  json: ['object', 'array', 'blob', 'bytes', 'cid-link', 'string', 'integer', 'boolean'],
  texts: ['array'],
};

interface Mapping {
  readonly name: string;
  readonly mapping: RecordMapping;
}

/**
 * Holds a mapping against its lexicon and against itself, so that no record has to find out.
 * @throws {OperatingError} CONFIG.
 */
export function checkMapping(document: Mapping, lexicons: LexiconsById): void {
  const { mapping, name } = document;
  checkNames(document);
  for (const [index, column] of mapping.columns.entries()) {
    checkColumn(document, column, `columns.${index}`, lexicons);
  }
  for (const [index, { path }] of mapping.references.entries()) {
    checkPath(document, { path, at: `references.${index}.path`, types: ['string'] }, lexicons);
  }
  if (mapping.place === undefined) return;
  checkPath(document, { path: mapping.place, at: 'place', types: ['object'] }, lexicons);
  for (const part of ['lat', 'lng']) {
    const wanted = { path: `${mapping.place}.${part}`, at: 'place', types: ['string', 'integer'] };
    checkPath({ mapping, name }, wanted, lexicons);
  }
}

function checkNames({ mapping, name }: Mapping): void {
  const columns = new Map(mapping.columns.map((column) => [column.column, column.type as string]));
  for (const { column } of mapping.references) columns.set(column, 'reference');
  if (columns.size < mapping.columns.length + mapping.references.length) {
    throw documentError(
      name,
      'columns',
      'expected names of columns that differ, received one twice',
    );
  }
  const used = [
    ...mapping.unique.flatMap((rule) => [...rule.columns, ...rule.ignoreCase]),
    ...mapping.checks.flatMap((check) =>
      check.type === 'any' ? check.columns : [check.first, check.second],
    ),
  ];
  for (const column of used.filter((one) => !columns.has(one))) {
    const there = [...columns.keys()].join(', ');
    throw documentError(name, 'checks or unique', `expected one of ${there}, received ${column}`);
  }
  for (const check of mapping.checks) {
    if (check.type !== 'before') continue;
    const types = [columns.get(check.first), columns.get(check.second)];
    if (types[0] === types[1] && (types[0] === 'timestamp' || types[0] === 'integer')) continue;
    const problem = `expected two timestamps or two integers, received ${types.join(' and ')}`;
    throw documentError(name, 'checks', problem);
  }
}

function checkColumn(
  document: Mapping,
  column: ColumnMapping,
  at: string,
  lexicons: LexiconsById,
): void {
  checkDefault(document, column, at);
  if (column.fields !== undefined && column.type !== 'json') {
    throw documentError(document.name, `${at}.fields`, 'expected them on json columns only');
  }
  if (column.path.startsWith('$')) {
    if (column.type === 'text') return;
    throw documentError(document.name, `${at}.type`, `expected text, received ${column.type}`);
  }
  const wanted = { path: column.path, at: `${at}.path`, types: SOURCES[column.type] };
  const type = checkPath(document, wanted, lexicons);
  if (column.type !== 'texts' || type?.type !== 'array' || type.items.type === 'string') return;
  throw documentError(document.name, `${at}.type`, 'expected a list of strings in the lexicon');
}

/** A default has to be what the column takes. */
function checkDefault(document: Mapping, column: ColumnMapping, at: string): void {
  const rules = [column, ...Object.values(column.fields ?? {})];
  for (const rule of rules) {
    const value = rule.default;
    if (value === undefined || value === null) continue;
    if (rule.type === 'timestamp') {
      if (value === TIME_OF_EVENT || isoTimeOf(`${value}`) !== null) continue;
      const problem = `expected ${TIME_OF_EVENT} or an RFC 3339 time, received ${JSON.stringify(value)}`;
      throw documentError(document.name, `${at}.default`, problem);
    }
    const context: ReadContext = {
      key: { did: '', collection: '', rkey: '' },
      ...{ timeUs: 0, jitterSecret: createSecretKey(Buffer.alloc(1)), fault: null },
    };
    const bare = { ...rule, default: undefined, fields: undefined };
    valueReader('default', bare)(value, context);
    if (context.fault === null) continue;
    throw documentError(document.name, at, faultText(context.fault));
  }
}

interface WantedPath {
  readonly path: string;
  readonly at: string;
  readonly types: readonly string[];
}

function checkPath(
  { mapping, name }: Mapping,
  { path, at, types }: WantedPath,
  lexicons: LexiconsById,
): LexiconType | LexiconDefinition | null {
  const outcome = typeAtPath(lexicons, mapping.collection, pathOf(path));
  if (outcome.found === 'open') return null;
  if (outcome.found === null) {
    const problem = `expected a field of ${mapping.collection} (${outcome.names.join(', ')}), received ${path}`;
    throw documentError(name, at, problem);
  }
  if (types.includes(outcome.found.type)) return outcome.found;
  const problem = `expected ${types.join(' or ')} at ${path} in the lexicon, received ${outcome.found.type}`;
  throw documentError(name, at, problem);
}
