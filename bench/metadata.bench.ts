import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { decode } from '@atcute/cbor';
import { decompress } from '@cloudpss/zstd';
import protobuf from 'protobufjs';
import { AccountKeySet } from '../src/decode/account-key-set.ts';
import { decodeCarHeader, decodeSection, SECTION_BYTES_MAX } from '../src/decode/car-frame.ts';
import { SectionScanner } from '../src/decode/scan-sections.ts';
import { decodeStatusMeta } from '../src/decode/status-meta.ts';
import { StatusMetaFields } from '../src/decode/status-meta-fields.ts';
import { ZstdDecoder } from '../src/decode/zstd.ts';
import { measureInterleaved, printMeasured } from './interleaved-rounds.ts';

/**
 * What the metadata of every transaction costs, from the bytes of the archive on: needed fields and
 * full objects of ours, beside full objects by the quickest libraries known.
 * Usage: node --import tsx bench/metadata.bench.ts [CAR file]
 */

const ROUNDS = 7;
const sample = '../../shared/fixtures/ledger/archives/epoch-127-dbin/epoch-127.car';
const path = process.argv[2] ?? fileURLToPath(new URL(sample, import.meta.url));
if (!existsSync(path)) {
  console.log(`skipped: ${path} is missing; give the path of a CAR file`);
  process.exit(0);
}
const car = readFileSync(path);
const start = decodeCarHeader(car)?.end ?? 0;

/** `solana.storage.ConfirmedBlock`, the messages that metadata is made of. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message TransactionError { bytes err = 1; }
  message InnerInstruction { uint32 program_id_index = 1; bytes accounts = 2; bytes data = 3; optional uint32 stack_height = 4; }
  message InnerInstructions { uint32 index = 1; repeated InnerInstruction instructions = 2; }
  message UiTokenAmount { double ui_amount = 1; uint32 decimals = 2; string amount = 3; string ui_amount_string = 4; }
  message TokenBalance { uint32 account_index = 1; string mint = 2; UiTokenAmount ui_token_amount = 3; string owner = 4; string program_id = 5; }
  message Reward { string pubkey = 1; int64 lamports = 2; uint64 post_balance = 3; uint32 reward_type = 4; string commission = 5; }
  message ReturnData { bytes program_id = 1; bytes data = 2; }
  message TransactionStatusMeta {
    TransactionError err = 1; uint64 fee = 2; repeated uint64 pre_balances = 3; repeated uint64 post_balances = 4;
    repeated InnerInstructions inner_instructions = 5; repeated string log_messages = 6;
    repeated TokenBalance pre_token_balances = 7; repeated TokenBalance post_token_balances = 8; repeated Reward rewards = 9;
    bool inner_instructions_none = 10; bool log_messages_none = 11;
    repeated bytes loaded_writable_addresses = 12; repeated bytes loaded_readonly_addresses = 13;
    ReturnData return_data = 14; bool return_data_none = 15;
    optional uint64 compute_units_consumed = 16; optional uint64 cost_units = 17;
  }`);
const Meta = root.lookupType('TransactionStatusMeta');

interface Sums {
  transactions: number;
  logs: number;
  inner: number;
}

function withLibraries(): Sums {
  const sums = { transactions: 0, logs: 0, inner: 0 };
  for (let at = start; at < car.length; ) {
    const section = decodeSection(car, at, car.length, SECTION_BYTES_MAX);
    if (typeof section === 'number') break;
    at = section.end;
    if (car[section.nodeStart + 1] !== 0) continue;
    const node = decode(car.subarray(section.nodeStart, section.end));
    const frame = node[2][4].buf as Uint8Array;
    sums.transactions++;
    if (frame.length === 0) continue;
    const meta = Meta.decode(decompress(frame)) as unknown as {
      log_messages: string[];
      inner_instructions: { instructions: unknown[] }[];
      logMessages: string[];
      innerInstructions: { instructions: unknown[] }[];
    };
    sums.logs += meta.logMessages.length;
    for (const group of meta.innerInstructions) sums.inner += group.instructions.length;
  }
  return sums;
}

const zstd = new ZstdDecoder(64 << 20);
const fields = new StatusMetaFields();
const scanner = new SectionScanner({
  keys: new AccountKeySet([]),
  everyTransaction: true,
  lookupsAreCandidates: false,
  sectionBytesMax: SECTION_BYTES_MAX,
  sectionsMax: 4096,
  eventsMax: 1024,
});

/** Scans the archive and hands over the decompressed metadata of every transaction. */
function eachRecord(take: (from: number, to: number, slot: number) => void): number {
  let transactions = 0;
  for (let at = start; ; ) {
    const next = scanner.scan(car, at, car.length);
    const { events } = scanner;
    for (let row = 0; row < events.count; row++) {
      if (events.kinds[row] !== 0) continue;
      transactions++;
      const from = events.metadataStarts[row]!;
      const to = events.metadataEnds[row]!;
      if (from === to) continue;
      zstd.run(car, from, to);
      take(zstd.start, zstd.end, events.slots[row]!);
    }
    if (next === at || next === car.length) return transactions;
    at = next;
  }
}

function neededFields(): Sums {
  const sums = { transactions: 0, logs: 0, inner: 0 };
  sums.transactions = eachRecord((from, to) => {
    fields.read(zstd.memory, from, to);
    sums.logs += fields.logCount;
    sums.inner += fields.innerCount;
  });
  return sums;
}

function fullObjects(): Sums {
  const sums = { transactions: 0, logs: 0, inner: 0 };
  sums.transactions = eachRecord((from, to, slot) => {
    const meta = decodeStatusMeta(zstd.memory.subarray(from, to), slot);
    sums.logs += meta?.logMessages?.length ?? 0;
    for (const group of meta?.innerInstructions ?? []) sums.inner += group.instructions.length;
  });
  return sums;
}

const sums = neededFields();
assert.deepEqual(fullObjects(), sums);
assert.deepEqual(withLibraries(), sums, 'all find the same lines and instructions');
const measured = measureInterleaved(
  [
    { name: '@atcute/cbor + @cloudpss/zstd + protobufjs, objects', work: withLibraries },
    { name: 'needed fields of ours', work: neededFields },
    { name: 'full objects of ours', work: fullObjects },
    { name: 'scan and decompression alone', work: () => eachRecord(() => undefined) },
  ],
  sums.transactions,
  ROUNDS,
);
printMeasured(
  `${path.split('/').at(-1)}, ${sums.transactions} transactions, ${sums.logs} log lines; ${ROUNDS} interleaved rounds`,
  'tx',
  measured,
);
console.log('goal: needed fields at least 3 times as fast as the libraries');
