import { createHash } from 'node:crypto';
import type {
  IqChunk,
  IqCreate,
  IqFinalize,
  IqGeneration,
  IqRecord,
} from '../../model/iq-record.ts';
import { compareOnChain } from './chain-order.ts';

/**
 * A chunk without its bytes: what a decision needs. `Ref` is whatever leads back to the payload,
 * a row id of the store or the bytes themselves, so deciding over many chunks stays small.
 */
export interface ChunkEntry<Ref>
  extends Pick<
    IqChunk,
    'position' | 'signature' | 'signer' | 'failed' | 'sessionId' | 'index' | 'method'
  > {
  /** Any digest of the payload that is equal exactly when the bytes are. */
  readonly digest: string;
  /** Length of the payload. */
  readonly bytes: number;
  readonly ref: Ref;
}

/** All that is known of one session account under one program, in any order, repetitions allowed. */
export interface SessionEvidence<Ref> {
  readonly program: string;
  readonly session: string;
  readonly generation: IqGeneration;
  readonly creates: readonly IqCreate[];
  readonly finalizes: readonly IqFinalize[];
  readonly chunks: readonly ChunkEntry<Ref>[];
}

/** The SHA-256 by which copies of a chunk are compared, as lower-case hex. */
export function chunkDigest(payload: Uint8Array): string {
  return createHash('sha256').update(payload).digest('hex');
}

export function chunkEntry<Ref>(chunk: IqChunk, ref: Ref): ChunkEntry<Ref> {
  const { position, signature, signer, failed, sessionId, index, method, payload } = chunk;
  return {
    ...{ position, signature, signer, failed, sessionId, index, method, ref },
    digest: chunkDigest(payload),
    bytes: payload.length,
  };
}

/** Sorts records held in memory into evidence per (program, session, generation); the rest is left out. */
export function collectEvidence(records: Iterable<IqRecord>): SessionEvidence<Uint8Array>[] {
  const byKey = new Map<string, OpenEvidence>();
  for (const record of records) {
    if (record.type !== 'create' && record.type !== 'chunk' && record.type !== 'finalize') continue;
    const { program, session, generation } = record;
    const key = `${program} ${session} ${generation}`;
    let open = byKey.get(key);
    if (open === undefined) {
      open = { program, session, generation, creates: [], finalizes: [], chunks: [] };
      byKey.set(key, open);
    }
    if (record.type === 'create') open.creates.push(record);
    else if (record.type === 'finalize') open.finalizes.push(record);
    else open.chunks.push(chunkEntry(record, record.payload));
  }
  return [...byKey.values()];
}

interface OpenEvidence {
  readonly program: string;
  readonly session: string;
  readonly generation: IqGeneration;
  readonly creates: IqCreate[];
  readonly finalizes: IqFinalize[];
  readonly chunks: ChunkEntry<Uint8Array>[];
}

export interface Upload<Ref> {
  /** 16 bytes as hex; null where the generation has no session ids. */
  readonly sessionId: string | null;
  readonly evidence: SessionEvidence<Ref>;
}

/**
 * Generations 1P and 1L reuse a session account: another session id means another upload, whose
 * chunks are never mixed with the first one's. `finalize_bundle` carries no id: it closes the
 * upload whose chunk, by the same signer, came last before it, else the first one after it.
 */
export function splitUploads<Ref>(evidence: SessionEvidence<Ref>): Upload<Ref>[] {
  const named = new Set<string | null>();
  for (const { sessionId } of evidence.chunks) named.add(sessionId);
  for (const { sessionId } of evidence.finalizes) if (sessionId !== null) named.add(sessionId);
  const [onlyId = null] = named;
  if (named.size <= 1) return [{ sessionId: onlyId, evidence }];
  const chunks = Map.groupBy(evidence.chunks, ({ sessionId }) => sessionId);
  const finalizes = Map.groupBy(
    evidence.finalizes,
    (finalize) => finalize.sessionId ?? uploadClosedBy(finalize, evidence.chunks),
  );
  return [...new Set([...named, ...finalizes.keys()])]
    .sort((a, b) => ((a ?? '') < (b ?? '') ? -1 : 1))
    .map((sessionId) => ({
      sessionId,
      evidence: {
        ...evidence,
        chunks: chunks.get(sessionId) ?? [],
        finalizes: finalizes.get(sessionId) ?? [],
      },
    }));
}

function uploadClosedBy<Ref>(
  finalize: IqFinalize,
  chunks: readonly ChunkEntry<Ref>[],
): string | null {
  let before: ChunkEntry<Ref> | undefined;
  let after: ChunkEntry<Ref> | undefined;
  for (const chunk of chunks) {
    if (chunk.failed || chunk.signer !== finalize.signer) continue;
    if (compareOnChain(chunk, finalize) < 0) {
      if (before === undefined || compareOnChain(before, chunk) < 0) before = chunk;
    } else if (after === undefined || compareOnChain(chunk, after) < 0) after = chunk;
  }
  return (before ?? after)?.sessionId ?? null;
}
