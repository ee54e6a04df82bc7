/** Builds wire transactions of the versions that no fixture has, byte by byte after the specification. */

export interface WireInstruction {
  readonly program: number;
  readonly accounts: readonly number[];
  readonly data: Uint8Array;
}

/** A version 1 transaction (SIMD-0385) with two signatures, a priority fee and a compute limit. */
export function version1Transaction(
  keys: readonly Uint8Array[],
  instructions: readonly WireInstruction[],
): Buffer {
  const heads = instructions.map(({ program, accounts, data }) =>
    Buffer.of(program, accounts.length, data.length & 0xff, data.length >> 8),
  );
  const payloads = instructions.map(({ accounts, data }) =>
    Buffer.concat([Buffer.from(accounts), data]),
  );
  return Buffer.concat([
    Buffer.of(0x81, 2, 1, 1),
    Buffer.of(0b111, 0, 0, 0),
    Buffer.alloc(32, 0xbb),
    Buffer.of(instructions.length, keys.length),
    ...keys,
    Buffer.alloc(12, 0xcc),
    ...heads,
    ...payloads,
    Buffer.alloc(64, 0xa1),
    Buffer.alloc(64, 0xa2),
  ]);
}

/** A legacy transaction with all counts below 128. */
export function legacyTransaction(
  signatures: number,
  keys: readonly Uint8Array[],
  instructions: readonly WireInstruction[],
): Buffer {
  const parts = instructions.map(({ program, accounts, data }) =>
    Buffer.concat([Buffer.of(program, accounts.length, ...accounts), Buffer.of(data.length), data]),
  );
  return Buffer.concat([
    Buffer.of(signatures),
    Buffer.alloc(signatures * 64, 0xa1),
    Buffer.of(signatures, 0, 1, keys.length),
    ...keys,
    Buffer.alloc(32, 0xbb),
    Buffer.of(instructions.length),
    ...parts,
  ]);
}
