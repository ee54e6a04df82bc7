import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { LedgerTransaction } from '../../../src/model/ledger-transaction.ts';
import { decodeSwaps } from '../../../src/protocols/dex/decode-swaps.ts';
import type { SwapMeta } from '../../../src/protocols/dex/swap-transaction.ts';
import { makeTransaction, TOKEN, TOKEN_2022 } from '../../support/swap-transaction.ts';

/** Goal: whatever stands in a transaction, decoding it neither throws nor tells a place that is not there. */

const PROGRAMS = [
  TOKEN,
  TOKEN_2022,
  'JUP6LkbZbjS1jKKwapdHNy74zcZ3tLUZoi5QNyVTaV4',
  'unknown program',
  '675kPX9MHTjS2zt1qfr1NYHuzeLXfQM9H24wFSUt1Mp8',
  'CAMMCzo5YL8w4VFF8KVHrK22GGUsp5VTaW7grrKgrWqK',
  'CPMMoo8L3F4NbTegBCKVNunggL7H1ZpdTHKxQB5qKP1C',
  'whirLbMiicVdio4qvUfM5KAg6Ct8VwpYzGff3uctyCc',
  '6EF8rrecthR5Dkzon8Nwu78hRvfCKubJ14M5uBEwF6P',
  'pAMMBay6oceH9fJKBRHGP5D4bD4sWpmSwMn52FMfXEA',
  'PhoeNiXZ8ByJGLkxNfZRnkUfjvmuYqLR89jjFHGqdXY',
  'cpamdpZCGKUy5JxQXB4dcpGPiikHawvSWAd6mEn1sGG',
  '9H6tua7jkLhdm3w8BvgpTn5LZNU7g4ZynDmCiNN3q6Rp',
];

/** Beginnings that lead far into the decoder, so that what follows them matters. */
const STARTS = [
  '',
  '03',
  '0c',
  '1a01',
  'ff',
  '00',
  '02',
  '09',
  '0f01',
  'f8c69e91e17587c8',
  '2b04ed0b1ac91e62',
  '457d73daf5baf2c4',
  'c360ed6c44a2dbe6',
  '8fbe5adac41e33de',
  '66063d1201daebea',
  'b817ee6167c5d33d',
  'e445a52e51cb9a1dbddb7fd34ee661ee',
  'e445a52e51cb9a1d67f4521f2cf57777',
  'e445a52e51cb9a1d40c6cde8260871e2',
];

const { accountKeys } = makeTransaction({
  calls: PROGRAMS.map((program) => ({ program, data: Buffer.alloc(0) })),
}).transaction;
const KEYS = accountKeys.length / 32;

/** Keys that calls name often, so that transfers meet vaults; one more than there are, since records can name those. */
const key = fc.oneof({ weight: 20, arbitrary: fc.nat(5) }, { weight: 1, arbitrary: fc.nat(KEYS) });
const accounts = (minLength: number) =>
  fc.array(key, { minLength, maxLength: minLength + 20 }).map((list) => Uint8Array.from(list));
const rest = fc.uint8Array({ maxLength: 400 });
const height = fc.option(fc.integer({ min: 1, max: 5 }), { freq: 20 });

/** Swap instructions by the place of their program in PROGRAMS. */
const SWAPS = [
  [4, '09'],
  [5, 'f8c69e91e17587c8'],
  [5, '457d73daf5baf2c4'],
  [6, '8fbe5adac41e33de'],
  [7, 'c360ed6c44a2dbe6'],
  [8, '66063d1201daebea'],
  [8, 'b817ee6167c5d33d'],
  [9, '33e685a4017f83ad'],
  [10, '02'],
  [11, '414b3f4ceb5b5b88'],
] as const;

const swapCall = fc
  .record({ swap: fc.constantFrom(...SWAPS), stackHeight: height, accounts: accounts(10), rest })
  .map(({ swap: [program, start], rest: end, ...call }) => ({
    ...call,
    // The signer's key stands before those of the programs.
    programIndex: program + 1,
    data: Buffer.concat([Buffer.from(start, 'hex'), end]),
  }));
const anyCall = fc.record({
  stackHeight: height,
  programIndex: fc.nat(KEYS),
  accounts: accounts(0),
  data: fc
    .tuple(fc.constantFrom(...STARTS), rest)
    .map(([start, end]) => Buffer.concat([Buffer.from(start, 'hex'), end])),
});
const transferCall = fc.record({
  stackHeight: fc.constant(6),
  programIndex: fc.nat(1).map((token) => token + 1),
  accounts: accounts(3),
  data: fc
    .tuple(fc.constantFrom('03', '0c', '1a01'), fc.uint8Array({ minLength: 18, maxLength: 18 }))
    .map(([start, end]) => Buffer.concat([Buffer.from(start, 'hex'), end])),
});
const instruction = fc
  .tuple(fc.nat(3), fc.oneof(anyCall, swapCall, { weight: 4, arbitrary: transferCall }))
  .map(([outer, call]) => ({ outer, ...call }));

const line = fc.oneof(
  fc
    .tuple(fc.constantFrom(...PROGRAMS), fc.integer({ min: -1, max: 6 }))
    .map(([program, depth]) => `Program ${program} invoke [${depth}]`),
  fc.constantFrom(...PROGRAMS).map((program) => `Program ${program} success`),
  fc.base64String({ maxLength: 400 }).map((text) => `Program data: ${text}`),
  fc.string().map((text) => `Program log: ray_log: ${text}`),
  fc.constantFrom('Log truncated', 'Program ', 'Program data: ', 'Program log: x success'),
);

const balance = fc.record({
  accountIndex: fc.nat(KEYS),
  mint: fc.constantFrom('mint a', 'mint b'),
  owner: fc.option(fc.constantFrom('owner a', 'owner b')),
  programId: fc.constant(null),
  amount: fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String),
    fc.constantFrom('', 'x'),
  ),
  decimals: fc.nat(255),
});

const made = fc.record({
  instructions: fc.array(instruction, { minLength: 10, maxLength: 40 }),
  logMessages: fc.option(fc.array(line, { maxLength: 60 })),
  preTokenBalances: fc.option(fc.array(balance)),
  postTokenBalances: fc.option(fc.array(balance)),
});

function transactionOf(parts: readonly Omit<LedgerTransaction['instructions'][number], 'inner'>[]) {
  const sorted = [...parts].sort((one, other) => one.outer - other.outer);
  const instructions = sorted.map((part, at) => ({
    ...part,
    inner: at - sorted.findIndex(({ outer }) => outer === part.outer) - 1,
  }));
  return {
    ...{ slot: 1, transactionIndex: 0, blockTime: 0, failed: false, signerCount: 2 },
    signature: new Uint8Array(64),
    accountKeys,
    instructions,
  };
}

test('no record of a transaction makes decoding throw, and every swap stands at a call', () => {
  let found = 0;
  fc.assert(
    fc.property(made, fc.boolean(), ({ instructions, ...meta }, generic) => {
      const transaction = transactionOf(instructions);
      const { swaps, mismatches } = decodeSwaps(transaction, meta satisfies SwapMeta, { generic });
      for (const { outer, inner } of [...swaps, ...mismatches]) {
        assert(
          transaction.instructions.some((call) => call.outer === outer && call.inner === inner),
        );
      }
      found += swaps.length;
      for (const { amountIn, amountOut, pool, user } of swaps) {
        assert(amountIn >= 0n && amountOut >= 0n && pool !== '' && user !== '');
      }
    }),
    { numRuns: 1000, seed: 3 },
  );
  assert(found > 100, `only ${found} swaps were made up`);
});
