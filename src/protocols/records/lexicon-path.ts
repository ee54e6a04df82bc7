import { fullReference, type LexiconDocument } from './lexicon-document.ts';
import type { LexiconDefinition, LexiconObject, LexiconType } from './lexicon-schema.ts';
import type { RecordPath } from './record-path.ts';

/** A type, and the lexicon that it stands in. */
interface TypeInside {
  readonly type: LexiconDefinition | LexiconType;
  readonly owner: string;
}

/** Newest revisions by id. */
export type LexiconsById = ReadonlyMap<string, LexiconDocument>;

/** Definitions that only refer to others cannot be, so a few steps lead to a type. */
const REFERENCE_STEPS_MAX = 8;

/** `names` are those that there are where the path ends early. */
export type PathOutcome =
  | { readonly found: LexiconType | LexiconDefinition }
  /** Behind `unknown` or a union, where the lexicon says nothing for sure. */
  | { readonly found: 'open' }
  | { readonly found: null; readonly names: readonly string[] };

/** What the record of a collection has at a path, by its newest lexicon. */
export function typeAtPath(
  lexicons: LexiconsById,
  collection: string,
  path: RecordPath,
): PathOutcome {
  let inside: TypeInside = { type: mainOf(lexicons, collection), owner: collection };
  for (const name of path) {
    const resolved = resolve(lexicons, inside);
    const { type } = resolved;
    if (type.type === 'unknown' || type.type === 'union') return { found: 'open' };
    const properties = objectOf(type)?.properties ?? {};
    const next = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (next === undefined) return { found: null, names: Object.keys(properties) };
    inside = { type: next, owner: resolved.owner };
  }
  const { type } = resolve(lexicons, inside);
  return { found: type.type === 'unknown' || type.type === 'union' ? 'open' : type };
}

function mainOf(lexicons: LexiconsById, id: string): LexiconDefinition | LexiconType {
  return lexicons.get(id)?.definitions.get('main') ?? { type: 'unknown' };
}

function resolve(lexicons: LexiconsById, inside: TypeInside): TypeInside {
  let { type, owner } = inside;
  for (let step = 0; type.type === 'ref' && step < REFERENCE_STEPS_MAX; step++) {
    const [id = '', name = ''] = fullReference(owner, type.ref).split('#');
    type = lexicons.get(id)?.definitions.get(name) ?? { type: 'unknown' };
    owner = id;
  }
  return { type, owner };
}

function objectOf(type: LexiconDefinition | LexiconType): LexiconObject | null {
  if (type.type === 'record') return type.record;
  return type.type === 'object' ? type : null;
}
