import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NamedDocument } from '../../src/protocols/records/parse-document.ts';
import {
  createCollections,
  type RecordCollections,
} from '../../src/protocols/records/record-collections.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** All documents of a folder of the repository. */
export function documentsIn(folder: string): readonly NamedDocument[] {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => ({ name, value: JSON.parse(readFileSync(join(root, folder, name), 'utf8')) }));
}

/** The six collections that come with Millrace. */
export function ownCollections(): RecordCollections {
  return createCollections(documentsIn('lexicons'));
}

/** Likes and follows, as a user adds them. */
export function sampleCollections(): RecordCollections {
  return createCollections(documentsIn('data/samples/records/lexicons'));
}
