import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { zstdDecompressSync } from 'node:zlib';
import { PublicKey, VersionedTransaction } from '@solana/web3.js';
import type { DexParser } from 'solana-dex-parser';
import { epochOfSlot } from '../src/core/epoch.ts';
import { type SlotRange, slotRange } from '../src/core/slot-range.ts';
import { buildLedgerTransaction } from '../src/decode/ledger-transaction.ts';
import { decodeStatusMeta } from '../src/decode/status-meta.ts';
import { createTransactionLayout, readTransaction } from '../src/decode/transaction.ts';
import { isVoteTransaction } from '../src/decode/vote-transaction.ts';
import { ZSTD_MAGIC_LE, ZstdDecoder } from '../src/decode/zstd.ts';
import type { LedgerTransaction } from '../src/model/ledger-transaction.ts';
import type { StatusMeta } from '../src/model/status-meta.ts';
import type { ArchiveLocation } from '../src/model/worker-task.ts';
import { packArchive } from '../src/pack/pack-archive.ts';
import type { PackBlock } from '../src/pack/pack-block.ts';
import { readPackInput } from '../src/pack/read-pack-input.ts';
import { archiveAt } from '../tests/support/archive-folder.ts';

/** What `DexParser` takes: a transaction as @solana/web3.js hands it out. */
type PeerTransaction = Parameters<DexParser['parseAll']>[0];

/** One real block as an archive of many copies, and as the peer takes it. */
export interface SwapBlock {
  readonly slot: number;
  readonly archive: ArchiveLocation;
  readonly range: SlotRange;
  readonly copies: number;
  readonly bytes: number;
  /** Of one copy, those that are no vote. */
  readonly peerTransactions: readonly PeerTransaction[];
  /** The same ones, decoded. */
  readonly decoded: readonly DecodedTransaction[];
}

interface DecodedTransaction {
  readonly transaction: LedgerTransaction;
  readonly meta: StatusMeta;
}

interface SwapBlocks extends Disposable {
  readonly blocks: readonly SwapBlock[];
}

/** As much of getBlock's answer as web3.js changes before it hands a transaction out. */
interface BlockAnswer {
  readonly transactions: readonly {
    readonly transaction: { readonly signatures: readonly string[] };
    readonly meta: {
      readonly loadedAddresses?: { readonly [kind in 'writable' | 'readonly']: readonly string[] };
    };
    readonly version: 0 | 'legacy';
  }[];
}

const VOTE_PROGRAM = 'Vote111111111111111111111111111111111111111';
/** About as many as the chain has. */
const SLOTS_PER_SECOND = 2.5;
/** So many that what a shard costs besides its slots does not show. */
const COPIES = 48;

const sharedBlocks = fileURLToPath(new URL('../../shared/fixtures/dex/blocks', import.meta.url));
export const OWN_BLOCK_SLOT = 254_170_887;
const ownBlock = fileURLToPath(
  new URL(`../tests/fixtures/ledger/${OWN_BLOCK_SLOT}.json.zst`, import.meta.url),
);

/** The real blocks beside the project where they are, else the one that is part of it. */
export async function packSwapBlocks(): Promise<SwapBlocks> {
  const files = existsSync(sharedBlocks)
    ? ['254170887.json', '285000037.json'].map((name) => join(sharedBlocks, name))
    : [ownBlock];
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-swaps-'));
  const blocks: SwapBlock[] = [];
  for (const file of files) blocks.push(await swapBlock(file, folder));
  return { blocks, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

/** The block that is part of the project, in so many slots one after another; each has its own time. */
export async function packOwnBlock(outDir: string, copies: number): Promise<PackedCopies> {
  return packCopies(await readBlock(ownBlock), outDir, copies);
}

type PackedCopies = Pick<SwapBlock, 'slot' | 'archive' | 'range' | 'copies' | 'bytes'>;

async function readBlock(file: string): Promise<PackBlock> {
  const { value: block } = await readPackInput([file], new AbortController().signal).next();
  assert(block);
  return block;
}

async function packCopies(block: PackBlock, outDir: string, copies: number): Promise<PackedCopies> {
  const { slot, blockTime } = block;
  function* blocks(): Generator<PackBlock> {
    for (let n = 0; n < copies; n++) {
      const time = blockTime + Math.floor(n / SLOTS_PER_SECOND);
      yield { ...block, slot: slot + n, parentSlot: slot + n - 1, blockTime: time };
    }
  }
  const options = { epoch: epochOfSlot(slot), outDir, blocks: blocks(), lookupIndexes: false };
  const { carBytes } = await packArchive(options, new AbortController().signal);
  const range = slotRange(slot, slot + copies);
  return { slot, archive: archiveAt(outDir), copies, bytes: carBytes, range };
}

async function swapBlock(file: string, outDir: string): Promise<SwapBlock> {
  const block = await readBlock(file);
  return {
    ...(await packCopies(block, outDir, COPIES)),
    peerTransactions: peerTransactions(block, readAnswer(file)),
    decoded: decodedTransactions(block),
  };
}

function decodedTransactions({ slot, transactions }: PackBlock): DecodedTransaction[] {
  const layout = createTransactionLayout();
  const zstd = new ZstdDecoder(1 << 20);
  return transactions.flatMap(({ wire, metadata }, transactionIndex) => {
    readTransaction(wire, 0, wire.length, layout);
    if (isVoteTransaction(wire, layout)) return [];
    const stored = Buffer.from(metadata);
    const isFrame = stored.length > 3 && stored.readUInt32LE(0) === ZSTD_MAGIC_LE;
    const record = isFrame ? zstd.decompress(stored, 0, stored.length) : stored;
    const meta = decodeStatusMeta(record, slot);
    assert(meta !== null);
    const position = { slot, transactionIndex, blockTime: 0 };
    return [{ transaction: buildLedgerTransaction({ ...position, wire, meta }), meta }];
  });
}

function readAnswer(file: string): BlockAnswer {
  const bytes = readFileSync(file);
  const answer = JSON.parse((file.endsWith('.zst') ? zstdDecompressSync(bytes) : bytes).toString());
  return answer.result ?? answer;
}

function peerTransactions({ slot, blockTime, transactions }: PackBlock, answer: BlockAnswer) {
  return transactions.flatMap(({ wire }, i): PeerTransaction[] => {
    const { message } = VersionedTransaction.deserialize(wire);
    const listed = answer.transactions[i];
    assert(listed !== undefined);
    if (message.staticAccountKeys.some((key) => key.toBase58() === VOTE_PROGRAM)) return [];
    const { transaction, meta, version } = listed;
    const { writable = [], readonly = [] } = meta.loadedAddresses ?? {};
    const keyOf = (text: string): PublicKey => new PublicKey(text);
    const loadedAddresses = { writable: writable.map(keyOf), readonly: readonly.map(keyOf) };
    const made = {
      ...{ slot, blockTime, version, meta: { ...meta, loadedAddresses } },
      transaction: { message, signatures: transaction.signatures },
    };
    return [made as unknown as PeerTransaction];
  });
}
