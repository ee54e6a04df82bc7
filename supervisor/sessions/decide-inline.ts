import { parseUploadMetadata } from '../../src/protocols/iq/upload-metadata.ts';
import type { IqRecordHead } from '../../src/store/record-row.ts';
import type { DecidedUpload } from './decided-upload.ts';

type InlineHead = Extract<IqRecordHead, { type: 'inline' }>;

/** A whole file inside one instruction's metadata: complete, unless it holds no `data` or its transaction failed. */
export function decideInline(head: InlineHead, recoverFailed: boolean): DecidedUpload {
  const metadata = parseUploadMetadata(head.metadata);
  const data = metadata.data === null ? null : Buffer.from(metadata.data, 'utf8');
  const usable = data !== null && (!head.failed || recoverFailed);
  return {
    session: head.signature,
    sessionId: null,
    program: head.program,
    generation: head.generation,
    state: !usable ? 'incomplete' : head.failed ? 'recovered' : 'complete',
    totalChunks: 1,
    chunkCount: usable ? 1 : 0,
    missing: usable ? [] : [[0, 0]],
    conflicts: [],
    parts: usable ? [{ record: data, method: 0, digest: head.signature }] : [],
    payloadBytes: data?.length ?? 0,
    merkleRoot: null,
    filetype: metadata.filetype,
    filename: metadata.filename,
    contentType: null,
    firstSlot: head.position.slot,
    lastSlot: head.position.slot,
    finalizeSlot: head.position.slot,
    finalizeSignature: head.signature,
    hint: undefined,
    warnings: data === null ? ['inline upload without data in its metadata'] : [],
    awaitsLinks: false,
  };
}
