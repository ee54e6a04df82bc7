import { backfillHintOf } from '../../src/protocols/iq/backfill-hint.ts';
import {
  type AssemblyOptions,
  decideSession,
  type SessionDecision,
} from '../../src/protocols/iq/session-assembly.ts';
import type { ChunkEntry, SessionEvidence } from '../../src/protocols/iq/session-evidence.ts';
import { parseUploadMetadata } from '../../src/protocols/iq/upload-metadata.ts';
import type { IqRecordHead } from '../../src/store/record-row.ts';
import type { DecidedUpload } from './decided-upload.ts';

type ChunkHead = Extract<IqRecordHead, { type: 'chunk' }>;

/** Decides every upload that the records of one session account hold. */
export function decideSessionAccount(
  heads: readonly IqRecordHead[],
  options: AssemblyOptions,
): DecidedUpload[] {
  const byProgram = Map.groupBy(heads, ({ program, generation }) => `${program} ${generation}`);
  return [...byProgram.values()]
    .map(evidenceOf)
    .filter((evidence) => evidence !== undefined)
    .flatMap((evidence) => decideSession(evidence, options))
    .map(uploadOf);
}

function evidenceOf(heads: readonly IqRecordHead[]): SessionEvidence<number> | undefined {
  const first = heads.find((head) => 'session' in head);
  if (first === undefined || !('session' in first)) return undefined;
  return {
    program: first.program,
    session: first.session,
    generation: first.generation,
    creates: heads.filter((head) => head.type === 'create'),
    finalizes: heads.filter((head) => head.type === 'finalize'),
    chunks: heads.filter((head) => head.type === 'chunk').map(chunkEntryOf),
  };
}

function chunkEntryOf(head: ChunkHead): ChunkEntry<number> {
  const { position, signature, signer, failed, sessionId, index, method } = head;
  return {
    ...{ position, signature, signer, failed, sessionId, index, method },
    digest: head.payloadDigest ?? '',
    bytes: head.payloadBytes,
    ref: head.id,
  };
}

function uploadOf(decision: SessionDecision<number>): DecidedUpload {
  const { finalize } = decision;
  const metadata = parseUploadMetadata(finalize?.metadata ?? null);
  const warnings = decision.warnings.map(({ code, count }) => `${code} (${count})`);
  if (finalize?.merkleRoot != null) {
    warnings.push(`merkle root ${finalize.merkleRoot} is unverified: no algorithm is published`);
  }
  return {
    session: decision.session,
    sessionId: decision.sessionId,
    program: decision.program,
    generation: decision.generation,
    state: decision.state,
    totalChunks: decision.totalChunks,
    chunkCount: decision.chosen.length,
    missing: decision.missing,
    conflicts: decision.conflicts,
    parts: decision.chosen.map(({ ref, method, digest }) => ({ record: ref, method, digest })),
    payloadBytes: decision.payloadBytes,
    merkleRoot: finalize?.merkleRoot ?? null,
    filetype: metadata.filetype,
    filename: metadata.filename,
    contentType: null,
    firstSlot: decision.firstSlot,
    lastSlot: decision.lastSlot,
    finalizeSlot: finalize?.position.slot ?? null,
    finalizeSignature: finalize?.signature ?? null,
    hint: backfillHintOf(decision),
    warnings,
    awaitsLinks: false,
  };
}
