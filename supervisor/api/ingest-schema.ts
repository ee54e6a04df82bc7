import { z } from 'zod';
import type { IngestFacts } from '../../src/model/ingest-facts.ts';
import { type ApiFault, schemaFault } from './api-error.ts';

/** base58 of 32 bytes (an account) up to 64 (a signature): no character that a path could misread. */
export const chainKey = z
  .string()
  .regex(/^[1-9A-HJ-NP-Za-km-z]{32,88}$/, 'a base58 account or signature is expected');

const u32 = z.int().min(0).max(0xffff_ffff);
const slot = z.int().min(0);

const ingestBody = z.object({
  session_pubkey: chainKey,
  session_id: z
    .string()
    .regex(/^[0-9a-f]{32}$/i, '16 bytes as hex are expected')
    .nullish()
    .default(null),
  total_chunks: u32,
  chunk_count: u32,
  payload_base64: z.string(),
  merkle_root: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, '32 bytes as hex are expected')
    .nullish()
    .default(null),
  reader_mode: z.string().max(32).default('pinocchio'),
  first_slot: slot,
  last_slot: slot,
  finalize_slot: slot,
  finalize_signature: z.string().max(128).nullish().default(null),
  compression_method: z.int().min(0).max(255).nullish().default(null),
});

export interface IngestPost {
  readonly facts: IngestFacts;
  readonly payload: Buffer;
}

/** The body of a delivery, believed only when everything in it fits together. */
export function parseIngestPost(body: unknown): IngestPost | ApiFault {
  const parsed = ingestBody.safeParse(body);
  if (!parsed.success) return schemaFault(parsed.error);
  const { payload_base64, ...facts } = parsed.data;
  if (facts.chunk_count !== facts.total_chunks) {
    const message = `chunk_count ${facts.chunk_count} is not total_chunks ${facts.total_chunks}`;
    return { status: 422, error: 'COUNTS', message, expected: 'a complete upload' };
  }
  if (facts.first_slot > facts.last_slot) {
    const message = `first_slot ${facts.first_slot} is after last_slot ${facts.last_slot}`;
    return { status: 422, error: 'SLOTS', message };
  }
  const payload = decodeBase64(payload_base64);
  if (payload === undefined) {
    const message = 'payload_base64: standard base64 with padding is expected';
    return { status: 400, error: 'BASE64', message };
  }
  if (facts.total_chunks === 0 && payload.length > 0) {
    const message = `no chunks cannot hold ${payload.length} bytes`;
    return { status: 422, error: 'COUNTS', message };
  }
  return { facts, payload };
}

/**
 * Node's decoder passes over what it does not know, so a wrong character shows as a missing byte;
 * only the letters of base64url have to be looked for.
 */
function decodeBase64(text: string): Buffer | undefined {
  if (text.length % 4 !== 0 || text.includes('-') || text.includes('_')) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === (text.length / 4) * 3 - padding ? bytes : undefined;
}
