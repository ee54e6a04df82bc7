import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeBase58 } from '../../src/core/base58.ts';
import { firstSlotOfEpoch } from '../../src/core/epoch.ts';
import { type SlotRange, slotRange } from '../../src/core/slot-range.ts';
import { JsonPlace } from '../../src/pack/json-place.ts';
import { packArchive } from '../../src/pack/pack-archive.ts';
import type { PackBlock, PackTransaction } from '../../src/pack/pack-block.ts';
import { encodeStatusMeta } from '../../src/pack/status-meta-protobuf.ts';
import { storedPayload } from '../../src/pack/stored-payload.ts';
import { encodeWireTransaction } from '../../src/pack/wire-transaction.ts';

/** A session in an archive of a few kilobytes, with everything in it that makes reading hard. */

const PROGRAM = '4jB7tZybufNfgs8HRj9DiSCMYfEqb8jWkxKcnZnA1vBt';
const VOTE_PROGRAM = 'Vote111111111111111111111111111111111111111';
const EPOCH = 321;
const FIRST = firstSlotOfEpoch(EPOCH) + 5;
const SESSION_ID = Buffer.alloc(16, 0x5e);

export interface UploadArchive {
  readonly base: string;
  readonly folder: string;
  readonly carPath: string;
  readonly epoch: number;
  /** A little wider than what is present. */
  readonly range: SlotRange;
  readonly slots: readonly number[];
}

/** What one test wants otherwise. */
export interface UploadArchiveOptions {
  /** Changes the blocks before they are packed. */
  readonly change?: (blocks: PackBlock[]) => PackBlock[];
  /** Bytes of a payload before it is cut into frames; the default cuts the larger payloads here. */
  readonly frameBytes?: number;
}

function key(n: number): string {
  return encodeBase58(Buffer.alloc(32, n));
}

function chunkData(index: number, text: string): Buffer {
  const head = Buffer.alloc(22);
  head[0] = 4;
  SESSION_ID.copy(head, 1);
  head.writeUInt32LE(index, 17);
  return Buffer.concat([head, Buffer.from(text)]);
}

function finalizeData(chunks: number): Buffer {
  const head = Buffer.alloc(21);
  head[0] = 5;
  SESSION_ID.copy(head, 1);
  head.writeUInt32LE(chunks, 17);
  return Buffer.concat([head, Buffer.alloc(32, 0xee)]);
}

interface Call {
  readonly seed: number;
  readonly program: string;
  readonly data: Uint8Array;
}

function wireOf({ seed, program, data }: Call, lookup: boolean): Uint8Array {
  const message = {
    header: {
      numRequiredSignatures: 1,
      numReadonlySignedAccounts: 0,
      numReadonlyUnsignedAccounts: 1,
    },
    accountKeys: [key(1), key(2), program],
    recentBlockhash: key(9),
    instructions: [{ programIdIndex: 2, accounts: [0, 1], data: encodeBase58(data) }],
    addressTableLookups: lookup
      ? [{ accountKey: key(7), writableIndexes: [], readonlyIndexes: [3] }]
      : undefined,
  };
  const signatures = [encodeBase58(Buffer.alloc(64, seed))];
  const place = new JsonPlace({ signatures, message }, 'made');
  return encodeWireTransaction(place, new JsonPlace(lookup ? 0 : 'legacy', 'made'));
}

function metadataOf(fields: object): Uint8Array {
  const meta = { err: null, fee: 5000, preBalances: [9], postBalances: [8], ...fields };
  return storedPayload(encodeStatusMeta(new JsonPlace(meta, 'made')));
}

/** A chunk or finalize by a top-level instruction. */
export function directCall(seed: number, data: Uint8Array): PackTransaction {
  return { wire: wireOf({ seed, program: PROGRAM, data }, false), metadata: metadataOf({}) };
}

/** A chunk whose program comes from a lookup table and is called by another program. */
function innerCall(seed: number, data: Uint8Array): PackTransaction {
  const inner = { programIdIndex: 3, accounts: [0, 1], data: encodeBase58(data), stackHeight: 2 };
  const metadata = metadataOf({
    innerInstructions: [{ index: 0, instructions: [inner] }],
    loadedAddresses: { writable: [], readonly: [PROGRAM] },
  });
  const call = { seed, program: key(8), data: Buffer.of(1) };
  return { wire: wireOf(call, true), metadata };
}

function vote(seed: number): PackTransaction {
  const wire = wireOf({ seed, program: VOTE_PROGRAM, data: Buffer.of(2) }, false);
  return { wire, metadata: new Uint8Array() };
}

export const chunkOf = (seed: number, index: number, text: string): PackTransaction =>
  directCall(seed, chunkData(index, text));

function uploadBlocks(): PackBlock[] {
  const transactions = [
    [vote(20), chunkOf(21, 0, 'A river that is led '.repeat(9))],
    [innerCall(30, chunkData(1, 'onto a wheel')), vote(31)],
    [chunkOf(40, 2, ' loses nothing'), directCall(41, finalizeData(3))],
  ];
  return transactions.map((list, n) => ({
    slot: slotAt(n),
    parentSlot: n === 0 ? FIRST - 1 : slotAt(n - 1),
    blockTime: 1_700_000_000 + n,
    blockHeight: 100 + n,
    blockhash: null,
    previousBlockhash: null,
    transactions: list,
    rewards: n === 1 ? Buffer.from('some rewards') : null,
  }));
}

/** The second present slot follows a skipped one. */
function slotAt(n: number): number {
  return FIRST + n + (n > 0 ? 1 : 0);
}

/** Packs three slots with an upload of three chunks below `<base>/321/`, with all indexes. */
export async function makeUploadArchive(
  base: string,
  options: UploadArchiveOptions = {},
): Promise<UploadArchive> {
  const { change = (blocks) => blocks, frameBytes = 220 } = options;
  const blocks = change(uploadBlocks());
  const limits = { firstBytesMax: frameBytes, nextBytesMax: frameBytes };
  const frameLimits = { transaction: limits, rewards: limits };
  const { folder } = await packArchive(
    { epoch: EPOCH, outDir: base, blocks, frameLimits },
    new AbortController().signal,
  );
  const slots = blocks.map(({ slot }) => slot);
  return {
    ...{ base, folder, epoch: EPOCH, slots },
    carPath: join(folder, `epoch-${EPOCH}.car`),
    range: slotRange(FIRST - 2, (slots.at(-1) ?? FIRST) + 3),
  };
}

/** Offset and length of every present slot, as slot-ranges tells it. */
export function slotPlaces(archive: UploadArchive): { offset: number; length: number }[] {
  const bytes = readFileSync(join(archive.folder, `epoch-${archive.epoch}-slot-ranges.raw`));
  return archive.slots.map((slot) => {
    const at = (slot - firstSlotOfEpoch(archive.epoch)) * 12;
    return { offset: Number(bytes.readBigUInt64LE(at)), length: bytes.readUInt32LE(at + 8) };
  });
}
