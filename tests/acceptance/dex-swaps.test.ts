import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Swap, SwapMismatch } from '../../src/model/swap.ts';
import { decodeSwapsOfFile } from '../../src/pipelines/swaps/swaps-decode.ts';

/** Goal: of whole real blocks and many single transactions, exactly the swaps that others found, and none besides. */

const dex = new URL('../../../shared/fixtures/dex/', import.meta.url);
const skip = existsSync(dex)
  ? false
  : 'the real blocks in ../shared/fixtures/dex are not here; they are no part of the project';

interface ExpectedSwap {
  readonly tx_index?: number;
  readonly dex: string;
  readonly outer: number;
  readonly inner: number | null;
  readonly pool: string;
  readonly user: string;
  readonly vaults: readonly string[];
  readonly vault_mints: readonly string[];
  readonly in_vault?: string | null;
  readonly amount_in: string;
  readonly amount_out: string;
  readonly event?: { readonly sol?: string; readonly buy?: string } | null;
  /** `none`: the call only placed an order. */
  readonly verdict: string;
}

interface Found extends Swap {
  readonly transactionIndex: number | null;
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, dex), 'utf8'));
}

async function decodeFile(
  path: string,
  generic = false,
): Promise<{ swaps: Found[]; mismatches: SwapMismatch[] }> {
  const swaps: Found[] = [];
  const mismatches: SwapMismatch[] = [];
  const file = fileURLToPath(new URL(path, dex));
  const { signal } = new AbortController();
  for await (const decoded of decodeSwapsOfFile(file, { generic }, signal)) {
    const { transactionIndex } = decoded;
    swaps.push(...decoded.swaps.map((swap) => ({ ...swap, transactionIndex })));
    mismatches.push(...decoded.mismatches);
  }
  return { swaps, mismatches };
}

/** Facts of a swap that the expectation tells, in its own words; a leg in lamports stands as 0 there, or in its event. */
function wordsOf(swap: Found, expected: ExpectedSwap): ExpectedSwap {
  const native = expected.vaults.length === 1;
  const bought = swap.mintOut === expected.vault_mints[0];
  const quote = native && expected.event?.sol !== undefined;
  return {
    ...expected,
    dex: swap.program,
    pool: swap.pool,
    user: swap.user,
    amount_in: native && bought ? '0' : `${swap.amountIn}`,
    amount_out: native && !bought ? '0' : `${swap.amountOut}`,
    ...(quote
      ? {
          event: {
            ...expected.event,
            sol: `${bought ? swap.amountIn : swap.amountOut}`,
            buy: bought ? '1' : '0',
          },
        }
      : {}),
  };
}

/** Takes the swap out of `swaps`, so that what is left was not expected. */
function assertFound(swaps: Found[], expected: ExpectedSwap): void {
  const at = swaps.findIndex(
    (swap) =>
      swap.outer === expected.outer &&
      swap.inner === (expected.inner ?? -1) &&
      (expected.tx_index === undefined || swap.transactionIndex === expected.tx_index),
  );
  const [swap] = at < 0 ? [] : swaps.splice(at, 1);
  assert(swap, `missing: ${JSON.stringify(expected)}`);
  assert.deepEqual(wordsOf(swap, expected), expected);
  const native =
    expected.vaults.length === 1 ? ['So11111111111111111111111111111111111111112'] : [];
  const mints = [...expected.vault_mints, ...native].sort();
  assert.deepEqual([swap.mintIn, swap.mintOut].sort(), mints);
  if (typeof expected.in_vault === 'string') {
    const paidInto = expected.vaults.indexOf(expected.in_vault);
    assert.equal(swap.mintIn, expected.vault_mints[paidInto]);
  }
}

function tally<T>(items: readonly T[], keyOf: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + 1;
  return counts;
}

