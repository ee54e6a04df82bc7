/** `conflicts`: copies of one chunk that differ; the one later on the chain won. */
export interface ChunkConflict {
  readonly index: number;
  readonly keptSignature: string;
  readonly droppedSignature: string;
}

export type SessionState = 'complete' | 'incomplete' | 'recovered';

/** How the file's bytes came from the chunks; `auto` decides between them and reports which. */
export type DecodeRule = 'base64' | 'none';
export type DecodeChoice = 'auto' | DecodeRule;

/**
 * What is known of one upload. Field names are those that `--json` prints.
 * `missing` holds inclusive [from, to] pairs of chunk indexes, bounded in number by the assembler.
 */
export interface SessionResult {
  readonly session: string;
  readonly program: string;
  readonly state: SessionState;
  readonly conflicts: readonly ChunkConflict[];
  readonly total_chunks: number | null;
  readonly chunk_count: number;
  readonly missing: readonly (readonly [number, number])[];
  readonly decode: DecodeRule;
  /** Length of the file; 0 while incomplete. */
  readonly bytes: number;
  readonly sha256: string | null;
  /** Where the file was written, or null. */
  readonly file: string | null;
  readonly delivered: boolean;
  readonly first_slot: number;
  readonly last_slot: number;
  readonly finalize_slot: number | null;
  readonly finalize_signature: string | null;
}
