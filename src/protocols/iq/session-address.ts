import { createHash } from 'node:crypto';
import { decodePublicKey, encodeBase58 } from '../../core/base58.ts';

/**
 * Address of generation 3's session account, derived from who owns it: a record whose signer and
 * `seq` lead to its session account proves that the signer is the session's owner.
 * Seeds: IQCoreTeam/iqlabs-solana-sdk, checked against the addresses its npm package computes.
 */
const SESSION_SEED = Buffer.from('bundlemY}AGBJiqLabs');
/** Suffix of every derived address: Solana's `PDA_MARKER`. */
const DERIVED_ADDRESS_MARKER = Buffer.from('ProgramDerivedAddress');

/** Base58 session address, or undefined when an argument is not a public key or a u64. */
export function sessionAddressOf(program: string, user: string, seq: string): string | undefined {
  const programKey = decodePublicKey(program);
  const userKey = decodePublicKey(user);
  if (programKey === undefined || userKey === undefined || !/^\d{1,20}$/.test(seq))
    return undefined;
  const number = BigInt(seq);
  if (number >= 1n << 64n) return undefined;
  const seqBytes = Buffer.alloc(8);
  seqBytes.writeBigUInt64LE(number);
  // Solana takes the first bump, counting down, whose hash is no point of the curve.
  for (let bump = 255; bump >= 0; bump--) {
    const hash = createHash('sha256')
      .update(SESSION_SEED)
      .update(programKey)
      .update(userKey)
      .update(seqBytes)
      .update(Buffer.of(bump))
      .update(programKey)
      .update(DERIVED_ADDRESS_MARKER)
      .digest();
    if (!isCurvePoint(hash)) return encodeBase58(hash);
  }
  return undefined;
}

/** Prime and curve constant of Ed25519, RFC 8032 section 5.1. */
const P = 2n ** 255n - 19n;
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;

/**
 * Whether 32 bytes are a compressed Ed25519 point: whether x² = (y² − 1) / (d·y² + 1) has a root.
 * A quotient is a square exactly when the product of its two parts is one, which saves the
 * inversion; Euler's criterion decides that.
 */
export function isCurvePoint(bytes: Uint8Array): boolean {
  let y = 0n;
  for (let i = 31; i >= 0; i--) y = (y << 8n) | BigInt(bytes[i] ?? 0);
  y = (y & ((1n << 255n) - 1n)) % P;
  const ySquared = (y * y) % P;
  const product = ((ySquared + P - 1n) * ((D * ySquared + 1n) % P)) % P;
  return product === 0n || power(product, (P - 1n) / 2n) === 1n;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % P;
    square = (square * square) % P;
  }
  return result;
}
