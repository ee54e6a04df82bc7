import type { IngestFacts } from '../../src/model/ingest-facts.ts';
import type { NewDelivery } from '../../src/store/outbox.ts';
import { SESSION } from './iq-samples.ts';

export const INGEST_FACTS: IngestFacts = {
  session_pubkey: SESSION,
  session_id: '00'.repeat(16),
  total_chunks: 2,
  chunk_count: 2,
  merkle_root: null,
  reader_mode: 'auto',
  first_slot: 5,
  last_slot: 7,
  finalize_slot: 7,
  finalize_signature: '5'.repeat(88),
  compression_method: 0,
};

export function newDelivery(
  key: string,
  payload: Buffer,
  target = 'http://127.0.0.1:1/',
): NewDelivery {
  return { key, target, upload: '00'.repeat(16), job: null, facts: INGEST_FACTS, payload };
}
