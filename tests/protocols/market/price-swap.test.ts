import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { Swap } from '../../../src/model/swap.ts';
import { isBaseOf } from '../../../src/protocols/market/orient-pair.ts';
import { priceSwap } from '../../../src/protocols/market/price-swap.ts';
import { swapWith } from '../../support/swap-samples.ts';

/** Goal: a pair is priced the same way round whichever way it was traded, by what the pool itself gained and lost. */

const USDC = 'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v';
const USDT = 'Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB';
const PYUSD = '2b1kV6DkPAnxd5ixfnxCpjxmKwqjjaYmCZfHsFu24GXo';
const SOL = 'So11111111111111111111111111111111111111112';
const BONK = 'DezXAZ8z7PnrnRJjz3wXBoRgixCa6xjnB7YaB1pPB263';
const JUP = 'JUPyiwrYJFskUPiHa7hkeR8VUtAeFoSYbKedZNsDvCN';

test('the quote goes by rank, then by text', () => {
  const inOrder = [USDC, USDT, PYUSD, SOL, JUP, BONK];
  for (const [i, quote] of inOrder.entries()) {
    for (const base of inOrder.slice(i + 1)) {
      assert.equal(isBaseOf(base, quote), true, `${base} in ${quote}`);
      assert.equal(isBaseOf(quote, base), false, `${quote} in ${base}`);
    }
  }
});

test('of two mints exactly one is the base', () => {
  const mint = fc.oneof(
    fc.constantFrom(USDC, USDT, PYUSD, SOL),
    fc.base64String({ maxLength: 44 }),
  );
  fc.assert(
    fc.property(mint, mint, (a, b) => {
      if (a !== b) assert.notEqual(isBaseOf(a, b), isBaseOf(b, a));
    }),
  );
});

test('buying and selling give the same pair, with the amounts of its own side', () => {
  const sell: Partial<Swap> = {
    ...{ mintIn: SOL, decimalsIn: 9, amountIn: 2_000_000_000n, amountInNet: 2_000_000_000n },
    ...{ mintOut: USDC, decimalsOut: 6, amountOut: 301_000_001n },
  };
  const sold = priceSwap(swapWith(sell));
  assert.deepEqual(
    [sold.baseMint, sold.quoteMint, sold.baseAmount, sold.quoteAmount, sold.price],
    [SOL, USDC, 2_000_000_000n, 301_000_001n, '150.5000005'],
  );
  const buy: Partial<Swap> = {
    ...{ mintIn: USDC, decimalsIn: 6, amountIn: 150_000_000n, amountInNet: 150_000_000n },
    ...{ mintOut: SOL, decimalsOut: 9, amountOut: 1_000_000_000n },
  };
  const bought = priceSwap(swapWith(buy));
  assert.deepEqual(
    [bought.baseMint, bought.quoteMint, bought.baseAmount, bought.quoteAmount, bought.price],
    [SOL, USDC, 1_000_000_000n, 150_000_000n, '150'],
  );
});

test('what arrived counts, not what was sent; without knowledge of a fee, what was sent', () => {
  const swap = { mintIn: SOL, mintOut: USDC, amountIn: 100n, amountOut: 10n, amountOutNet: 9n };
  const taxed = priceSwap(swapWith({ ...swap, amountInNet: 98n }));
  assert.deepEqual([taxed.baseAmount, taxed.quoteAmount], [98n, 10n]);
  const unknown = priceSwap(swapWith({ ...swap, amountInNet: null }));
  assert.deepEqual([unknown.baseAmount, unknown.quoteAmount], [100n, 10n]);
});

test('a side of zero or unknown decimals give no price, and the amounts stay', () => {
  for (const change of [
    { amountIn: 0n, amountInNet: null },
    { amountInNet: 0n },
    { amountOut: 0n },
    { decimalsIn: null },
    { decimalsOut: null },
  ]) {
    const swap = swapWith({ mintIn: USDC, mintOut: SOL, ...change });
    const priced = priceSwap(swap);
    assert.equal(priced.price, null);
    assert.equal(priced.quoteAmount, swap.amountInNet ?? swap.amountIn);
    assert.equal(priced.baseAmount, swap.amountOut);
  }
});