test('every swap of two whole blocks is found once, with exact amounts, and nothing else is', {
  skip,
}, async () => {
  for (const [slot, count] of [
    [254170887, 58],
    [285000037, 140],
  ] as const) {
    const expected = readJson(`blocks/expected_${slot}.json`) as ExpectedSwap[];
    const traded = expected.filter(({ verdict }) => verdict !== 'none');
    assert.equal(traded.length, count);
    const { swaps } = await decodeFile(`blocks/${slot}.json`);
    for (const swap of traded) assertFound(swaps, swap);
    assert.deepEqual(swaps, []);
  }
});

test('programs that tell their amounts agree with the transfers, but for shares that are rounded', {
  skip,
}, async () => {
  const first = await decodeFile('blocks/254170887.json');
  const second = await decodeFile('blocks/285000037.json');
  assert.deepEqual(
    tally(
      [...first.swaps, ...second.swaps],
      ({ program, confidence }) => `${program} ${confidence}`,
    ),
    {
      'raydium_amm_v4 checked': 137,
      'orca_whirlpool transfers': 20,
      'meteora_dlmm checked': 10,
      'phoenix transfers': 5,
      'meteora_damm_v1 differs': 2,
      'meteora_damm_v1 checked': 2,
      'raydium_clmm checked': 7,
      'lifinity_v2 transfers': 3,
      'pumpfun checked': 12,
    },
  );
  const mismatches = tally(
    [...first.mismatches, ...second.mismatches],
    ({ program, reason }) => `${program} ${reason}`,
  );
  assert.deepEqual(mismatches, { 'meteora_damm_v1 event-amount-in': 2 });
});

test('guesses add exchanges of older programs to what is known, and change nothing of it', {
  skip,
}, async () => {
  const known = await decodeFile('blocks/254170887.json');
  const { swaps } = await decodeFile('blocks/254170887.json', true);
  assert.deepEqual(
    swaps.filter(({ confidence }) => confidence !== 'generic'),
    known.swaps,
  );
  const guessed = swaps.filter(({ confidence }) => confidence === 'generic');
  assert.deepEqual(
    tally(guessed, ({ programId }) => programId),
    {
      // Saros, Orca's first two pools, Invariant and Mercurial.
      SSwapUtytfBdBn1b9NUGG6foMVPtcWgpRU32HToDUZr: 2,
      '9W959DqEETiGZocYWCQPaJ6sBmUzgfxXfqGeTEdp3aQP': 4,
      DjVE6JNiYqPL2QXyCUUh8rNjHrbz9hXHNYt99MQ59qw1: 1,
      HyaB3W9q6XdA5xwpU4XnSZV94htfmbmqJXZcEbRaJutt: 2,
      MERLuDFBMmsHnsBPZw2sDQZHvXFMwp8EdjudcU2HKky: 2,
    },
  );
});

/** Two-hop swaps of a test network that the expectations do not list. */
const TWO_HOPS = ['5kHDKFQJ2xovfHqd', 'HKe8XRZqDHnwaYih'];
/** Programs that the expectations know; others are found by the order of their transfers. */
const KNOWN_BY_VAULTS = /^(raydium|orca|meteora|pump|phoenix|lifinity|openbook|pancake|byreal)/;

test('single transactions of every kind hold exactly the expected swaps', { skip }, async (t) => {
  const manifest = readJson('manifest_tx.json') as {
    file: string;
    expected_swaps: ExpectedSwap[] | null;
  }[];
  let found = 0;
  for (const { file, expected_swaps } of manifest) {
    const name = basename(file);
    await t.test(name, async () => {
      const { swaps, mismatches } = await decodeFile(`transactions/${name}`);
      const known = swaps.filter(({ program }) => KNOWN_BY_VAULTS.test(program));
      for (const swap of expected_swaps ?? []) assertFound(known, swap);
      found += expected_swaps?.length ?? 0;
      if (TWO_HOPS.some((start) => name.startsWith(start))) {
        assert.deepEqual(
          known.map(({ hop }) => hop),
          [0, 1],
        );
        assert.equal(known[0]?.mintOut, known[1]?.mintIn);
        assert.equal(known[0]?.amountOut, known[1]?.amountIn);
      } else assert.deepEqual(known, []);
      assert.deepEqual(mismatches, []);
    });
  }
  assert.equal(found, 76);
});
