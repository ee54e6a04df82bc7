import assert from 'node:assert/strict';
import test from 'node:test';
import { decodeSwaps } from '../../../src/protocols/dex/decode-swaps.ts';
import { DEX_PROGRAM_IDS } from '../../../src/protocols/dex/known-programs.ts';
import { addressOf, makeTransaction, selfCall, transfer } from '../../support/swap-transaction.ts';

/** Goal: each swap instruction names its pool, vaults, mints and user where the program's layout says. */

interface Layout {
  readonly name: string;
  readonly program: string;
  readonly discriminators: readonly string[];
  readonly pool: number;
  readonly vaults: readonly [number, number];
  readonly user: number;
  readonly accounts: number;
  readonly mints?: readonly [number, number];
}

const SWAP = 'f8c69e91e17587c8';
const SWAP_V2 = '2b04ed0b1ac91e62';
const SWAP_2 = '414b3f4ceb5b5b88';

const CLMM = { pool: 2, vaults: [5, 6], user: 0, accounts: 17 } as const;
const CLMM_PROGRAMS = {
  raydium_clmm: 'CAMMCzo5YL8w4VFF8KVHrK22GGUsp5VTaW7grrKgrWqK',
  pancakeswap_v3: 'HpNfyc2Saw7RKkQd8nEL4khUcuPhQ7WwY1B2qjx8jxFq',
  byreal: 'REALQqNEomY6cQGZJUGwywTBD2UmDT32rZcNnfxQ5N2',
} as const;

const LAYOUTS: readonly Layout[] = [
  ...Object.entries(CLMM_PROGRAMS).flatMap(([name, program]) => [
    { name, program, discriminators: [SWAP], ...CLMM },
    { name, program, discriminators: [SWAP_V2], ...CLMM, mints: [11, 12] as const },
  ]),
  {
    name: 'raydium_amm_v4',
    program: '675kPX9MHTjS2zt1qfr1NYHuzeLXfQM9H24wFSUt1Mp8',
    discriminators: ['10', '11'],
    ...{ pool: 1, vaults: [3, 4], user: 7, accounts: 8 },
  },
  {
    name: 'raydium_stable',
    program: '5quBtoiQqxF9Jv6KYKctB59NT3gtJD2Y65kdnB1Uev3h',
    discriminators: ['09', '0b'],
    ...{ pool: 1, vaults: [5, 6], user: 17, accounts: 18 },
  },
  {
    name: 'raydium_cpmm',
    program: 'CPMMoo8L3F4NbTegBCKVNunggL7H1ZpdTHKxQB5qKP1C',
    discriminators: ['8fbe5adac41e33de', '37d96256a34ab4ad'],
    ...{ pool: 3, vaults: [6, 7], user: 0, accounts: 13, mints: [10, 11] },
  },
  {
    name: 'raydium_launchlab',
    program: 'LanMV9sAd7wArD4vJFi2qDdfnVhFxYSUg6eADduJ3uj',
    discriminators: [
      'faea0d7bd59c13ec',
      '18d3742869039938',
      '9527de9bd37c981a',
      '5fc8472208090ba6',
    ],
    ...{ pool: 4, vaults: [7, 8], user: 0, accounts: 15, mints: [9, 10] },
  },
  {
    name: 'orca_whirlpool',
    program: 'whirLbMiicVdio4qvUfM5KAg6Ct8VwpYzGff3uctyCc',
    discriminators: [SWAP],
    ...{ pool: 2, vaults: [4, 6], user: 1, accounts: 11 },
  },
  {
    name: 'orca_whirlpool',
    program: 'whirLbMiicVdio4qvUfM5KAg6Ct8VwpYzGff3uctyCc',
    discriminators: [SWAP_V2],
    ...{ pool: 4, vaults: [8, 10], user: 3, accounts: 15, mints: [5, 6] },
  },
  {
    name: 'meteora_dlmm',
    program: 'LBUZKhRxPF3XUpBCjp4YzTKgLccjZhTSDM9YuVaPwxo',
    discriminators: [
      SWAP,
      SWAP_2,
      'fa49652126cf4bb8',
      '2bd7f784893cf351',
      '38ade6d0ade49ccd',
      '4a62c0d6b1334b33',
    ],
    ...{ pool: 0, vaults: [2, 3], user: 10, accounts: 16, mints: [6, 7] },
  },
  {
    name: 'meteora_damm_v1',
    program: 'Eo7WjKq67rjJQSZxS6z3YkapzY3eMj6Xy8X5EQVn5UaB',
    discriminators: [SWAP],
    ...{ pool: 0, vaults: [5, 6], user: 12, accounts: 15 },
  },
  {
    name: 'meteora_damm_v2',
    program: 'cpamdpZCGKUy5JxQXB4dcpGPiikHawvSWAd6mEn1sGG',
    discriminators: [SWAP, SWAP_2],
    ...{ pool: 1, vaults: [4, 5], user: 8, accounts: 14, mints: [6, 7] },
  },
  {
    name: 'meteora_dbc',
    program: 'dbcij3LWUppWqq96dh6gJWwBifmcGfLSB5D4DuSMaqN',
    discriminators: [SWAP, SWAP_2],
    ...{ pool: 2, vaults: [5, 6], user: 9, accounts: 15, mints: [7, 8] },
  },
  {
    name: 'pumpfun',
    program: '6EF8rrecthR5Dkzon8Nwu78hRvfCKubJ14M5uBEwF6P',
    discriminators: ['b817ee6167c5d33d', 'c2ab1c46684d5b2f', '5df6823ce7e940b2'],
    ...{ pool: 10, vaults: [11, 12], user: 13, accounts: 27, mints: [1, 2] },
  },
  {
    name: 'pumpswap',
    program: 'pAMMBay6oceH9fJKBRHGP5D4bD4sWpmSwMn52FMfXEA',
    discriminators: ['66063d1201daebea', 'c62e1552b4d9e870', '33e685a4017f83ad'],
    ...{ pool: 0, vaults: [7, 8], user: 1, accounts: 19, mints: [3, 4] },
  },
  {
    name: 'phoenix',
    program: 'PhoeNiXZ8ByJGLkxNfZRnkUfjvmuYqLR89jjFHGqdXY',
    discriminators: ['00'],
    ...{ pool: 2, vaults: [6, 7], user: 3, accounts: 9 },
  },
  {
    name: 'lifinity_v2',
    program: '2wT8Yq49kHgDzXuPxZSaeLaH1qbmGXtEyPy64bL7aD3c',
    discriminators: [SWAP],
    ...{ pool: 1, vaults: [5, 6], user: 2, accounts: 13 },
  },
  {
    name: 'openbook_v2',
    program: 'opnb2LAfJYbRMAHHvqjCwQxanZn7ReEHp1k81EohpZb',
    discriminators: ['032c47031ac7cb55'],
    ...{ pool: 2, vaults: [6, 7], user: 0, accounts: 15 },
  },
];

