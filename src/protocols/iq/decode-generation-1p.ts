import { Buffer, isUtf8 } from 'node:buffer';
import { CHUNK_DISCRIMINATORS_1L } from './decode-generation-1l.ts';
import { discriminatorOf, hexOf, type IqInstruction, malformed } from './iq-instruction.ts';

/**
 * Generation 1P, the "Pinocchio" build of Hybrid V2: one-byte discriminators.
 * Sources: iq-plugin and IQDBWebsite agree on the chunk, iq-plugin alone knows the finalizer; the
 * account position is iq-plugin's.
 *
 * Two chunk discriminators of generation 1L begin with this chunk byte. Data that starts with all
 * eight of their bytes is left alone: a session id that continues them comes once in 2 ** 56.
 *
 * | chunk  | 0: 04 | 1: session id, 16 | 17: index u32 | 21: method u8 | 22: payload to the end |
 * | finalize | 0: 05 | 1: session id, 16 | 17: total u32 | 21: Merkle root, 32, optional |
 */
const CHUNK_1P = 0x04;
const FINALIZE_1P = 0x05;
const SESSION_ACCOUNT = 1;
const FIXED_BYTES = 21;

export function decodeGeneration1p(data: Uint8Array): IqInstruction | undefined {
  if (data[0] !== CHUNK_1P && data[0] !== FINALIZE_1P) return undefined;
  if (CHUNK_DISCRIMINATORS_1L.has(discriminatorOf(data))) return undefined;
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.length);
  if (bytes.length < FIXED_BYTES) {
    return malformed(`generation 1P: needs ${FIXED_BYTES} bytes, has ${bytes.length}`);
  }
  const sessionId = hexOf(bytes.subarray(1, 17));
  const number = bytes.readUInt32LE(17);
  if (bytes[0] === CHUNK_1P) return decodeChunk(bytes, sessionId, number);
  return {
    type: 'finalize',
    sessionAccount: SESSION_ACCOUNT,
    claimedSession: null,
    sessionId,
    totalChunks: number,
    merkleRoot: bytes.length >= FIXED_BYTES + 32 ? hexOf(bytes.subarray(21, 53)) : null,
    seq: null,
    metadata: null,
  };
}

function decodeChunk(bytes: Buffer, sessionId: string, index: number): IqInstruction {
  const prefixed = lengthPrefixedPayload(bytes);
  const method = prefixed === undefined ? (bytes[FIXED_BYTES] ?? 0) : prefixed.method;
  const payload = prefixed === undefined ? bytes.subarray(FIXED_BYTES + 1) : prefixed.payload;
  if (payload.length === 0) return malformed('generation 1P: chunk without payload');
  return { type: 'chunk', sessionAccount: SESSION_ACCOUNT, sessionId, index, method, payload };
}

/**
 * Variant of the SDK of January and February 2026: after the index a u32 length and a UTF-8 string
 * that end before the data does, then the method. It is taken when the length fits strictly inside
 * the rest. The usual form can hardly be mistaken for it: method 0 and three base64 letters read
 * as a u32 are larger than any transaction.
 */
function lengthPrefixedPayload(bytes: Buffer): { method: number; payload: Buffer } | undefined {
  const start = FIXED_BYTES + 4;
  if (bytes.length <= start) return undefined;
  const end = start + bytes.readUInt32LE(FIXED_BYTES);
  if (end === start || end >= bytes.length) return undefined;
  const payload = bytes.subarray(start, end);
  return isUtf8(payload) ? { method: bytes[end] ?? 0, payload } : undefined;
}
