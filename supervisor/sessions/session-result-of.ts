import type { SessionResult } from '../../src/model/session-result.ts';
import type { BuiltFile } from './build-file.ts';
import type { DecidedUpload } from './decided-upload.ts';

export interface Whereabouts {
  readonly file: string | null;
  readonly delivered: boolean;
}

/** What is reported about an upload; `file` is undefined while the upload is incomplete. */
export function sessionResultOf(
  upload: DecidedUpload,
  file: BuiltFile | undefined,
  where: Whereabouts,
): SessionResult {
  return {
    session: upload.session,
    program: upload.program,
    state: upload.state,
    conflicts: upload.conflicts,
    total_chunks: upload.totalChunks,
    chunk_count: upload.chunkCount,
    missing: upload.missing,
    decode: file?.decode ?? 'none',
    bytes: file?.bytes.length ?? 0,
    sha256: file?.sha256 ?? null,
    file: where.file,
    delivered: where.delivered,
    first_slot: upload.firstSlot,
    last_slot: upload.lastSlot,
    finalize_slot: upload.finalizeSlot,
    finalize_signature: upload.finalizeSignature,
  };
}

/** A session somebody asked for of which nothing was found. */
export function unseenSession(session: string): SessionResult {
  return {
    session,
    program: '',
    state: 'incomplete',
    conflicts: [],
    total_chunks: null,
    chunk_count: 0,
    missing: [],
    decode: 'none',
    bytes: 0,
    sha256: null,
    file: null,
    delivered: false,
    first_slot: 0,
    last_slot: 0,
    finalize_slot: null,
    finalize_signature: null,
  };
}