function accountsOf(layout: Layout): string[] {
  const accounts = Array.from({ length: layout.accounts }, (_, i) => `other ${i}`);
  accounts[layout.pool] = 'pool';
  accounts[layout.user] = 'user';
  for (const side of [0, 1] as const) {
    accounts[layout.vaults[side]] = `vault ${side}`;
    if (layout.mints !== undefined) accounts[layout.mints[side]] = `mint ${side}`;
  }
  return accounts;
}

for (const layout of LAYOUTS) {
  for (const discriminator of layout.discriminators) {
    test(`${layout.name} ${discriminator} in both directions`, () => {
      for (const side of [0, 1] as const) {
        const other = side === 0 ? 1 : 0;
        const data = Buffer.concat([Buffer.from(discriminator, 'hex'), Buffer.alloc(17)]);
        const { transaction, meta } = makeTransaction({
          calls: [
            {
              program: layout.program,
              accounts: accountsOf(layout),
              data,
              calls: [
                transfer('user paid', `vault ${side}`, 11n),
                transfer(`vault ${other}`, 'user received', 22n, 'pool'),
                selfCall(layout.program, '0000000000000000', Buffer.alloc(8)),
              ],
            },
          ],
          // Where the instruction lists the mints, nothing else has to tell them.
          tokenAccounts:
            layout.mints === undefined
              ? [0, 1].map((vault) => ({ account: `vault ${vault}`, mint: `mint ${vault}` }))
              : [],
        });
        const [swap, ...others] = decodeSwaps(transaction, meta, { generic: false }).swaps;
        assert.deepEqual(others, []);
        assert(swap !== undefined);
        const { program, programId, pool, user, mintIn, amountIn, mintOut, amountOut } = swap;
        assert.deepEqual(
          { program, programId, pool, user, mintIn, amountIn, mintOut, amountOut },
          {
            program: layout.name,
            programId: layout.program,
            pool: addressOf('pool'),
            user: addressOf('user'),
            mintIn: addressOf(`mint ${side}`),
            amountIn: 11n,
            mintOut: addressOf(`mint ${other}`),
            amountOut: 22n,
          },
        );
      }
    });
  }
}

