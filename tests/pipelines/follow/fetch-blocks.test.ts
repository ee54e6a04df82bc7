import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { firstSlotOfEpoch } from '../../../src/core/epoch.ts';
import { OperatingError } from '../../../src/core/errors.ts';
import type { FetchBlocksResult, FetchBlocksTask } from '../../../src/model/follow-task.ts';
import { parseBlock } from '../../../src/pack/block-json.ts';
import { JsonPlace } from '../../../src/pack/json-place.ts';
import { fetchBlocks } from '../../../src/pipelines/follow/fetch-blocks.ts';
import {
  type ChainBlockAnswer,
  chainBeyondSamples,
  RecordedChain,
  sampleChain,
} from '../../support/recorded-chain.ts';
import { repackedBlocks } from '../../support/repacked-blocks.ts';
import { type RpcServer, startRpcServer } from '../../support/rpc-server.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { until } from '../../support/until.ts';
import { version1Transaction } from '../../support/wire-transaction.ts';

/** Goal: every batch is an archive of exactly what the chain holds, and its slots are the proven ones. */

const never = new AbortController().signal;
const FIRST = 254_170_887;
const BEYOND = FIRST + 100;

interface Fetching {
  readonly folder: string;
  readonly fetch: (wanted: Partial<FetchBlocksTask>) => Promise<FetchBlocksResult>;
}

function fetching(t: TestContext, server: RpcServer): Fetching {
  const folder = join(tempFolder(t), 'batch');
  const rpc = {
    ...{ url: server.url, requestsPerSecond: 10_000, concurrency: 4 },
    ...{ timeoutMs: 5000, triesMax: 1 },
  };
  const fetch = async (wanted: Partial<FetchBlocksTask>) => {
    const { port1, port2 } = new MessageChannel();
    const task = { type: 'fetch-blocks', rpc, start: FIRST, end: null, slotsMax: 10 } as const;
    try {
      return await fetchBlocks({ ...task, folder, previous: null, ...wanted }, port2, never);
    } finally {
      port1.close();
    }
  };
  return { folder, fetch };
}

function carOf(folder: string, epoch: number): Buffer {
  return readFileSync(join(folder, String(epoch), `epoch-${epoch}.car`));
}

function failsWith(code: string, retryable: boolean) {
  return (error: unknown) =>
    error instanceof OperatingError && error.code === code && error.retryable === retryable;
}

test('a batch is an archive of its blocks, with what their JSON says, and ends with a block', async (t) => {
  const chain = chainBeyondSamples(BEYOND);
  await using server = await startRpcServer({ answer: chain.answer });
  const { folder, fetch } = fetching(t, server);
  const { tip, batch } = await fetch({});
  const slots = [0, 2, 3, 4, 5, 6, 7, 8, 9].map((after) => FIRST + after);
  const blockhash = chain.blocks.get(FIRST + 9)?.blockhash;
  assert.equal(tip, BEYOND);
  assert.deepEqual(batch, {
    range: { start: FIRST, end: FIRST + 10 },
    slotsPresent: slots.length,
    last: { slot: FIRST + 9, blockhash },
  });
  const packed = [...repackedBlocks(carOf(folder, 588))];
  const expected = slots.map((slot) => parseBlock(new JsonPlace(chain.blocks.get(slot), ''), slot));
  for (const [i, block] of expected.entries()) {
    const { slot, parentSlot, blockTime, blockHeight, transactions, rewards } = block;
    const { entries: _entries, shredding: _shredding, ...found } = packed[i] ?? {};
    const hashes = { blockhash: null, previousBlockhash: null };
    assert.deepEqual(found, {
      ...{ slot, parentSlot, blockTime, blockHeight, rewards, ...hashes },
      transactions: transactions.map(({ wire, metadata }) => ({
        wire: Buffer.from(wire),
        metadata: Buffer.from(metadata),
      })),
    });
  }
  assert.deepEqual(
    readdirSync(join(folder, '588')).filter((name) => name.startsWith('.')),
    [],
  );
});

test('without a start it begins at the tip, and beyond the tip there is nothing', async (t) => {
  const chain = chainBeyondSamples(BEYOND);
  chain.tip = FIRST + 9;
  await using server = await startRpcServer({ answer: chain.answer });
  const { fetch } = fetching(t, server);
  const { batch } = await fetch({ start: null });
  assert.deepEqual(batch?.range, { start: FIRST + 9, end: FIRST + 10 });
  const later = await fetch({ start: FIRST + 10 });
  assert.deepEqual(later, { type: 'fetch-blocks', tip: FIRST + 9, batch: null });
});

test('slots without a block are a batch of their own as soon as a later block proves it', async (t) => {
  const chain = chainBeyondSamples(FIRST + 50_000);
  const last = Math.max(...sampleChain().keys());
  await using server = await startRpcServer({ answer: chain.answer });
  const { folder, fetch } = fetching(t, server);
  const previous = { slot: last, blockhash: chain.blocks.get(last)?.blockhash ?? '' };
  const { batch } = await fetch({ start: last + 1, previous });
  const range = { start: last + 1, end: FIRST + 50_000 };
  assert.deepEqual(batch, { range, slotsPresent: 0, last: previous });
  const bounded = await fetch({ start: last + 1, end: last + 3 });
  assert.deepEqual(bounded.batch?.range, { start: last + 1, end: last + 3 });
  assert(!existsSync(folder));
  const other = { ...previous, blockhash: 'another' };
  await assert.rejects(
    fetch({ start: last + 1, previous: other }),
    failsWith('RPC_UNREACHABLE', true),
  );
  chain.blocks.delete(FIRST + 50_000);
  assert.equal((await fetch({ start: last + 1 })).batch, null);
});

