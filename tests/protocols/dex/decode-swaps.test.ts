import assert from 'node:assert/strict';
import test from 'node:test';
import { decodeSwaps } from '../../../src/protocols/dex/decode-swaps.ts';
import {
  addressOf,
  bytesOf,
  dataLine,
  type MadeCall,
  type MadeTransaction,
  makeTransaction,
  selfCall,
  TOKEN_2022,
  transfer,
} from '../../support/swap-transaction.ts';

/** Goal: what makes a swap and what does not, wherever in a transaction it happens and however little is recorded. */

const CPMM = 'CPMMoo8L3F4NbTegBCKVNunggL7H1ZpdTHKxQB5qKP1C';
const CLMM = 'CAMMCzo5YL8w4VFF8KVHrK22GGUsp5VTaW7grrKgrWqK';
const AMM_V4 = '675kPX9MHTjS2zt1qfr1NYHuzeLXfQM9H24wFSUt1Mp8';
const WHIRLPOOL = 'whirLbMiicVdio4qvUfM5KAg6Ct8VwpYzGff3uctyCc';
const PUMPFUN = '6EF8rrecthR5Dkzon8Nwu78hRvfCKubJ14M5uBEwF6P';
const PUMPSWAP = 'pAMMBay6oceH9fJKBRHGP5D4bD4sWpmSwMn52FMfXEA';
const PHOENIX = 'PhoeNiXZ8ByJGLkxNfZRnkUfjvmuYqLR89jjFHGqdXY';
const JUPITER = 'JUP6LkbZbjS1jKKwapdHNy74zcZ3tLUZoi5QNyVTaV4';
const SOL = 'So11111111111111111111111111111111111111112';
const PUMP_EVENT = 'bddb7fd34ee661ee';
const CPMM_EVENT = '40c6cde8260871e2';

function decode(made: MadeTransaction, generic = false) {
  const { transaction, meta } = makeTransaction(made);
  const { swaps, mismatches } = decodeSwaps(transaction, meta, { generic });
  return { swaps, reasons: mismatches.map(({ reason }) => reason) };
}

/** `count` accounts of which some are named. */
function listed(count: number, named: Readonly<Record<number, string>>): string[] {
  return Array.from({ length: count }, (_, i) => named[i] ?? `other ${i}`);
}

/** A CPMM swap of `name`'s pool; its event tells amounts net of the fees given. */
function cpmm(name: string, amounts: { in: bigint; out: bigint; fee?: bigint }): MadeCall {
  const fee = amounts.fee ?? 0n;
  const pool = Buffer.from(addressBytes(`${name} pool`));
  const event = Buffer.concat([
    pool,
    bytesOf('', 1n, 1n, amounts.in - fee, amounts.out, fee, 0n),
    Buffer.from([1]),
  ]);
  return {
    program: CPMM,
    accounts: listed(13, {
      0: 'user',
      3: `${name} pool`,
      6: `${name} vault in`,
      7: `${name} vault out`,
      10: `${name} mint in`,
      11: `${name} mint out`,
    }),
    data: bytesOf('8fbe5adac41e33de', amounts.in, 0n),
    calls: [
      transfer('user in', `${name} vault in`, amounts.in),
      transfer(`${name} vault out`, 'user out', amounts.out, `${name} authority`),
    ],
    logs: [dataLine(CPMM_EVENT, event)],
  };
}

function addressBytes(word: string): Uint8Array {
  const { transaction } = makeTransaction({ calls: [], signers: [word] });
  return transaction.accountKeys;
}

