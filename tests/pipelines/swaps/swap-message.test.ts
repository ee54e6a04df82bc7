import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { OperatingError } from '../../../src/core/errors.ts';
import type { SwapMessage } from '../../../src/model/swap-message.ts';
import {
  decodeSwapMessage,
  encodeSwapMessage,
  swapMessageId,
} from '../../../src/pipelines/swaps/swap-message.ts';
import { BLOCK_SWAP_TRANSACTIONS, BLOCK_SWAPS, blockSwaps } from '../../support/block-swaps.ts';
import { MESSAGE_SCHEMAS } from '../../support/message-schemas.ts';

/** Goal: a message holds all of a transaction's swaps to the last digit, has an id of its own, and is believed only when it is whole. */

const swaps = blockSwaps();

function message(): SwapMessage {
  const [first] = swaps;
  assert(first !== undefined);
  return JSON.parse(encodeSwapMessage(first).toString());
}

function decode(value: unknown): unknown {
  return decodeSwapMessage(Buffer.from(JSON.stringify(value)));
}

function isMalformed(expected: RegExp) {
  return (error: unknown) =>
    error instanceof OperatingError &&
    error.code === 'RECORD_MALFORMED' &&
    expected.test(error.message);
}

test('every transaction of a real block comes back as it was', () => {
  assert.equal(swaps.length, BLOCK_SWAP_TRANSACTIONS);
  assert.equal(swaps.flatMap((one) => one.swaps).length, BLOCK_SWAPS);
  for (const one of swaps) assert.deepEqual(decodeSwapMessage(encodeSwapMessage(one)), one);
});

test('a block without time stays one without', () => {
  const [first] = swaps;
  assert(first !== undefined);
  const timeless = { ...first, blockTime: null };
  assert.deepEqual(decodeSwapMessage(encodeSwapMessage(timeless)), timeless);
});

test('one id names one transaction, however many swaps it holds', () => {
  const ids = swaps.map(swapMessageId);
  assert.equal(new Set(ids).size, BLOCK_SWAP_TRANSACTIONS);
  const [first] = swaps;
  assert(first !== undefined);
  assert.equal(ids[0], `501:254170887:${first.signature}:${first.txIndex}`);
  assert(
    swaps.some((one) => one.swaps.length >= 4),
    'the block has routes of several swaps',
  );
});

test('what is not as the schema says is refused with its place', () => {
  const good = message();
  const [swap] = good.swaps;
  for (const [broken, expected] of [
    [{ ...good, version: 2 }, /version/],
    [{ ...good, slot: -1 }, /slot/],
    [{ ...good, swaps: [] }, /swaps/],
    [{ ...good, extra: 1 }, /extra/],
    [{ ...good, swaps: [{ ...swap, amount_in: 12 }] }, /swaps\[0\]\.amount_in/],
    [{ ...good, swaps: [{ ...swap, amount_in: '-1' }] }, /whole number in decimal digits/],
    [{ ...good, swaps: [{ ...swap, amount_in: '18446744073709551616' }] }, /at most 2\^64/],
    [{ ...good, swaps: [{ ...swap, pool: '0x12' }] }, /an address in base58/],
    [null, /expected version 1/],
  ] as const) {
    assert.throws(() => decode(broken), isMalformed(expected));
  }
  assert.throws(() => decodeSwapMessage(Buffer.from('{')), isMalformed(/JSON/));
  assert.throws(() => decodeSwapMessage(Buffer.from([0x22, 0xff, 0x22])), isMalformed(/UTF-8/));
});

test('a message that contradicts its own amounts is read by them', () => {
  const good = message();
  const [swap] = good.swaps;
  assert(swap !== undefined);
  const lying = { ...good, swaps: [{ ...swap, price: '1', base_mint: swap.quote_mint }] };
  const honest = decode({ ...good, swaps: [swap] });
  assert.deepEqual(decode(lying), honest);
});

test('the published schemas are those that messages are checked by', () => {
  for (const { file, text } of MESSAGE_SCHEMAS) {
    const published = readFileSync(new URL(`../../../docs/schemas/${file}`, import.meta.url));
    assert.equal(published.toString(), text, `${file}: run "npm run schemas"`);
  }
});
