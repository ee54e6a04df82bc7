import type { IngestFacts } from '../model/ingest-facts.ts';

/** Bytes turned to base64 at a time; a multiple of 3, so that no padding stands inside. */
const SLICE_BYTES = 48 * 1024;

/**
 * The JSON body of a delivery in one buffer of its final size. The payload goes through short
 * texts only: a file of hundreds of megabytes never becomes one JavaScript string.
 */
export function buildIngestBody(facts: IngestFacts, payload: Uint8Array): Buffer {
  const head = `${JSON.stringify(facts).slice(0, -1)},"payload_base64":"`;
  const tail = '"}';
  const headBytes = Buffer.byteLength(head);
  const base64Bytes = 4 * Math.ceil(payload.length / 3);
  const body = Buffer.allocUnsafe(headBytes + base64Bytes + tail.length);
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  let at = body.write(head, 0, 'utf8');
  for (let from = 0; from < bytes.length; from += SLICE_BYTES) {
    const to = Math.min(bytes.length, from + SLICE_BYTES);
    at += body.write(bytes.toString('base64', from, to), at, 'latin1');
  }
  body.write(tail, at, 'latin1');
  return body;
}
