import assert from 'node:assert/strict';
import test from 'node:test';
import { OperatingError } from '../../../src/core/errors.ts';
import { BlockReader } from '../../../src/sources/rpc/block-reader.ts';
import { type ChainStart, readChain } from '../../../src/sources/rpc/read-chain.ts';
import { chainBeyondSamples, RecordedChain } from '../../support/recorded-chain.ts';
import { rpcClient } from '../../support/rpc-client.ts';
import { type RpcServer, startRpcServer } from '../../support/rpc-server.ts';

/** Goal: blocks come in chain order, a few at once, and a chain with a hole or of two parts is not taken. */

const FIRST = 254_170_887;

function slotsOf({ blocks }: RecordedChain): number[] {
  return [...blocks.keys()].sort((a, b) => a - b);
}

function chainOf(server: RpcServer, slots: readonly number[], from: Partial<ChainStart> = {}) {
  const bounds = { replyBytesMax: 16_000_000, concurrencyMax: 16, timeoutMs: 500 };
  const client = rpcClient(server.url, bounds);
  const options = { start: FIRST, previous: null, slots, concurrency: 3, ...from };
  return readChain(new BlockReader(client), options, new AbortController().signal);
}

async function slotsRead(chain: ReturnType<typeof chainOf>): Promise<number[]> {
  const slots: number[] = [];
  for await (const { slot } of chain) slots.push(slot);
  return slots;
}

const broken = (error: unknown): boolean =>
  error instanceof OperatingError && error.code === 'RPC_UNREACHABLE' && error.retryable;

test('blocks come in order, so many at once', async () => {
  const recorded = chainBeyondSamples(FIRST + 100);
  await using server = await startRpcServer({ answer: recorded.answer });
  const slots = slotsOf(recorded);
  // Answers come so fast that only requests that hang can be seen beside each other.
  server.fail({ type: 'silent' }, 3, 'getBlock');
  assert.deepEqual(await slotsRead(chainOf(server, slots)), slots);
  assert.equal(server.concurrencySeen(), 3);
});

test('a block that is not there although others are breaks the chain', async () => {
  const recorded = chainBeyondSamples(FIRST + 100);
  await using server = await startRpcServer({ answer: recorded.answer });
  const slots = slotsOf(recorded);
  const gap = slots.filter((_slot, i) => i !== 5);
  await assert.rejects(slotsRead(chainOf(server, gap)), broken);
  // The first of the list, too: slots before it are not skipped.
  await assert.rejects(slotsRead(chainOf(server, slots.slice(1))), broken);
  const previous = { slot: FIRST, blockhash: recorded.blocks.get(FIRST)?.blockhash ?? '' };
  const from = { start: FIRST + 1, previous };
  assert.deepEqual(await slotsRead(chainOf(server, slots.slice(1), from)), slots.slice(1));
  const other = { start: FIRST + 1, previous: { ...previous, blockhash: 'another' } };
  await assert.rejects(slotsRead(chainOf(server, slots.slice(1), other)), broken);
});

test('who stops reading ends the requests that are under way', async () => {
  const recorded = chainBeyondSamples(FIRST + 100);
  await using server = await startRpcServer({ answer: recorded.answer });
  for await (const { slot } of chainOf(server, slotsOf(recorded))) {
    assert.equal(slot, FIRST);
    break;
  }
  const asked = server.received.length;
  assert(asked <= 3, `${asked} blocks were asked for`);
});

test('an error of a later block waits for its turn', async () => {
  const recorded = chainBeyondSamples(FIRST + 100);
  const slots = slotsOf(recorded);
  const second = slots[1] ?? 0;
  const answer: typeof recorded.answer = (request) =>
    request.params[0] === second
      ? { error: { code: -32015, message: 'version' } }
      : recorded.answer(request);
  await using server = await startRpcServer({ answer });
  const chain = chainOf(server, slots);
  assert.equal((await chain.next()).value?.slot, FIRST);
  await assert.rejects(chain.next(), (error) => error instanceof OperatingError);
});

test('a chain may begin with its very first block', async () => {
  const hash = '4uhcVJyU9pJkvQyS88uRDiswHXSCkY3zQawwpjk2NsNY';
  const first = { parentSlot: 0, blockhash: hash, previousBlockhash: '1'.repeat(32) };
  const second = { parentSlot: 0, blockhash: '1'.repeat(32), previousBlockhash: hash };
  const chain = new RecordedChain(
    new Map(
      [first, second].map((block, slot) => [
        slot,
        { ...block, blockTime: null, blockHeight: null, transactions: [], rewards: [] },
      ]),
    ),
  );
  await using server = await startRpcServer({ answer: chain.answer });
  assert.deepEqual(await slotsRead(chainOf(server, [0, 1], { start: 0 })), [0, 1]);
});