test('a swap called by a router is found below it, with the router as its route', () => {
  const { swaps, reasons } = decode({
    calls: [
      { program: 'budget', data: Buffer.from([2]) },
      {
        program: 'some bot',
        data: Buffer.from([9]),
        calls: [
          {
            program: JUPITER,
            data: bytesOf('e517cb977ae3ad2a'),
            calls: [
              cpmm('first', { in: 10n, out: 7n }),
              selfCall(JUPITER, CPMM_EVENT, Buffer.alloc(112)),
              cpmm('second', { in: 7n, out: 5n }),
            ],
          },
          cpmm('third', { in: 5n, out: 4n }),
        ],
      },
      cpmm('first', { in: 3n, out: 2n }),
    ],
  });
  assert.deepEqual(reasons, []);
  assert.deepEqual(
    swaps.map(({ outer, inner, route, pool, amountIn, amountOut, confidence }) => ({
      at: [outer, inner],
      route,
      pool,
      amounts: [amountIn, amountOut],
      confidence,
    })),
    [
      [1, 1, 'jupiter_v6', 'first', 10n, 7n],
      [1, 5, 'jupiter_v6', 'second', 7n, 5n],
      [1, 8, addressOf('some bot'), 'third', 5n, 4n],
      [2, -1, null, 'first', 3n, 2n],
    ].map(([outer, inner, route, name, ...amounts]) => ({
      at: [outer, inner],
      route,
      pool: addressOf(`${name} pool`),
      amounts,
      confidence: 'checked',
    })),
  );
});

test('a failed transaction holds no swap, whatever it called', () => {
  const { swaps } = decode({ calls: [cpmm('a', { in: 10n, out: 7n })], failed: true });
  assert.deepEqual(swaps, []);
});

test('calls of old records keep their own transfers, by the depths in the logs or without any', () => {
  const routed: MadeTransaction = {
    calls: [
      {
        program: JUPITER,
        data: bytesOf('e517cb977ae3ad2a'),
        calls: [
          cpmm('same', { in: 10n, out: 7n }),
          cpmm('same', { in: 20n, out: 13n }),
          // Not part of the second swap, as only depths can tell.
          transfer('same vault out', 'elsewhere', 1n),
        ],
      },
    ],
    withoutHeights: true,
  };
  const amounts = (made: MadeTransaction) =>
    decode(made).swaps.map(({ amountIn, amountOut }) => [amountIn, amountOut]);
  assert.deepEqual(amounts(routed), [
    [10n, 7n],
    [20n, 13n],
  ]);
  assert.deepEqual(amounts({ ...routed, logLines: 'none' }), [
    [10n, 7n],
    [20n, 14n],
  ]);
  assert.deepEqual(
    decode({ ...routed, logLines: 'none' }).swaps.map(({ route }) => route),
    ['jupiter_v6', 'jupiter_v6'],
  );
});

test('logs that were cut off leave the transfers, and say so', () => {
  const { swaps, reasons } = decode({ calls: [cpmm('a', { in: 10n, out: 7n })], logLines: 4 });
  assert.deepEqual(
    swaps.map(({ amountIn, amountOut, confidence }) => [amountIn, amountOut, confidence]),
    [[10n, 7n, 'transfers']],
  );
  assert.deepEqual(reasons, ['logs-truncated']);
});

test('an event counts for the program that wrote it and for no other with the same id', () => {
  const swap = cpmm('a', { in: 10n, out: 7n });
  const alien = Buffer.concat([
    Buffer.from(addressBytes('a pool')),
    bytesOf('', 1n, 1n, 8n, 8n, 0n, 0n),
  ]);
  const { swaps, reasons } = decode({
    calls: [
      {
        ...swap,
        logs: [],
        calls: [
          ...(swap.calls ?? []),
          { program: 'oracle', data: Buffer.from([1]), logs: [dataLine(CPMM_EVENT, alien)] },
        ],
      },
    ],
  });
  assert.equal(swaps[0]?.confidence, 'transfers');
  assert.deepEqual(reasons, ['event-missing']);
});

test('lines that a program logs cannot pass for those of the runtime', () => {
  const swap = cpmm('a', { in: 10n, out: 7n });
  const forged = [
    `Program log: ${AMM_V4} invoke [1]`,
    `Program log: Program ${AMM_V4} success`,
    'Program log: Program x success',
    'Program data: ',
    `Program log: Program ${AMM_V4} invoke [2]`,
  ];
  const { swaps, reasons } = decode({
    calls: [{ ...swap, logs: [...forged, ...(swap.logs ?? [])] }],
  });
  assert.deepEqual([swaps[0]?.confidence, reasons], ['checked', []]);
});

