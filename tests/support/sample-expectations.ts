import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { SessionResult } from '../../src/model/session-result.ts';

/** What data/samples/expected.json says about one upload. */
export interface ExpectedUpload {
  readonly epoch: number;
  readonly filename: string;
  readonly filetype: string;
  readonly session: string | null;
  readonly shape: 'session' | 'inline' | 'linked';
  readonly program: string;
  readonly total_chunks: number;
  readonly decode: 'base64' | 'none';
  readonly first_slot: number;
  readonly last_slot: number;
  readonly finalize_slot: number;
  readonly finalize_signature: string;
  readonly bytes: number;
  readonly sha256: string;
}

const FILE = new URL('../../data/samples/expected.json', import.meta.url);
const { sessions } = JSON.parse(readFileSync(FILE, 'utf8')) as {
  readonly sessions: readonly ExpectedUpload[];
};

export function sampleUploads(epoch: number): ExpectedUpload[] {
  return sessions.filter((one) => one.epoch === epoch);
}

export function sampleUpload(filename: string): ExpectedUpload {
  const found = sessions.find((one) => one.filename === filename);
  assert(found !== undefined, `no sample is named ${filename}`);
  return found;
}

/** First to behind the last slot of the sample uploads of epoch 588, as the command line takes it. */
export const SAMPLE_SLOTS = '254170887:254170950';

/** The results are exactly these uploads: whole, delivered, and each file holds the expected bytes. */
export function assertUploads(
  results: readonly SessionResult[],
  uploads: readonly ExpectedUpload[],
  delivered = true,
): void {
  const bySignature = (a: string | null, b: string | null) => (String(a) < String(b) ? -1 : 1);
  const sorted = results.toSorted((a, b) =>
    bySignature(a.finalize_signature, b.finalize_signature),
  );
  const wanted = uploads.toSorted((a, b) =>
    bySignature(a.finalize_signature, b.finalize_signature),
  );
  assert.deepEqual(
    sorted.map(({ session: _session, file: _file, ...rest }) => rest),
    wanted.map((upload) => resultOf(upload, delivered)),
  );
  for (const [i, upload] of wanted.entries()) {
    const { session, file } = sorted[i] ?? {};
    if (upload.session !== null) assert.equal(session, upload.session);
    assert(typeof file === 'string', `${upload.filename} has no file`);
    assert.equal(hash('sha256', readFileSync(file)), upload.sha256, upload.filename);
  }
}

function resultOf(upload: ExpectedUpload, delivered: boolean) {
  const { program, total_chunks, decode, bytes, sha256 } = upload;
  const { first_slot, last_slot, finalize_slot, finalize_signature } = upload;
  return {
    ...{ program, total_chunks, decode, bytes, sha256, delivered },
    ...{ first_slot, last_slot, finalize_slot, finalize_signature },
    ...{ state: 'complete', conflicts: [], missing: [], chunk_count: total_chunks },
  };
}
