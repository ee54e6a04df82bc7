import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { decodeBase58, encodeBase58 } from '../../src/core/base58.ts';
import { decodeCarHeader, decodeSection, SECTION_BYTES_MAX } from '../../src/decode/car-frame.ts';
import { decodeRewards } from '../../src/decode/rewards.ts';
import { createSectionHasher } from '../../src/decode/section-hasher.ts';
import { decodeStatusMeta } from '../../src/decode/status-meta.ts';
import { StatusMetaFields } from '../../src/decode/status-meta-fields.ts';
import { transactionErrorText } from '../../src/decode/transaction-error.ts';
import { ZSTD_MAGIC_LE, ZstdDecoder } from '../../src/decode/zstd.ts';
import type { StatusMeta, TokenBalance } from '../../src/model/status-meta.ts';
import {
  type GoldenSlot,
  ledgerArchives,
  skipWithoutArchives,
} from '../support/ledger-archives.ts';
import { slotPayloads } from '../support/slot-payloads.ts';

/** Goal: the metadata of every transaction of every real archive is what independent programs say of it. */

interface MetaTotals {
  readonly failed: number;
  readonly innerInstructions: number;
  readonly logLines: number;
  readonly computeUnits: number;
  readonly fees: number;
  readonly rewards: number;
}

const zstd = new ZstdDecoder(64 << 20);

function decompress(payload: Uint8Array): Buffer {
  const stored = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const isFrame = stored.length > 3 && stored.readUInt32LE(0) === ZSTD_MAGIC_LE;
  return isFrame ? zstd.decompress(stored, 0, stored.length) : stored;
}

function totalsOfObjects(metas: readonly (StatusMeta | null)[], rewards: number): MetaTotals {
  const sum = (of: (meta: StatusMeta) => number): number =>
    metas.reduce((total, meta) => total + (meta === null ? 0 : of(meta)), 0);
  return {
    failed: sum((meta) => (meta.failed ? 1 : 0)),
    innerInstructions: sum((meta) =>
      (meta.innerInstructions ?? []).reduce((n, group) => n + group.instructions.length, 0),
    ),
    logLines: sum((meta) => meta.logMessages?.length ?? 0),
    computeUnits: sum((meta) => Number(meta.computeUnits ?? 0n)),
    fees: sum((meta) => Number(meta.fee)),
    rewards,
  };
}

function totalsOfFields(payloads: readonly Uint8Array[], rewards: number): MetaTotals {
  const fields = new StatusMetaFields();
  const totals = {
    failed: 0,
    innerInstructions: 0,
    logLines: 0,
    computeUnits: 0,
    fees: 0,
    rewards,
  };
  for (const payload of payloads) {
    const record = decompress(payload);
    fields.read(record, 0, record.length);
    totals.failed += fields.failed ? 1 : 0;
    totals.innerInstructions += fields.innerCount;
    totals.logLines += fields.logCount;
    totals.computeUnits += Math.max(0, fields.computeUnits);
    totals.fees += fields.fee;
  }
  return totals;
}

test('sums over the metadata of every slot of every archive are the golden ones, by both readers', {
  skip: skipWithoutArchives,
}, () => {
  for (const { name, car, golden } of ledgerArchives()) {
    let index = 0;
    for (const { slot, metadata, rewards } of slotPayloads(car)) {
      const expected = golden[index++] as GoldenSlot & MetaTotals;
      const { failed, innerInstructions, logLines, computeUnits, fees } = expected;
      const wanted = { failed, innerInstructions, logLines, computeUnits, fees };
      const count = rewards === null ? 0 : decodeRewards(decompress(rewards)).rewards.length;
      const metas = metadata.map((payload) => decodeStatusMeta(decompress(payload), slot));
      const all = { ...wanted, rewards: expected.rewards };
      assert.deepEqual(totalsOfObjects(metas, count), all, `${name} slot ${slot}`);
      assert.deepEqual(totalsOfFields(metadata, count), all, `${name} slot ${slot}`);
    }
    assert.equal(index, golden.length, name);
  }
});

test('every CID of every archive is found right by both ways of hashing, and a changed byte wrong', {
  skip: skipWithoutArchives,
}, () => {
  for (const { name, car } of ledgerArchives()) {
    const rows: [number, number, number][] = [];
    for (let at = decodeCarHeader(car)?.end ?? 0; at < car.length; ) {
      const section = decodeSection(car, at, car.length, SECTION_BYTES_MAX);
      assert(typeof section !== 'number');
      rows.push([section.nodeStart, section.end, section.digestStart]);
      at = section.end;
    }
    const table = {
      nodeStarts: Int32Array.from(rows, ([start]) => start),
      ends: Int32Array.from(rows, ([, end]) => end),
      digestStarts: Int32Array.from(rows, ([, , digest]) => digest),
    };
    for (const strategy of ['simd', 'native'] as const) {
      const hasher = createSectionHasher({ windowBytes: car.length, strategy, now: () => 0 });
      car.copy(hasher.window);
      assert.equal(hasher.verify(table, 0, rows.length), -1, `${name} by ${strategy}`);
      const bad = rows.length >> 1;
      hasher.window[rows[bad]![1] - 1]! ^= 4;
      assert.equal(hasher.verify(table, 0, rows.length), bad, `${name} by ${strategy}`);
    }
  }
});

