import type { RecordTable } from '../../model/record-table.ts';
import { checkMapping } from './check-mapping.ts';
import { type CollectionRecords, compileCollection } from './collection-records.ts';
import { compileLexicons } from './compile-lexicon.ts';
import { type LexiconDocument, parseLexicon } from './lexicon-document.ts';
import { mappingSchema, type RecordMapping } from './mapping-schema.ts';
import { type NamedMapping, orderMappings } from './order-mappings.ts';
import { documentError, type NamedDocument, parseDocument } from './parse-document.ts';

/** Everything that is indexed: what to ask a stream for, what to do with it, and where it goes. */
export interface RecordCollections {
  /** What a subscription wants, in the order of `tables`. */
  readonly nsids: readonly string[];
  /** Each behind those that it refers to. */
  readonly tables: readonly RecordTable[];
  find(nsid: string): CollectionRecords | null;
}

const MAPPING_SUFFIX = '.mapping.json';

/**
 * Pairs lexicons with mappings. Lexicons without a mapping are there for others to refer to. Several revisions of one
 * lexicon may be given, each with its own name and `revision`.
 * @param documents parsed JSON by file name; those named `*.mapping.json` are mappings, all others lexicons.
 * @throws {OperatingError} CONFIG: names the document, the place in it, what was expected and received.
 */
export function createCollections(documents: readonly NamedDocument[]): RecordCollections {
  const isMapping = ({ name }: NamedDocument) => name.endsWith(MAPPING_SUFFIX);
  const revisions = lexiconRevisions(documents.filter((one) => !isMapping(one)).map(parseLexicon));
  const mappings = documents.filter(isMapping).map((document) => ({
    name: document.name,
    mapping: parseDocument<RecordMapping>(document, mappingSchema, document.value),
  }));
  requireOneEach(mappings);
  const newest = new Map([...revisions].flatMap(([id, [first]]) => (first ? [[id, first]] : [])));
  const ordered = orderMappings(mappings);
  for (const one of ordered) {
    requireRecord(one, newest.get(one.mapping.collection));
    checkMapping(one, newest);
  }
  const collections = ordered.map(({ mapping }) =>
    compileCollection(mapping, newest, revisions.get(mapping.collection) ?? []),
  );
  const byNsid = new Map(collections.map((one) => [one.table.collection, one]));
  return {
    nsids: [...byNsid.keys()],
    tables: collections.map(({ table }) => table),
    find: (nsid) => byNsid.get(nsid) ?? null,
  };
}

/** By id, newest first. */
function lexiconRevisions(
  lexicons: readonly LexiconDocument[],
): ReadonlyMap<string, readonly LexiconDocument[]> {
  const byId = Map.groupBy(lexicons, ({ id }) => id);
  for (const revisions of byId.values()) {
    revisions.sort((one, other) => other.revision - one.revision);
    const [first, twin] = revisions.filter(
      ({ revision }, index) =>
        revisions[index - 1]?.revision === revision || revisions[index + 1]?.revision === revision,
    );
    if (first === undefined || twin === undefined) continue;
    const problem = `expected revisions that differ, received ${first.revision} in ${twin.name} too`;
    throw documentError(first.name, 'revision', problem);
  }
  compileLexicons([...byId.values()].flatMap(([newest]) => newest ?? []));
  return byId;
}

function requireOneEach(mappings: readonly NamedMapping[]): void {
  const keys = [
    ['collection', ({ mapping }: NamedMapping) => mapping.collection],
    ['table', ({ mapping }: NamedMapping) => mapping.table],
  ] as const;
  for (const [place, keyOf] of keys) {
    for (const [key, [first, second]] of Map.groupBy(mappings, keyOf)) {
      if (first === undefined || second === undefined) continue;
      const problem = `expected one mapping for ${key}, received ${first.name} as well`;
      throw documentError(second.name, place, problem);
    }
  }
}

function requireRecord(
  { name, mapping }: NamedMapping,
  lexicon: LexiconDocument | undefined,
): void {
  const type = lexicon?.definitions.get('main')?.type;
  if (type === 'record') return;
  const received = type === undefined ? 'none' : `a ${type}`;
  const problem = `expected a lexicon that defines the record ${mapping.collection}, received ${received}`;
  throw documentError(name, 'collection', problem);
}