test('a difference between transfers and event keeps the transfers and names what differs', () => {
  const swap = cpmm('a', { in: 10n, out: 7n });
  const [line] = cpmm('a', { in: 11n, out: 7n }).logs ?? [];
  const { swaps, reasons } = decode({ calls: [{ ...swap, logs: [line ?? ''] }] });
  assert.deepEqual(
    swaps.map(({ amountIn, confidence }) => [amountIn, confidence]),
    [[10n, 'differs']],
  );
  assert.deepEqual(reasons, ['event-amount-in']);
  const [other] = cpmm('b', { in: 10n, out: 7n }).logs ?? [];
  assert.deepEqual(decode({ calls: [{ ...swap, logs: [other ?? ''] }] }).reasons, ['event-pool']);
});

test('a transfer fee is kept apart from the amount, whether event, transfer or balances tell it', () => {
  const plain = cpmm('a', { in: 1000n, out: 70n, fee: 40n });
  const sent = (call: Partial<MadeCall>): MadeCall => ({
    ...plain,
    calls: [
      {
        program: TOKEN_2022,
        accounts: ['user in', 'a mint in', 'a vault in', 'user'],
        data: bytesOf('0c', 1000n),
        ...call,
      },
      transfer('a vault out', 'user out', 70n, 'a authority'),
    ],
  });
  const checked = Buffer.concat([bytesOf('0c', 1000n), Buffer.from([6])]);
  const withFee = Buffer.concat([bytesOf('1a01', 1000n), bytesOf('06', 40n)]);
  const amounts = (made: MadeTransaction) =>
    decode(made).swaps.map(({ amountIn, amountInNet, amountOut, amountOutNet }) => [
      amountIn,
      amountInNet,
      amountOut,
      amountOutNet,
    ]);
  const expected = [[1000n, 960n, 70n, 70n]];
  assert.deepEqual(amounts({ calls: [sent({ data: checked })] }), expected);
  assert.deepEqual(amounts({ calls: [{ ...sent({ data: withFee }), logs: [] }] }), expected);
  const vault = { account: 'a vault in', mint: 'a mint in', before: 5n, after: 965n };
  const byBalance = { ...sent({ data: checked }), logs: [] };
  assert.deepEqual(amounts({ calls: [byBalance], tokenAccounts: [vault] }), expected);
  assert.deepEqual(amounts({ calls: [byBalance] }), [[1000n, null, 70n, 70n]]);
});

test('transfers inside of one batch instruction count as the transfers they are', () => {
  const swap = cpmm('a', { in: 10n, out: 7n });
  const part = (amount: bigint) => Buffer.concat([Buffer.from([3, 9]), bytesOf('03', amount)]);
  const batch = {
    program: 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA',
    accounts: ['user in', 'a vault in', 'user', 'a vault out', 'user out', 'a authority'],
    data: Buffer.concat([Buffer.from([255]), part(10n), part(7n)]),
  };
  const { swaps } = decode({ calls: [{ ...swap, calls: [batch] }] });
  assert.deepEqual(
    swaps.map(({ amountIn, amountOut, confidence }) => [amountIn, amountOut, confidence]),
    [[10n, 7n, 'checked']],
  );
});

