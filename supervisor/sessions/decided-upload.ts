import type { IqGeneration } from '../../src/model/iq-record.ts';
import type { ChunkConflict, SessionState } from '../../src/model/session-result.ts';
import type { BackfillHint } from '../../src/protocols/iq/backfill-hint.ts';

/** A chosen payload: the number of its record in the store, or the bytes themselves. */
export interface UploadPart {
  readonly record: number | Buffer;
  readonly method: number;
  readonly digest: string;
}

/** One upload of any shape (session, linked list, inline), decided from the records the store holds. */
export interface DecidedUpload {
  readonly session: string;
  /** Session id in hex where one account holds several uploads, else null. */
  readonly sessionId: string | null;
  readonly program: string;
  readonly generation: IqGeneration;
  readonly state: SessionState;
  readonly totalChunks: number | null;
  readonly chunkCount: number;
  readonly missing: readonly (readonly [number, number])[];
  readonly conflicts: readonly ChunkConflict[];
  /** In file order. */
  readonly parts: readonly UploadPart[];
  readonly payloadBytes: number;
  readonly merkleRoot: string | null;
  readonly filetype: string | null;
  readonly filename: string | null;
  /** Generation 0's content type, which decides how its text is read. */
  readonly contentType: string | null;
  readonly firstSlot: number;
  readonly lastSlot: number;
  readonly finalizeSlot: number | null;
  readonly finalizeSignature: string | null;
  readonly hint: BackfillHint | undefined;
  /** Sentences about what a person should know. */
  readonly warnings: readonly string[];
  /** True for a linked list that waits for links, which carry no session of their own. */
  readonly awaitsLinks: boolean;
}
