import { hash } from 'node:crypto';
import type { IqGeneration, IqRecord } from '../model/iq-record.ts';
import type { SqlValue } from './store-database.ts';

type WithoutPayload<Record> = Record extends IqRecord ? Omit<Record, 'payload'> : never;

/** A record as it is kept, without its payload: small enough to hold a whole session of them. */
export type IqRecordHead = WithoutPayload<IqRecord> & {
  /** Number of the record in the store; names its payload. */
  readonly id: number;
  /** SHA-256 of the payload in hex; null where the type has none. */
  readonly payloadDigest: string | null;
  readonly payloadBytes: number;
  /** False after the payload was discarded, which happens when the session was delivered. */
  readonly payloadKept: boolean;
};

export interface RecordRow {
  readonly id: number;
  readonly slot: number;
  readonly tx: number;
  readonly tx_exact: number;
  readonly outer: number;
  readonly inner: number;
  readonly signature: string;
  readonly type: IqRecord['type'];
  readonly program: string;
  readonly generation: IqGeneration;
  readonly signer: string;
  readonly failed: number;
  readonly block_time: number;
  readonly session: string | null;
  readonly session_id: string | null;
  readonly chunk_index: number | null;
  readonly method: number | null;
  readonly total_chunks: number | null;
  readonly payload_bytes: number | null;
  readonly payload_digest: string | null;
  /** JSON of the fields that only one type has and nothing searches for. */
  readonly detail: string | null;
}

/** The columns of a record after the four of its place and `tx_exact`. */
export const CONTENT_COLUMNS = [
  'type',
  'program',
  'generation',
  'signer',
  'failed',
  'session',
  'session_id',
  'chunk_index',
  'method',
  'total_chunks',
  'payload_bytes',
  'payload_digest',
  'detail',
] as const;

/**
 * The upload a record belongs to: the session account, the tail's signature for a linked list, or
 * its own signature for an inline file. A link belongs to whichever tails lead to it, so: null.
 */
export function sessionKeyOf(record: IqRecord): string | null {
  switch (record.type) {
    case 'create':
    case 'chunk':
    case 'finalize':
      return record.session;
    case 'tail':
      return record.tailSignature;
    case 'inline':
      return record.signature;
    case 'link':
      return null;
  }
}

export function payloadOf(record: IqRecord): Uint8Array | null {
  return record.type === 'chunk' || record.type === 'link' ? record.payload : null;
}

/** Values of `CONTENT_COLUMNS`, in their order. */
export function contentValues(record: IqRecord): SqlValue[] {
  const payload = payloadOf(record);
  return [
    record.type,
    record.program,
    record.generation,
    record.signer,
    record.failed ? 1 : 0,
    sessionKeyOf(record),
    'sessionId' in record ? record.sessionId : null,
    record.type === 'chunk' ? record.index : null,
    'method' in record ? record.method : null,
    record.type === 'finalize' ? record.totalChunks : null,
    payload?.length ?? null,
    payload === null ? null : hash('sha256', payload),
    detailOf(record),
  ];
}

/** Fields with a column of their own, here or in the record's place; the rest is kept as JSON. */
const FIELDS_WITH_COLUMN: ReadonlySet<string> = new Set([
  ...['position', 'signature', 'program', 'generation', 'signer', 'failed', 'blockTime', 'type'],
  ...['session', 'sessionId', 'tailSignature', 'index', 'method', 'totalChunks', 'payload'],
]);

function detailOf(record: IqRecord): string | null {
  const own = Object.entries(record).filter(([name]) => !FIELDS_WITH_COLUMN.has(name));
  if (own.length === 0) return null;
  own.sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(Object.fromEntries(own));
}

/** Inverse of `contentValues`: the same fields that went in, without the payload. */
export function mapHead(row: RecordRow & { readonly payload_kept: number }): IqRecordHead {
  const detail = row.detail === null ? {} : (JSON.parse(row.detail) as object);
  const base = {
    id: row.id,
    position: { slot: row.slot, transactionIndex: row.tx, outer: row.outer, inner: row.inner },
    signature: row.signature,
    program: row.program,
    generation: row.generation,
    signer: row.signer,
    failed: row.failed === 1,
    blockTime: row.block_time,
    payloadDigest: row.payload_digest,
    payloadBytes: row.payload_bytes ?? 0,
    payloadKept: row.payload_kept === 1,
    ...detail,
  };
  return { ...base, type: row.type, ...ownFields(row) } as IqRecordHead;
}

function ownFields(row: RecordRow): object {
  const { session, session_id: sessionId, method } = row;
  switch (row.type) {
    case 'create':
      return { session };
    case 'chunk':
      return { session, sessionId, index: row.chunk_index, method };
    case 'finalize':
      return { session, sessionId, totalChunks: row.total_chunks };
    case 'link':
      return { method };
    case 'tail':
      return { tailSignature: session };
    case 'inline':
      return {};
  }
}