test('lamports that a curve holds are told by its event, and nothing is made up without it', () => {
  const trade = (isBuy: boolean, ...[lamports, tokens]: [bigint, bigint]) =>
    Buffer.concat([
      Buffer.from(addressBytes('coin')),
      bytesOf('', lamports, tokens),
      Buffer.from([isBuy ? 1 : 0]),
      Buffer.alloc(72),
    ]);
  const accounts = listed(12, { 2: 'coin', 3: 'curve', 4: 'curve coins', 6: 'user' });
  const tokenAccounts = [{ account: 'curve coins', mint: 'coin' }];
  const buy: MadeCall = {
    program: PUMPFUN,
    accounts,
    data: bytesOf('66063d1201daebea', 900n, 40n),
    calls: [
      transfer('curve coins', 'user coins', 900n, 'curve'),
      selfCall(PUMPFUN, PUMP_EVENT, trade(true, 33n, 900n)),
    ],
  };
  const sell: MadeCall = {
    program: PUMPFUN,
    accounts,
    data: bytesOf('33e685a4017f83ad', 900n, 0n),
    calls: [
      transfer('user coins', 'curve coins', 900n),
      selfCall(PUMPFUN, PUMP_EVENT, trade(false, 31n, 900n)),
    ],
  };
  const { swaps, reasons } = decode({ calls: [buy, sell], tokenAccounts });
  assert.deepEqual(reasons, []);
  assert.deepEqual(
    swaps.map((swap) => [
      swap.mintIn,
      swap.amountIn,
      swap.mintOut,
      swap.amountOut,
      swap.decimalsIn,
    ]),
    [
      [SOL, 33n, addressOf('coin'), 900n, 9],
      [addressOf('coin'), 900n, SOL, 31n, 6],
    ],
  );
  const silent = { ...buy, calls: (buy.calls ?? []).slice(0, 1) };
  assert.deepEqual(decode({ calls: [silent], tokenAccounts }), {
    swaps: [],
    reasons: ['native-amount-unknown'],
  });
});

test('fees that a pool pays beside the seller belong to what it paid out', () => {
  const event = Buffer.alloc(160);
  event.writeBigUInt64LE(500n, 8);
  event.writeBigUInt64LE(92n, 96);
  Buffer.from(addressBytes('pool')).copy(event, 112);
  const { swaps, reasons } = decode({
    calls: [
      {
        program: PUMPSWAP,
        accounts: listed(19, { 0: 'pool', 1: 'user', 3: 'coin', 4: SOL, 7: 'base', 8: 'quote' }),
        data: bytesOf('33e685a4017f83ad', 500n, 1n),
        calls: [
          transfer('user coins', 'base', 500n),
          transfer('quote', 'user sol', 90n, 'pool'),
          transfer('quote', 'protocol', 2n, 'pool'),
          selfCall(PUMPSWAP, '3e2f370aa503dc2a', event),
        ],
      },
    ],
  });
  assert.deepEqual(reasons, []);
  assert.deepEqual(
    swaps.map(({ mintIn, amountIn, mintOut, amountOut }) => [mintIn, amountIn, mintOut, amountOut]),
    [[addressOf('coin'), 500n, SOL, 92n]],
  );
});

test('an order that only waits in the book is no swap, and no mismatch either', () => {
  const { swaps, reasons } = decode({
    calls: [
      {
        program: PHOENIX,
        accounts: listed(10, { 2: 'market', 3: 'user', 7: 'base', 8: 'quote' }),
        data: Buffer.from([2]),
        calls: [transfer('user usdc', 'quote', 100n)],
      },
    ],
  });
  assert.deepEqual({ swaps, reasons }, { swaps: [], reasons: [] });
});

/** A batch of Phoenix's events: its header, then zeros but for the kinds. */
function phoenixLog(...kinds: readonly (readonly [kind: number, bytes: number])[]): MadeCall {
  const parts = [Buffer.from([15]), Buffer.alloc(92, 1).fill(0, 1)];
  for (const [kind, bytes] of kinds) parts.push(Buffer.alloc(bytes, kind).fill(0, 1));
  return { program: PHOENIX, accounts: ['log authority'], data: Buffer.concat(parts) };
}

const FILL = [2, 67] as const;
const PLACED = [3, 43] as const;

