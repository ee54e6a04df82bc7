import { fileURLToPath } from 'node:url';
import { loadCollections } from '../src/pipelines/records/load-collections.ts';
import { RecordInterpreter } from '../src/protocols/records/record-interpreter.ts';

export const JITTER_SECRET = 'a secret of benches, long enough';

/** Our own collections, and likes and follows, which the recorded events are of. */
export const lexiconFolders = ['lexicons', 'data/samples/records/lexicons'].map((folder) =>
  fileURLToPath(new URL(`../${folder}`, import.meta.url)),
);

export function benchInterpreter(): RecordInterpreter {
  return new RecordInterpreter({
    collections: loadCollections(lexiconFolders, null),
    jitterSecret: Buffer.from(JITTER_SECRET),
  });
}