test('a batch ends where an epoch does', async (t) => {
  const start = firstSlotOfEpoch(589) - 3;
  const header = { rewards: [], transactions: [], blockHeight: 7, blockTime: 1_710_600_000 };
  const hash = (n: number) => '1'.repeat(31) + String.fromCharCode('2'.charCodeAt(0) + n);
  const blocks = new Map<number, ChainBlockAnswer>();
  for (const [n, slot] of [start, start + 4, start + 5].entries()) {
    const parentSlot = n === 0 ? start - 1 : n === 1 ? start : start + 4;
    const hashes = { blockhash: hash(n + 1), previousBlockhash: hash(n) };
    blocks.set(slot, { ...header, ...hashes, parentSlot });
  }
  await using server = await startRpcServer({ answer: new RecordedChain(blocks).answer });
  const { fetch } = fetching(t, server);
  const { batch: first } = await fetch({ start });
  assert.deepEqual(first?.range, { start, end: start + 1 });
  const { batch: skipped } = await fetch({ start: start + 1, previous: first.last });
  assert.deepEqual(skipped?.range, { start: start + 1, end: start + 3 });
  assert.deepEqual([skipped.slotsPresent, skipped.last], [0, first.last]);
  const { batch: next } = await fetch({ start: start + 3, previous: skipped.last });
  assert.deepEqual(next?.range, { start: start + 3, end: start + 6 });
});

test('slots that the endpoint no longer has are an error, not slots without blocks', async (t) => {
  const chain = chainBeyondSamples(BEYOND);
  chain.firstAvailable = FIRST + 5;
  await using server = await startRpcServer({ answer: chain.answer });
  const { fetch } = fetching(t, server);
  await assert.rejects(fetch({}), failsWith('RPC_PRUNED', false));
  // An endpoint that does not tell what it keeps: the parent of its first block tells.
  const reply = { error: { code: -32601, message: 'Method not found' } };
  server.fail({ type: 'reply', reply }, 1, 'getFirstAvailableBlock');
  await assert.rejects(fetch({}), failsWith('RPC_UNREACHABLE', true));
});

test('amounts beyond a double, no block time and version 1 arrive as they are', async (t) => {
  const chain = chainBeyondSamples(BEYOND);
  const slot = FIRST + 2;
  const block = chain.blocks.get(slot);
  assert(block !== undefined);
  const keys = [1, 2, 3].map((n) => Buffer.alloc(32, n));
  const calls = [{ program: 2, accounts: [0], data: Buffer.of(9) }];
  const wire = version1Transaction(keys, calls);
  const [item] = block.transactions as { meta: object }[];
  const large = 9_007_199_254_740_993n;
  const rawJson = Reflect.get(JSON, 'rawJSON') as (text: string) => unknown;
  const written = rawJson(String(large));
  const meta = { ...item?.meta, preBalances: [written], postBalances: [written] };
  const transactions = [{ version: 1, transaction: [wire.toString('base64'), 'base64'], meta }];
  chain.blocks.set(slot, { ...block, blockTime: null, transactions });
  await using server = await startRpcServer({ answer: chain.answer });
  const { folder, fetch } = fetching(t, server);
  await fetch({ end: slot + 1 });
  const [, packed] = [...repackedBlocks(carOf(folder, 588))];
  assert.equal(packed?.blockTime, 0);
  const [transaction] = packed.transactions;
  assert.deepEqual(transaction?.wire, wire);
  const exact = { ...item?.meta, preBalances: [large], postBalances: [large] };
  const given = { ...block, blockTime: null, transactions: [{ ...transactions[0], meta: exact }] };
  const [expected] = parseBlock(new JsonPlace(given, ''), slot).transactions;
  assert.deepEqual(transaction.metadata, expected?.metadata);
});

test('a message on the port stops it, and nothing half packed is left', async (t) => {
  const chain = chainBeyondSamples(BEYOND);
  await using server = await startRpcServer({ answer: chain.answer });
  server.fail({ type: 'silent' }, 1, 'getBlock');
  const folder = join(tempFolder(t), 'batch');
  const rpc = {
    ...{ url: server.url, requestsPerSecond: 10_000, concurrency: 4 },
    ...{ timeoutMs: 60_000, triesMax: 1 },
  };
  const { port1, port2 } = new MessageChannel();
  const task = { type: 'fetch-blocks', start: FIRST, end: null, slotsMax: 10 } as const;
  const fetched = fetchBlocks({ ...task, rpc, folder, previous: null }, port2, never);
  await until('blocks are asked for', () => server.received.length > 3);
  port1.postMessage('stop');
  await assert.rejects(
    fetched,
    (error) => error instanceof OperatingError && error.code === 'CANCELLED',
  );
  assert.deepEqual(readdirSync(join(folder, '588')), []);
  port1.close();
});