test('a limit order that is traded in part is a swap whose amount in is not sure', () => {
  const order = (...calls: readonly MadeCall[]): MadeTransaction => ({
    calls: [
      {
        program: PHOENIX,
        accounts: listed(10, { 2: 'market', 3: 'user', 7: 'base', 8: 'quote' }),
        data: Buffer.from([2]),
        calls,
      },
    ],
    tokenAccounts: [
      { account: 'base', mint: 'b' },
      { account: 'quote', mint: 'q' },
    ],
  });
  const paid = transfer('user usdc', 'quote', 100n);
  const received = transfer('base', 'user base', 3n, 'market');
  const facts = (made: MadeTransaction) => {
    const { swaps, reasons } = decode(made);
    return [swaps.map(({ amountIn, confidence }) => [amountIn, confidence]), reasons];
  };
  assert.deepEqual(facts(order(phoenixLog(FILL), paid, received)), [[[100n, 'transfers']], []]);
  assert.deepEqual(facts(order(phoenixLog(FILL, PLACED), paid, received)), [
    [[100n, 'differs']],
    ['fill-unknown'],
  ]);
  assert.deepEqual(facts(order(phoenixLog(PLACED), paid)), [[], []]);
});

test('a trade with funds that lie with the market is counted as one that cannot be told', () => {
  const { swaps, reasons } = decode({
    calls: [
      {
        program: PHOENIX,
        accounts: listed(5, { 2: 'market', 3: 'user' }),
        data: Buffer.from([1]),
        calls: [phoenixLog(FILL)],
      },
    ],
  });
  assert.deepEqual({ swaps, reasons }, { swaps: [], reasons: ['fill-unknown'] });
});

test('an AMM swap with 17 accounts has its vaults one place earlier', () => {
  const rayLog = Buffer.concat([Buffer.from([3]), bytesOf('', 10n, 0n, 2n, 10n, 1n, 1n, 7n)]);
  const calls = [
    transfer('user in', 'coin vault', 10n),
    transfer('pc vault', 'user out', 7n, 'authority'),
  ];
  const logs = [`Program log: ray_log: ${rayLog.toString('base64')}`];
  const data = bytesOf('09', 10n, 0n);
  const tokenAccounts = [
    { account: 'coin vault', mint: 'coin' },
    { account: 'pc vault', mint: 'pc' },
  ];
  const forms = [
    listed(18, { 1: 'amm', 5: 'coin vault', 6: 'pc vault', 17: 'user' }),
    listed(17, { 1: 'amm', 4: 'coin vault', 5: 'pc vault', 16: 'user' }),
  ];
  for (const accounts of forms) {
    const made = { calls: [{ program: AMM_V4, accounts, data, calls, logs }], tokenAccounts };
    const { swaps, reasons } = decode(made);
    assert.deepEqual(reasons, []);
    assert.deepEqual(
      swaps.map(({ pool, user, mintIn, amountOut, confidence }) => [
        pool,
        user,
        mintIn,
        amountOut,
        confidence,
      ]),
      [[addressOf('amm'), addressOf('user'), addressOf('coin'), 7n, 'checked']],
    );
  }
  const short = { program: AMM_V4, accounts: listed(9, {}), data, calls, logs };
  assert.deepEqual(decode({ calls: [short] }).reasons, ['accounts-missing']);
});

test('both hops of one call are swaps of their own, in order', () => {
  const { swaps } = decode({
    calls: [
      {
        program: WHIRLPOOL,
        accounts: listed(20, {
          1: 'user',
          2: 'pool one',
          3: 'pool two',
          5: 'one a',
          7: 'one b',
          9: 'two a',
          11: 'two b',
        }),
        data: bytesOf('c360ed6c44a2dbe6', 10n, 0n),
        calls: [
          transfer('user a', 'one a', 10n),
          transfer('one b', 'user b', 8n, 'pool one'),
          transfer('user b', 'two b', 8n),
          transfer('two a', 'user c', 6n, 'pool two'),
        ],
      },
    ],
    tokenAccounts: [
      { account: 'one a', mint: 'a' },
      { account: 'one b', mint: 'b' },
      { account: 'two b', mint: 'b' },
      { account: 'two a', mint: 'c' },
    ],
  });
  assert.deepEqual(
    swaps.map(({ hop, pool, mintIn, amountIn, mintOut, amountOut }) => [
      hop,
      pool,
      mintIn,
      amountIn,
      mintOut,
      amountOut,
    ]),
    [
      [0, addressOf('pool one'), addressOf('a'), 10n, addressOf('b'), 8n],
      [1, addressOf('pool two'), addressOf('b'), 8n, addressOf('c'), 6n],
    ],
  );
});

