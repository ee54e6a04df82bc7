import { InstructionReader } from './instruction-reader.ts';
import { discriminatorOf, hexOf, type IqInstruction, malformed } from './iq-instruction.ts';

/**
 * Generation 1L, the Anchor build of Hybrid V2. Source: iq-plugin; the names of acc6…, 18da… and
 * 23a3… are confirmed by `sha256("global:" + name)`, those of the other two are unknown.
 *
 * | chunk | discriminator 8 | session id 16 | index u32 | string (u32 length, base64) | method u8, optional |
 * | finalize_hybrid_session | discriminator 8 | session id 16 | total u32 | Merkle root 32, optional |
 * | finalize_bundle | discriminator 8 | total u32 | Merkle root 32, optional |
 */
export const CHUNK_DISCRIMINATORS_1L: ReadonlySet<string> = new Set([
  'acc62c43cdf6460c', // post_hybrid_chunk
  '04f78d7320c33748',
  '044bafd7c25bed4f',
]);
const FINALIZE_HYBRID_SESSION = '18dabeb1e4537e7b';
const FINALIZE_BUNDLE = '23a3d3b13f5ddb8a';
const SESSION_ACCOUNT = 1;

export function decodeGeneration1l(data: Uint8Array): IqInstruction | undefined {
  const discriminator = discriminatorOf(data);
  if (CHUNK_DISCRIMINATORS_1L.has(discriminator)) return decodeChunk(data);
  if (discriminator === FINALIZE_HYBRID_SESSION) return decodeFinalize(data, true);
  if (discriminator === FINALIZE_BUNDLE) return decodeFinalize(data, false);
  return undefined;
}

function decodeChunk(data: Uint8Array): IqInstruction {
  const reader = new InstructionReader(data, 8);
  const sessionId = hexOf(reader.bytes(16, 'session id'));
  const index = reader.u32('chunk index');
  const payload = reader.lengthPrefixed('chunk');
  if (reader.fault !== null) return malformed(`generation 1L: ${reader.fault}`);
  if (payload.length === 0) return malformed('generation 1L: chunk without payload');
  const method = reader.remaining > 0 ? reader.u8('method') : 0;
  return { type: 'chunk', sessionAccount: SESSION_ACCOUNT, sessionId, index, method, payload };
}

function decodeFinalize(data: Uint8Array, withSessionId: boolean): IqInstruction {
  const reader = new InstructionReader(data, 8);
  const sessionId = withSessionId ? hexOf(reader.bytes(16, 'session id')) : null;
  const totalChunks = reader.u32('total chunks');
  const merkleRoot = reader.remaining >= 32 ? hexOf(reader.bytes(32, 'Merkle root')) : null;
  if (reader.fault !== null) return malformed(`generation 1L: ${reader.fault}`);
  return {
    type: 'finalize',
    sessionAccount: SESSION_ACCOUNT,
    claimedSession: null,
    sessionId,
    totalChunks,
    merkleRoot,
    seq: null,
    metadata: null,
  };
}
