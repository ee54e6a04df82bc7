/**
 * What the ingest endpoint is told about a finished upload besides its bytes. Names are those of
 * the IQ plugin's POST body; `payload_base64` is added where the body is written.
 */
export interface IngestFacts {
  /** Session account; for linked lists and inline uploads the signature they are known by. */
  readonly session_pubkey: string;
  /** 16 bytes as hex, or null where the layout has none. */
  readonly session_id: string | null;
  readonly total_chunks: number;
  readonly chunk_count: number;
  /** 32 bytes as hex, or null; never verified. */
  readonly merkle_root: string | null;
  readonly reader_mode: string;
  readonly first_slot: number;
  readonly last_slot: number;
  readonly finalize_slot: number;
  readonly finalize_signature: string | null;
  readonly compression_method: number | null;
}
