import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import { OperatingError } from '../../../src/core/errors.ts';
import { readPackInput } from '../../../src/pack/read-pack-input.ts';
import { decodeSwapsOfJson } from '../../../src/pipelines/swaps/swaps-decode.ts';
import { tempFolder } from '../../support/temp-folder.ts';

/** Goal: JSON of a block in which anything stands in the place of anything is refused by name, and never a bug. */

const FIXTURES = ['raydium-route-clmm.json', 'pumpfun-create-buy-base64.json'];
const { signal } = new AbortController();

interface Place {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

/** One block of one transaction, so that both ways of reading take it. */
function blockOf(fixture: string): Record<string, unknown> {
  const text = readFileSync(new URL(`../../fixtures/dex/${fixture}`, import.meta.url), 'utf8');
  const answer = JSON.parse(text);
  const { transaction, meta, version, blockTime } = answer.result ?? answer;
  const KEY = '11111111111111111111111111111112';
  return {
    ...{ slot: 7, parentSlot: 6, blockTime, blockHeight: 5, rewards: [] },
    ...{ blockhash: KEY, previousBlockhash: KEY, transactions: [{ transaction, meta, version }] },
  };
}

function placesIn(value: unknown, found: Place[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return found;
  const holder = value as Record<string, unknown>;
  for (const key of Object.keys(holder)) {
    found.push({ holder, key });
    placesIn(holder[key], found);
  }
  return found;
}

const damage = fc.constantFrom<unknown>(
  ...[null, undefined, -1, 1e20, 0.5, 255, 70_000, 'x', '', '-1', '99999999999999999999999'],
  ...[[], [null], {}, { uiAmount: null }, true, 'A'.repeat(2000), '1'.repeat(88)],
);

function assertRefused(error: unknown, what: string): void {
  assert(error instanceof OperatingError, `${what}: ${(error as Error).stack}`);
  assert.equal(error.code, 'RECORD_MALFORMED');
  assert.match(error.message, /damaged|7\.json/);
}

for (const fixture of FIXTURES) {
  test(`${fixture}, damaged anywhere`, async (t) => {
    const file = join(tempFolder(t), '7.json');
    const count = placesIn(blockOf(fixture)).length;
    const place = fc.nat({ max: count - 1 });
    await fc.assert(
      fc.asyncProperty(place, damage, async (at, wrong) => {
        const block = blockOf(fixture);
        const { holder, key } = placesIn(block)[at] as Place;
        holder[key] = wrong;
        const what = `${key} = ${JSON.stringify(wrong)}`;
        try {
          const source = { name: 'damaged', slot: 7, generic: true };
          for (const _ of decodeSwapsOfJson(block, source));
        } catch (error) {
          assertRefused(error, `decoding, ${what}`);
        }
        try {
          writeFileSync(file, JSON.stringify(block));
          for await (const _ of readPackInput([file], signal));
        } catch (error) {
          assertRefused(error, `packing, ${what}`);
        }
      }),
      { numRuns: 600, seed: 3 },
    );
  });
}
