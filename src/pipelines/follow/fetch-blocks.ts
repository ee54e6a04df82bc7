import type { MessagePort } from 'node:worker_threads';
import { epochOfSlot, firstSlotOfEpoch } from '../../core/epoch.ts';
import { errorText, OperatingError } from '../../core/errors.ts';
import type { SlotRange } from '../../core/slot-range.ts';
import type {
  ChainBlock,
  FetchBlocksResult,
  FetchBlocksTask,
  FetchedBatch,
} from '../../model/follow-task.ts';
import { crashPoint } from '../../ops/crash-point.ts';
import { parseBlock } from '../../pack/block-json.ts';
import { JsonPlace } from '../../pack/json-place.ts';
import { packArchive } from '../../pack/pack-archive.ts';
import type { PackBlock } from '../../pack/pack-block.ts';
import type { BlockReader } from '../../sources/rpc/block-reader.ts';
import { type ChainStart, readChain, requireChild } from '../../sources/rpc/read-chain.ts';
import { connectBlocks } from '../rpc/rpc-connection.ts';

/** Slots asked for in one request while the next block is looked for; the protocol allows 500,000. */
const PAGE_SLOTS = 10_000;

/**
 * Fetches what is new behind `start` and packs it. A batch ends with a block, so every slot without one in it is
 * proven to be skipped by the parent of the block behind; where a whole batch would have no block, the next one is
 * looked for and only its header is read.
 * @throws {OperatingError} RPC_* as `BlockReader`, RPC_PRUNED when the endpoint no longer has `start`; RECORD_MALFORMED
 * for a block that cannot be read; DISK_FULL or DATA_FOLDER; CANCELLED when the port said so.
 */
export async function fetchBlocks(
  task: FetchBlocksTask,
  port: MessagePort,
  signal: AbortSignal,
): Promise<FetchBlocksResult> {
  const scope = new AbortController();
  port.once('message', () => scope.abort(stopped()));
  const wanted = AbortSignal.any([signal, scope.signal]);
  const reader = connectBlocks(task.rpc);
  const tip = await reader.finalizedSlot(wanted);
  const start = task.start ?? tip;
  const type = 'fetch-blocks';
  if (start > tip) return { type, tip, batch: null };
  const limit = Math.min(
    task.end ?? Number.POSITIVE_INFINITY,
    firstSlotOfEpoch(epochOfSlot(start) + 1),
  );
  const window = { start, end: Math.min(start + task.slotsMax, limit, tip + 1) };
  const slots = await reader.listSlots(window, wanted);
  if (slots[0] !== start) await requireHistory(reader, start, wanted);
  const from = { start, previous: task.previous };
  const last = slots.at(-1);
  const batch =
    last === undefined
      ? await skippedBatch(reader, { from, searchFrom: window.end, tip, limit }, wanted)
      : await packedBatch(reader, { task, from, slots, range: { start, end: last + 1 } }, wanted);
  return { type, tip, batch };
}

interface Packing {
  readonly task: FetchBlocksTask;
  readonly from: ChainStart;
  readonly slots: readonly number[];
  readonly range: SlotRange;
}

async function packedBatch(
  reader: BlockReader,
  { task, from, slots, range }: Packing,
  signal: AbortSignal,
): Promise<FetchedBatch> {
  const { folder, rpc } = task;
  const chain = readChain(reader, { ...from, slots, concurrency: rpc.concurrency }, signal);
  let last: ChainBlock | null = null;
  async function* blocks(): AsyncGenerator<PackBlock> {
    for await (const { slot, blockhash, answer } of chain) {
      last = { slot, blockhash };
      yield parseBlock(new JsonPlace(answer, `block ${slot} of the RPC endpoint`), slot);
    }
    crashPoint('blocks-before-pack-end');
  }
  const epoch = epochOfSlot(range.start);
  const packing = { epoch, outDir: folder, blocks: blocks(), lookupIndexes: false };
  await packArchive(packing, signal).catch((error: unknown) => {
    throw folderError(error, folder);
  });
  crashPoint('blocks-after-pack');
  crashPoint('worker-thread-exit');
  return { range, slotsPresent: slots.length, last };
}

interface Search {
  readonly from: ChainStart;
  readonly searchFrom: number;
  readonly tip: number;
  /** Slots from here on do not belong to the batch. */
  readonly limit: number;
}

/** A batch without blocks, up to the next one, or null while none is known. */
async function skippedBatch(
  reader: BlockReader,
  { from, searchFrom, tip, limit }: Search,
  signal: AbortSignal,
): Promise<FetchedBatch | null> {
  for (let start = searchFrom; start <= tip; start += PAGE_SLOTS) {
    const page = { start, end: Math.min(start + PAGE_SLOTS, tip + 1) };
    const [next] = await reader.listSlots(page, signal);
    if (next === undefined) continue;
    requireChild(await reader.readHeader(next, signal), from);
    const range = { start: from.start, end: Math.min(next, limit) };
    return { range, slotsPresent: 0, last: from.previous };
  }
  return null;
}

/** An endpoint lists nothing of what it no longer keeps, which must not look like slots without blocks. */
async function requireHistory(
  reader: BlockReader,
  start: number,
  signal: AbortSignal,
): Promise<void> {
  const first = await firstAvailable(reader, signal);
  if (first <= start) return;
  throw new OperatingError(
    'RPC_PRUNED',
    `following the chain from slot ${start}: expected an endpoint that has it, received one that begins at slot ${first}; name another with --rpc-url, or read the slots before from the archive`,
    { retryable: false, fields: { slot: start, firstAvailableSlot: first } },
  );
}

/** Some hosted endpoints do not offer the method; then the chain of parents alone tells. */
async function firstAvailable(reader: BlockReader, signal: AbortSignal): Promise<number> {
  try {
    return await reader.firstAvailableSlot(signal);
  } catch (error) {
    if (!(error instanceof OperatingError) || error.code !== 'RPC_REFUSED' || error.retryable) {
      throw error;
    }
    return 0;
  }
}

/** Errors of the file system that are no bug. */
const FULL: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT']);
const FORBIDDEN: ReadonlySet<unknown> = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR']);

function folderError(error: unknown, folder: string): unknown {
  if (!(error instanceof Error && 'code' in error)) return error;
  const isFull = FULL.has(error.code);
  if (!isFull && !FORBIDDEN.has(error.code)) return error;
  return new OperatingError(
    isFull ? 'DISK_FULL' : 'DATA_FOLDER',
    `packing fetched blocks in ${folder}: ${errorText(error)}; ${isFull ? 'make room on that disk' : 'make it writable'}`,
    { retryable: isFull, fields: { path: folder }, cause: error },
  );
}

function stopped(): OperatingError {
  return new OperatingError('CANCELLED', 'fetching blocks was cancelled', { retryable: true });
}