interface JsonToken {
  readonly accountIndex: number;
  readonly mint: string;
  readonly owner?: string;
  readonly programId?: string;
  readonly uiTokenAmount: { readonly amount: string; readonly decimals: number };
}

interface JsonMeta {
  readonly err:
    | null
    | string
    | { readonly InstructionError: readonly [number, string | { readonly Custom: number }] }
    | { readonly InsufficientFundsForRent: { readonly account_index: number } };
  readonly fee: number;
  readonly preBalances: readonly number[];
  readonly postBalances: readonly number[];
  readonly innerInstructions: readonly {
    readonly index: number;
    readonly instructions: readonly {
      readonly programIdIndex: number;
      readonly accounts: readonly number[];
      readonly data: string;
      readonly stackHeight: number | null;
    }[];
  }[];
  readonly logMessages: readonly string[];
  readonly preTokenBalances: readonly JsonToken[];
  readonly postTokenBalances: readonly JsonToken[];
  readonly loadedAddresses: { readonly writable: string[]; readonly readonly: string[] };
  readonly computeUnitsConsumed: number;
  readonly returnData?: { readonly programId: string; readonly data: readonly [string, string] };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function keyTexts(keys: Uint8Array): string[] {
  return Array.from({ length: keys.length / 32 }, (_, k) =>
    encodeBase58(keys.subarray(k * 32, k * 32 + 32)),
  );
}

function tokenOfJson(token: JsonToken): TokenBalance {
  return {
    accountIndex: token.accountIndex,
    mint: token.mint,
    owner: token.owner ?? null,
    programId: token.programId ?? null,
    amount: token.uiTokenAmount.amount,
    decimals: token.uiTokenAmount.decimals,
  };
}

/** The names that getBlock gives, in the form that our text has. */
function errorOfJson(error: JsonMeta['err']): string | null {
  if (error === null || typeof error === 'string') return error;
  if ('InsufficientFundsForRent' in error) {
    return `InsufficientFundsForRent(${error.InsufficientFundsForRent.account_index})`;
  }
  const [index, inner] = error.InstructionError;
  const name = typeof inner === 'string' ? inner : `Custom(${inner.Custom})`;
  return `InstructionError(${index}, ${name})`;
}

/** Both sides in one plain form: every field that getBlock knows. */
function plainOfJson(meta: JsonMeta): unknown {
  return {
    error: errorOfJson(meta.err),
    fee: meta.fee,
    preBalances: meta.preBalances,
    postBalances: meta.postBalances,
    inner: meta.innerInstructions.map(({ index, instructions }) => [
      index,
      ...instructions.map((one) => [
        one.programIdIndex,
        hex(Uint8Array.from(one.accounts)),
        hex(decodeBase58(one.data) ?? Buffer.from('not base58')),
        one.stackHeight,
      ]),
    ]),
    logMessages: meta.logMessages,
    preTokens: meta.preTokenBalances.map(tokenOfJson),
    postTokens: meta.postTokenBalances.map(tokenOfJson),
    writable: meta.loadedAddresses.writable,
    readonly: meta.loadedAddresses.readonly,
    computeUnits: meta.computeUnitsConsumed,
    returnData: meta.returnData ? [meta.returnData.programId, meta.returnData.data[0]] : null,
  };
}

function plainOfMeta(meta: StatusMeta): unknown {
  const returned = meta.returnData;
  return {
    error: meta.error === null ? null : transactionErrorText(meta.error),
    fee: Number(meta.fee),
    preBalances: meta.preBalances.map(Number),
    postBalances: meta.postBalances.map(Number),
    inner: (meta.innerInstructions ?? []).map(({ outer, instructions }) => [
      outer,
      ...instructions.map((one) => [
        one.programIndex,
        hex(one.accounts),
        hex(one.data),
        one.stackHeight,
      ]),
    ]),
    logMessages: meta.logMessages,
    preTokens: meta.preTokenBalances,
    postTokens: meta.postTokenBalances,
    writable: keyTexts(meta.loadedWritable),
    readonly: keyTexts(meta.loadedReadonly),
    computeUnits: Number(meta.computeUnits),
    returnData: returned
      ? [encodeBase58(returned.programId), Buffer.from(returned.data).toString('base64')]
      : null,
  };
}

test('slot 254170887 equals what getBlock said of it, field by field', {
  skip: skipWithoutArchives,
}, () => {
  const archive = [...ledgerArchives()].find(({ name }) => name.includes('epoch-588'));
  assert(archive !== undefined);
  const [slot] = [...slotPayloads(archive.car)];
  const source = '../../../shared/fixtures/ledger/blocks/254170887.json';
  const parsed = JSON.parse(readFileSync(new URL(source, import.meta.url)).toString());
  const block = (parsed.result ?? parsed) as { transactions: { meta: JsonMeta }[] };
  assert.equal(slot?.metadata.length, block.transactions.length);
  for (const [i, { meta }] of block.transactions.entries()) {
    const decoded = decodeStatusMeta(decompress(slot.metadata[i]!), slot.slot);
    assert(decoded !== null);
    assert.deepEqual(plainOfMeta(decoded), plainOfJson(meta), `transaction ${i}`);
  }
});
