import type { RecordMapping } from './mapping-schema.ts';
import { documentError } from './parse-document.ts';

export interface NamedMapping {
  readonly name: string;
  readonly mapping: RecordMapping;
}

/**
 * Mappings such that each comes behind those that it refers to, else in the order of their collections. A collection
 * may refer to itself.
 * @throws {OperatingError} CONFIG where a reference leads to no collection, or back.
 */
export function orderMappings(mappings: readonly NamedMapping[]): readonly NamedMapping[] {
  const byCollection = new Map(mappings.map((one) => [one.mapping.collection, one]));
  const waiting = new Set([...byCollection.keys()].sort());
  const ordered: NamedMapping[] = [];
  for (const { name, mapping } of mappings) {
    for (const { collection } of mapping.references) {
      if (byCollection.has(collection)) continue;
      throw documentError(
        name,
        'references',
        `expected a mapped collection, received ${collection}`,
      );
    }
  }
  while (waiting.size > 0) {
    const next = [...waiting].find((collection) =>
      targetsOf(byCollection.get(collection)).every((target) => !waiting.has(target)),
    );
    const one = byCollection.get(next ?? '');
    if (next === undefined || one === undefined) throw cycleError(mappings, waiting);
    waiting.delete(next);
    ordered.push(one);
  }
  return ordered;
}

function targetsOf(named: NamedMapping | undefined): readonly string[] {
  const { references = [], collection = '' } = named?.mapping ?? {};
  return references.map((reference) => reference.collection).filter((one) => one !== collection);
}

function cycleError(mappings: readonly NamedMapping[], waiting: ReadonlySet<string>): Error {
  const collections = [...waiting].join(', ');
  const name = mappings.find(({ mapping }) => waiting.has(mapping.collection))?.name ?? '';
  return documentError(name, 'references', `expected no circle, received one among ${collections}`);
}
