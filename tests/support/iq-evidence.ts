import type { IqChunk, IqCreate, IqFinalize, IqGeneration } from '../../src/model/iq-record.ts';

export const OWNER = 'owner';
export const SESSION = 'session';
export const PROGRAM = 'program';

interface Sample {
  readonly slot?: number;
  readonly signer?: string;
  readonly failed?: boolean;
  readonly generation?: IqGeneration;
  readonly sessionId?: string | null;
}

/** The signature is `s<slot>`: one transaction a slot is enough for what these samples are for. */
function base(sample: Sample, slot: number) {
  return {
    position: { slot: sample.slot ?? slot, transactionIndex: 0, outer: 0, inner: -1 },
    signature: `s${sample.slot ?? slot}`,
    program: PROGRAM,
    session: SESSION,
    generation: sample.generation ?? ('1P' as const),
    signer: sample.signer ?? OWNER,
    failed: sample.failed ?? false,
    blockTime: 0,
  };
}

export function createRecord(sample: Sample = {}): IqCreate {
  return { ...base(sample, 1), type: 'create', seq: '0' };
}

/** Stands at slot 100 + index unless said otherwise. */
export function chunkRecord(index: number, text: string, sample: Sample = {}): IqChunk {
  return {
    ...base(sample, 100 + index),
    ...{ type: 'chunk', sessionId: sample.sessionId ?? null, index, method: 0 },
    payload: Buffer.from(text),
  };
}

/** Stands at slot 1000 unless said otherwise. */
export function finalizeRecord(
  totalChunks: number,
  sample: Sample & { readonly metadata?: string } = {},
): IqFinalize {
  return {
    ...base(sample, 1000),
    ...{ type: 'finalize', sessionId: sample.sessionId ?? null, totalChunks },
    ...{ merkleRoot: null, seq: null, metadata: sample.metadata ?? null },
  };
}
