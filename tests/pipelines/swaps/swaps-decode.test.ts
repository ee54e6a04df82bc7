import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { zstdDecompressSync } from 'node:zlib';
import {
  type DecodedTransaction,
  decodeSwapsOfFile,
} from '../../../src/pipelines/swaps/swaps-decode.ts';
import { tempFolder } from '../../support/temp-folder.ts';

/** Goal: answers of RPC in every encoding give the swaps of the transactions they hold. */

const fixtures = new URL('../../fixtures/', import.meta.url);
const SOL = 'So11111111111111111111111111111111111111112';
const USDC = 'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v';

async function decodeFile(file: string): Promise<DecodedTransaction[]> {
  const decoded: DecodedTransaction[] = [];
  const { signal } = new AbortController();
  for await (const one of decodeSwapsOfFile(file, { generic: false }, signal)) decoded.push(one);
  return decoded;
}

function fixture(name: string): string {
  return fileURLToPath(new URL(`dex/${name}`, fixtures));
}

/** Program, position, amounts and confidence of every swap of a fixture. */
async function swapsOf(name: string) {
  const decoded = await decodeFile(fixture(name));
  assert.deepEqual(
    decoded.flatMap(({ mismatches }) => mismatches),
    [],
  );
  return decoded.flatMap(({ swaps }) =>
    swaps.map((swap) => [
      swap.program,
      [swap.outer, swap.inner],
      swap.mintIn,
      swap.amountIn,
      swap.mintOut,
      swap.amountOut,
      swap.confidence,
    ]),
  );
}

test('a whole block gives exactly the swaps that an independent program found in it', async (t) => {
  const folder = tempFolder(t);
  const packed = readFileSync(new URL('ledger/254170887.json.zst', fixtures));
  const file = join(folder, '254170887.json');
  writeFileSync(file, zstdDecompressSync(packed));
  const decoded = await decodeFile(file);
  assert.equal(decoded.length, 602);
  const found = decoded.flatMap(({ slot, transactionIndex, swaps }) =>
    swaps.map((swap) => {
      assert.equal(slot, 254170887);
      return {
        tx_index: transactionIndex,
        dex: swap.program,
        outer: swap.outer,
        inner: swap.inner < 0 ? null : swap.inner,
        pool: swap.pool,
        user: swap.user,
        mint_in: swap.mintIn,
        amount_in: `${swap.amountIn}`,
        mint_out: swap.mintOut,
        amount_out: `${swap.amountOut}`,
      };
    }),
  );
  const expected = JSON.parse(readFileSync(fixture('expected-254170887.json'), 'utf8')) as {
    vaults: string[];
    vault_mints: string[];
    in_vault: string;
  }[];
  assert.deepEqual(
    found,
    expected.map(({ vaults, vault_mints, in_vault, ...swap }) => {
      const side = vaults.indexOf(in_vault);
      return { ...swap, mint_in: vault_mints[side], mint_out: vault_mints[1 - side] };
    }),
  );
});

test('a transaction in encoding jsonParsed, whose transfers are described instead of given', async () => {
  assert.deepEqual(await swapsOf('pumpfun-buy-v2-parsed.json'), [
    [
      'pumpfun',
      [2, 0],
      USDC,
      3517192n,
      '4F4gGVBAWuKi3EpmYdhntXvCVFqZZqmrb1cqNGawpump',
      445377137871n,
      'checked',
    ],
  ]);
});

test('a transaction in encoding base64 that makes a coin and buys it at once', async () => {
  const [swap, ...others] = await swapsOf('pumpfun-create-buy-base64.json');
  assert.deepEqual(others, []);
  assert.deepEqual(swap?.slice(0, 3), ['pumpfun', [2, -1], SOL]);
  assert.deepEqual(swap?.slice(4), [
    '7YD6ZHb39jGb33ki2iFd7kHK11yMkSFCc9kvjJscpump',
    3520371073923n,
    'checked',
  ]);
});

test('each hop of a route is one swap, and the aggregator none', async () => {
  const hops = await swapsOf('jupiter-solfi-obric-whirlpool.json');
  assert.deepEqual(
    hops.map(([program, at, , amountIn, , amountOut]) => [program, at, amountIn, amountOut]),
    [
      ['solfi', [8, 1], 49563n, 543506n],
      ['obric_v2', [8, 5], 543506n, 3679489n],
      ['orca_whirlpool', [8, 9], 3679489n, 1265445n],
    ],
  );
  assert.deepEqual(
    (await swapsOf('raydium-route-clmm.json')).map(([program, at]) => [program, at]),
    [
      ['raydium_clmm', [0, 0]],
      ['raydium_clmm', [0, 8]],
    ],
  );
  assert.deepEqual(
    (await swapsOf('jupiter-dlmm-pumpfun.json')).map(([program]) => program),
    ['meteora_dlmm', 'pumpfun'],
  );
  assert.deepEqual(await swapsOf('jupiter-failed.json'), []);
});

test('an RPC envelope and a list give the same as the bare answer', async (t) => {
  const folder = tempFolder(t);
  const bare: unknown = JSON.parse(readFileSync(fixture('raydium-route-clmm.json'), 'utf8'));
  const file = join(folder, 'answers.json');
  writeFileSync(file, JSON.stringify([{ jsonrpc: '2.0', id: 1, result: bare }, bare]));
  const [once] = await decodeFile(fixture('raydium-route-clmm.json'));
  assert.deepEqual(await decodeFile(file), [once, once]);
});

test('a file that is no answer of RPC is named in the error, with what was expected', async (t) => {
  const folder = tempFolder(t);
  for (const [text, message] of [
    ['{"transactions": 5}', /reading wrong\.json: expected an answer to getBlock/],
    ['[1]', /reading wrong\.json: expected an answer to getBlock/],
    ['{"slot"', /reading wrong\.json: expected JSON/],
  ] as const) {
    const file = join(folder, 'wrong.json');
    writeFileSync(file, text);
    await assert.rejects(decodeFile(file), { code: 'RECORD_MALFORMED', message });
  }
  await assert.rejects(decodeFile(join(folder, 'missing.json')), { code: 'USAGE' });
});