test('a route inside of one program finds its pools among the remaining accounts', () => {
  const pool = (name: string) => [
    `${name} config`,
    `${name} pool`,
    `${name} output`,
    `${name} vault in`,
    `${name} vault out`,
    `${name} mint out`,
    `${name} observation`,
  ];
  const { swaps } = decode({
    calls: [
      {
        program: CLMM,
        accounts: [
          ...['user', 'user a', 'mint a', 'token', 'token 2022', 'memo'],
          ...pool('x'),
          ...['tick 1', 'tick 2', 'tick 3'],
          ...pool('y'),
          'tick 4',
        ],
        data: bytesOf('457d73daf5baf2c4', 10n, 0n),
        calls: [
          transfer('user a', 'x vault in', 10n),
          transfer('x vault out', 'x output', 8n, 'x pool'),
          transfer('x output', 'y vault in', 8n),
          transfer('y vault out', 'y output', 6n, 'y pool'),
        ],
      },
    ],
    tokenAccounts: [
      { account: 'x vault in', mint: 'a' },
      { account: 'x vault out', mint: 'b' },
      { account: 'y vault in', mint: 'b' },
      { account: 'y vault out', mint: 'c' },
    ],
  });
  assert.deepEqual(
    swaps.map(({ hop, pool: address, amountIn, amountOut }) => [hop, address, amountIn, amountOut]),
    [
      [0, addressOf('x pool'), 10n, 8n],
      [1, addressOf('y pool'), 8n, 6n],
    ],
  );
});

test('an unknown program that exchanges two tokens is a swap only where guesses are asked for', () => {
  const exchange: MadeCall = {
    program: 'new exchange',
    data: Buffer.from([1]),
    calls: [transfer('vault b', 'user b', 5n, 'maker'), transfer('user a', 'vault a', 9n)],
  };
  const tokenAccounts = [
    { account: 'user a', mint: 'a', owner: 'user' },
    { account: 'user b', mint: 'b', owner: 'user' },
    { account: 'vault a', mint: 'a', owner: 'maker' },
    { account: 'vault b', mint: 'b', owner: 'maker' },
  ];
  const calls = [
    { program: JUPITER, data: Buffer.from([7]), calls: [exchange] },
    // Two transfers in the same direction, and a known swap, are none.
    {
      program: 'payroll',
      data: Buffer.from([1]),
      calls: [transfer('user a', 'vault a', 1n), transfer('user b', 'vault b', 1n)],
    },
    cpmm('a', { in: 10n, out: 7n }),
  ];
  assert.equal(decode({ calls, tokenAccounts }).swaps.length, 1);
  const [guess, ...others] = decode({ calls, tokenAccounts }, true).swaps;
  assert.deepEqual(
    others.map(({ program }) => program),
    ['raydium_cpmm'],
  );
  assert.deepEqual(guess, {
    outer: 0,
    inner: 0,
    hop: 0,
    program: addressOf('new exchange'),
    programId: addressOf('new exchange'),
    route: 'jupiter_v6',
    pool: addressOf('maker'),
    user: addressOf('user'),
    mintIn: addressOf('a'),
    decimalsIn: 6,
    amountIn: 9n,
    amountInNet: 9n,
    mintOut: addressOf('b'),
    decimalsOut: 6,
    amountOut: 5n,
    amountOutNet: 5n,
    confidence: 'generic',
  });
});
