import {
  type LexiconDefinition,
  lexiconSchema,
  mainDefinitionSchema,
  namedDefinitionSchema,
} from './lexicon-schema.ts';
import { documentError, type NamedDocument, parseDocument } from './parse-document.ts';

export interface LexiconDocument {
  /** Of the document, for messages. */
  readonly name: string;
  readonly id: string;
  readonly revision: number;
  readonly definitions: ReadonlyMap<string, LexiconDefinition>;
}

/** Letters, digits; what may stand behind the `#` of a reference. */
const DEFINITION_NAME = /^[a-zA-Z][a-zA-Z0-9]{0,127}$/;

/** @throws {OperatingError} CONFIG. */
export function parseLexicon(document: NamedDocument): LexiconDocument {
  const { id, revision, defs } = parseDocument(document, lexiconSchema, document.value);
  const definitions = new Map<string, LexiconDefinition>();
  for (const [name, value] of Object.entries(defs)) {
    if (!DEFINITION_NAME.test(name)) {
      throw documentError(document.name, `defs.${name}`, 'expected a name of letters and digits');
    }
    const schema = name === 'main' ? mainDefinitionSchema : namedDefinitionSchema;
    definitions.set(name, parseDocument(document, schema, value, ['defs', name]));
  }
  return { name: document.name, id, revision, definitions };
}

/**
 * `com.example.thing#part` in full, whatever short way it is written in.
 * @param owner id of the lexicon that the reference stands in.
 */
export function fullReference(owner: string, reference: string): string {
  const plain = reference.startsWith('lex:') ? reference.slice(4) : reference;
  if (plain.startsWith('#')) return `${owner}${plain}`;
  return plain.includes('#') ? plain : `${plain}#main`;
}
