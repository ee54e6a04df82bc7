import { hash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { crashPoint } from '../../src/ops/crash-point.ts';
import { safeFileName } from '../../src/protocols/iq/safe-file-name.ts';
import type { IngestedFile } from '../../src/store/ingested.ts';
import type { ApiContext } from './api-context.ts';
import type { ApiFault } from './api-error.ts';
import { writeFileAtomically } from './atomic-file.ts';
import type { IngestPost } from './ingest-schema.ts';

/** Hex digits of the content's digest in a file name: enough to keep versions apart. */
const NAME_DIGEST_DIGITS = 16;

/**
 * Writes a delivered file under the ingest folder, with its metadata beside it, and completes the
 * uploads that expect its session. The name is made of the session's key and the content's digest
 * only. The same content again is answered with the same text and written only when the file is
 * gone. Other content for a known session is another version: both are kept, the newer one is the
 * session's current file. One idempotency key for two contents is a mistake of the client: 409.
 */
export async function receiveIngest(
  post: IngestPost,
  key: string | null,
  context: ApiContext,
): Promise<{ readonly reply: string } | ApiFault> {
  const { ingested } = context.store;
  const session = post.facts.session_pubkey;
  const sha256 = hash('sha256', post.payload);
  if (keyIsTaken(key, session, sha256, context)) return keyFault();
  const known = ingested.find(session, sha256);
  if (known === undefined || !(await isWhole(join(context.ingestDir, known.file), known.bytes))) {
    const name = safeFileName(
      null,
      `${session}-${sha256.slice(0, NAME_DIGEST_DIGITS)}`,
      post.payload,
    );
    await writeFiles(post, { name, sha256, key }, context);
    context.metrics.ingestedBytes.inc(post.payload.length);
    return remember(newFile(post, name, sha256, context), key, context);
  }
  return remember(known, key, context);
}

function keyIsTaken(key: string | null, session: string, sha256: string, context: ApiContext) {
  const owner = key === null ? undefined : context.store.ingested.keyOwner(key);
  return owner !== undefined && (owner.session !== session || owner.sha256 !== sha256);
}

function keyFault(): ApiFault {
  const message = 'this Idempotency-Key was used for another session or other content';
  return { status: 409, error: 'CONFLICT', message, expected: 'one key for one content' };
}

async function isWhole(path: string, bytes: number): Promise<boolean> {
  try {
    return (await stat(path)).size === bytes;
  } catch {
    return false;
  }
}

async function writeFiles(
  post: IngestPost,
  { name, sha256, key }: { name: string; sha256: string; key: string | null },
  context: ApiContext,
): Promise<void> {
  const path = join(context.ingestDir, name);
  await writeFileAtomically(path, post.payload, () => crashPoint('ingest-before-rename'));
  const metadata = {
    ...post.facts,
    file: name,
    bytes: post.payload.length,
    sha256,
    idempotency_key: key,
    received_at: new Date(context.now()).toISOString(),
  };
  const text = `${JSON.stringify(metadata, null, 2)}\n`;
  await writeFileAtomically(`${path}.json`, text, () => {});
  crashPoint('ingest-after-rename');
}

function newFile(
  post: IngestPost,
  file: string,
  sha256: string,
  context: ApiContext,
): IngestedFile {
  const session = post.facts.session_pubkey;
  const bytes = post.payload.length;
  const path = join(context.ingestDir, file);
  const reply = { status: 'COMPLETED', session_pubkey: session, file: path, bytes, sha256 };
  return { session, sha256, file, bytes, reply: JSON.stringify(reply) };
}

/** What is stored first for a content is what everybody is answered, so the answer is read back. */
function remember(
  file: IngestedFile,
  key: string | null,
  context: ApiContext,
): { readonly reply: string } | ApiFault {
  const { store } = context;
  return store.transaction('durable', () => {
    if (keyIsTaken(key, file.session, file.sha256, context)) return keyFault();
    store.ingested.add(file, key, context.now());
    const { sha256 } = file;
    store.uploads.complete(file.session, { sha256, file: file.file }, context.now());
    return { reply: store.ingested.find(file.session, sha256)?.reply ?? file.reply };
  });
}