/** Programs without published layouts: the position of the pool, where it is known, and how many accounts they list. */
const BY_TRANSFERS = [
  ['solfi', 'SoLFiHG9TfgtdUXUjWAxi3LtvYuFyDLVhBWxdMZxyCe', '07', 1, 8],
  ['solfi_v2', 'SV2EYYJyRz2YhfXwXnhNAevDEui5Q6yrfyo13WtupPF', '0e', 1, 13],
  ['goonfi', 'goonERTdGsjnkZqWuVjs73BZ3Pb9qoCUdBUL17BnS5j', '02', 1, 9],
  ['goonfi_v2', 'goonuddtQRrWqqn5nFyczVKaie28f3kDkHWkHtURSLE', '01', 1, 12],
  ['tessera', 'TessVdML9pBGgG9yGks7o4HewRaXVAMuoVj4x83GLQH', '10', 1, 12],
  ['zerofi', 'ZERor4xhbUycZ6gb9ntrhqscUcZmAbQDjEAtCf4hbZY', '06', 0, 10],
  ['obric_v2', 'obriQD1zbpyLz95G5n7nJe6a4DPjpFwa5XYPoNm113y', SWAP, 0, 12],
  ['alphaq', 'ALPHAQmeA7bjrVuccPsYPiCvsi428SNwte66Srvs4pHA', '0c', null, 10],
  ['bisonfi', 'BiSoNHVpsVZW2F7rx2eQ59yQwKxzU5NvBcmKshCSUypi', '02', 1, 9],
  ['scorch', 'SCoRcH8c2dpjvcJD6FiPbCSQyQgu3PcUAWj2Xxx3mqn', '01', null, 14],
  ['whalestreet', 'FW6zUqn4iKRaeopwwhwsquTY6ABWLLgjxtrC3VPnaWBf', SWAP, null, 12],
  ['humidifi', '9H6tua7jkLhdm3w8BvgpTn5LZNU7g4ZynDmCiNN3q6Rp', '7f', 1, 9],
  ['manifest', 'MNFSTqtC93rEfYHB6hF82sKdZpUDFWkViLByLd1k1Ms', '04', 1, 8],
  ['manifest', 'MNFSTqtC93rEfYHB6hF82sKdZpUDFWkViLByLd1k1Ms', '0d', 2, 12],
  ['aquifer', 'AQU1FRd7papthgdrwPTTq5JacJh8YtwEXaBfKU3bTz45', '01', null, 16],
] as const;

for (const [name, program, discriminator, poolAt, count] of BY_TRANSFERS) {
  test(`${name} ${discriminator} by the order of its transfers`, () => {
    const paid = transfer('user paid', 'vault in', 11n);
    const received = transfer('vault out', 'user received', 22n, 'maker');
    const accounts = Array.from({ length: count }, (_, i) =>
      i === poolAt ? 'pool' : `other ${i}`,
    );
    const { transaction, meta } = makeTransaction({
      calls: [
        {
          program,
          accounts,
          data: Buffer.concat([Buffer.from(discriminator, 'hex'), Buffer.alloc(16)]),
          calls: name === 'aquifer' ? [received, paid] : [paid, received],
        },
        // An update of quotes lists few accounts, moves nothing, and is no swap.
        { program, accounts: accounts.slice(0, 3), data: Buffer.from([0xee]) },
      ],
      tokenAccounts: [
        { account: 'vault in', mint: 'sold', owner: 'maker' },
        { account: 'vault out', mint: 'bought', owner: 'maker' },
      ],
    });
    const { swaps, mismatches } = decodeSwaps(transaction, meta, { generic: false });
    assert.deepEqual(mismatches, []);
    assert.deepEqual(
      swaps.map((swap) => [
        swap.program,
        swap.pool,
        swap.user,
        swap.mintIn,
        swap.amountIn,
        swap.mintOut,
        swap.amountOut,
        swap.confidence,
      ]),
      [
        [
          name,
          addressOf(poolAt === null ? 'maker' : 'pool'),
          addressOf('user'),
          addressOf('sold'),
          11n,
          addressOf('bought'),
          22n,
          'transfers',
        ],
      ],
    );
  });
}

test('every known program is in one of these tables', () => {
  const tested = [
    ...LAYOUTS.map(({ program }) => program),
    ...BY_TRANSFERS.map(([, program]) => program),
  ];
  assert.deepEqual([...new Set(tested)].sort(), [...DEX_PROGRAM_IDS].sort());
});
