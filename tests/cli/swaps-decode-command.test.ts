import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { addSwapsCommand } from '../../src/cli/swaps-command.ts';
import { encodeBase58 } from '../../src/core/base58.ts';
import { runCommand } from '../support/cli-run.ts';
import { type RpcRequest, startRpcServer } from '../support/rpc-server.ts';

/** Goal: people check a transaction with one command, from a file or from the chain. */

const fixtures = new URL('../fixtures/dex/', import.meta.url);
const ROUTE = fileURLToPath(new URL('raydium-route-clmm.json', fixtures));
const BASE64 = new URL('pumpfun-create-buy-base64.json', fixtures);

/** Facts that every line of `--json` must hold, as an independent program found them. */
const HOPS = [
  {
    slot: 335404896,
    signature:
      'JiqYGkWcYu8GxPZsMdXDnA8tkZvHnHVmNuKr4JYBErm4rgQWssdHCkbe8MzwwNGndyvyNYaaY5vvMhUMPNiQX9u',
    tx_index: null,
    outer: 0,
    inner: 0,
    hop: 0,
    program: 'raydium_clmm',
    program_id: 'CAMMCzo5YL8w4VFF8KVHrK22GGUsp5VTaW7grrKgrWqK',
    route: 'raydium_route',
    pool: '4RyuSgGdYeE7Qd4eKsuauTevWRreSfGScYqaygMEJXSq',
    user: 'FQT9SSwEZ6UUQxsmTzgt5JzjrS4M5zm13M1QiYF8TEo6',
    mint_in: 'HeLp6NuQkmYB4pYWo2zYs22mESHXPQYzXbB8n4V98jwC',
    decimals_in: 9,
    amount_in: '21898077',
    amount_in_net: '21898077',
    mint_out: 'Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB',
    decimals_out: 6,
    amount_out: '4239',
    amount_out_net: '4239',
    confidence: 'checked',
  },
];

test('--json prints one object a swap, with amounts as exact texts', async () => {
  const { out, notes, exitCode } = await runCommand(addSwapsCommand, [
    'swaps',
    'decode',
    ROUTE,
    '--json',
  ]);
  const lines = out.map((line) => JSON.parse(line) as unknown);
  assert.equal(lines.length, 2);
  assert.deepEqual(lines.slice(0, 1), HOPS);
  assert.deepEqual([notes, exitCode], [[], 0]);
});

test('without --json a table shows each swap and its amounts with their decimals', async () => {
  const { out } = await runCommand(addSwapsCommand, ['swaps', 'decode', ROUTE]);
  const text = out.join('\n');
  assert.match(text, /│ JiqYGkWc… │ 0\.0 │ raydium_clmm │ raydium_route │ 4RyuSgGd… │/);
  assert.match(text, /│ 0\.021898077 HeLp6NuQ… │ 0\.004239 Es9vMFrz… +│ checked/);
  assert.match(text, /^1 transactions, 2 swaps$/m);
});

test('a signature is fetched by RPC, also from an endpoint that knows only version 0', async () => {
  const answer = JSON.parse(readFileSync(BASE64, 'utf8')) as { transaction: [string, string] };
  const [wire] = answer.transaction;
  const signature = encodeBase58(Buffer.from(wire, 'base64').subarray(1, 65));
  const versions: unknown[] = [];
  await using server = await startRpcServer({
    answer: ({ params }: RpcRequest) => {
      const [asked, options] = params as [string, { maxSupportedTransactionVersion: number }];
      versions.push(options.maxSupportedTransactionVersion);
      if (options.maxSupportedTransactionVersion > 0) {
        return { error: { code: -32602, message: 'Invalid params' } };
      }
      return { result: asked === signature ? { slot: 5, blockTime: null, ...answer } : null };
    },
  });
  const words = ['--json', '--rpc-url', server.url];
  const { out } = await runCommand(addSwapsCommand, ['swaps', 'decode', signature, ...words]);
  assert.deepEqual(versions, [1, 0]);
  const [swap] = out.map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    [swap?.['slot'], swap?.['signature'], swap?.['program'], swap?.['amount_out']],
    [5, signature, 'pumpfun', '3520371073923'],
  );
  const unknown = encodeBase58(new Uint8Array(64).fill(7));
  await assert.rejects(runCommand(addSwapsCommand, ['swaps', 'decode', unknown, ...words]), {
    code: 'RPC_PRUNED',
    message: /unknown there or too old/,
  });
});
