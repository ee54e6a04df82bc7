import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { epochOfSlot } from '../core/epoch.ts';
import { OperatingError } from '../core/errors.ts';
import { encodeCidText } from '../decode/cid.ts';
import { ArchiveIndexer } from './archive-indexer.ts';
import { CarWriter } from './car-writer.ts';
import { madeShredding, makeEntries, type SlotEntries } from './entry-chain.ts';
import { type IndexIdentity, indexFileName } from './index-identity.ts';
import type { PackBlock } from './pack-block.ts';
import { SlotTables } from './slot-tables.ts';
import { CREATOR_FRAME_LIMITS, type SlotFrameLimits, SlotWriter } from './slot-writer.ts';
import { signaturesOf } from './transaction-signatures.ts';
import { writeDurably } from './write-durably.ts';

/** Present slots of one Subset node, as the archive's creator groups them. */
const BLOCKS_PER_SUBSET = 24_000;

export interface PackOptions {
  readonly epoch: number;
  /** Base folder of archives; the files go to `<outDir>/<epoch>/`. */
  readonly outDir: string;
  /** In ascending order of slots, all of this epoch. */
  readonly blocks: AsyncIterable<PackBlock> | Iterable<PackBlock>;
  /** Part of the index names; `mainnet` where absent. */
  readonly network?: string;
  /** The four indexes over sections, signatures and slots; written unless false. */
  readonly lookupIndexes?: boolean;
  /** Where payloads are cut into several frames; the creator's own limits where absent. */
  readonly frameLimits?: SlotFrameLimits;
}

export interface PackResult {
  readonly folder: string;
  /** Base32 text of the Epoch node's CID. */
  readonly root: string;
  readonly slots: number;
  readonly transactions: number;
  readonly sections: number;
  /** Length of the CAR file. */
  readonly carBytes: number;
  /** Names of all files written into the folder. */
  readonly files: readonly string[];
}

/**
 * Writes one epoch's archive: CAR, slot ranges, slot list, root and indexes. Everything is written to
 * a temporary folder beside its place and renamed when complete, the CAR last, so nothing partial
 * ever stands under a final name.
 * @throws {OperatingError} USAGE where the CAR exists already, for blocks out of order, of another
 * epoch, or none at all;
 * RECORD_MALFORMED for bytes that are no transaction; the file system's errors; the abort reason.
 */
export async function packArchive(options: PackOptions, signal: AbortSignal): Promise<PackResult> {
  const folder = join(options.outDir, String(options.epoch));
  refuseToReplace(join(folder, carName(options.epoch)));
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(join(folder, '.pack-'));
  const job = new PackJob(options, scratch);
  try {
    for await (const block of options.blocks) {
      signal.throwIfAborted();
      job.add(block);
      await setImmediate();
    }
    const { files, ...facts } = job.finish(signal);
    for (const file of files) renameSync(join(scratch, file), join(folder, file));
    return { folder, files, ...facts };
  } finally {
    job.close();
    rmSync(scratch, { recursive: true, force: true });
  }
}

function carName(epoch: number): string {
  return `epoch-${epoch}.car`;
}

function refuseToReplace(path: string): void {
  if (!existsSync(path)) return;
  throw new OperatingError(
    'USAGE',
    `packing an archive: expected no file at ${path}, found one; move it away or choose another folder`,
    { retryable: false, fields: { path } },
  );
}

/** One archive in the making. */
class PackJob {
  readonly #options: PackOptions;
  readonly #scratch: string;
  readonly #car: CarWriter;
  readonly #writer: SlotWriter;
  readonly #tables: SlotTables;
  readonly #indexer: ArchiveIndexer | null;
  readonly #blocks: { readonly slot: number; readonly cid: Buffer }[] = [];
  #lastHash: Uint8Array = new Uint8Array(32);
  #transactions = 0;
  #sections = 0;

  constructor(options: PackOptions, scratch: string) {
    this.#options = options;
    this.#scratch = scratch;
    this.#tables = new SlotTables(options.epoch);
    this.#indexer = options.lookupIndexes === false ? null : new ArchiveIndexer(scratch);
    this.#car = new CarWriter(join(scratch, carName(options.epoch)), (section) => {
      this.#sections++;
      this.#indexer?.addSection(section);
    });
    const limits = options.frameLimits ?? CREATOR_FRAME_LIMITS;
    this.#writer = new SlotWriter(this.#car, limits, ({ wire }, cid) => {
      this.#transactions++;
      const [signature] = signaturesOf(wire);
      if (signature !== undefined) this.#indexer?.addTransaction(signature, cid);
    });
  }

  add(block: PackBlock): void {
    const start = this.#car.length;
    this.#checkOrder(block);
    const { entries, shredding } = this.#entriesOf(block);
    const cid = this.#writer.writeSlot(block, entries, shredding);
    this.#tables.add(block.slot, start, this.#car.length - start, block.blockTime);
    this.#indexer?.addBlock(block.slot, cid);
    this.#blocks.push({ slot: block.slot, cid });
    this.#lastHash = entries.at(-1)?.hash ?? this.#lastHash;
  }

  finish(signal: AbortSignal): Omit<PackResult, 'folder'> {
    if (this.#blocks.length === 0) {
      throw new OperatingError(
        'USAGE',
        `packing epoch ${this.#options.epoch}: expected at least one block, received none`,
        { retryable: false, fields: { epoch: this.#options.epoch } },
      );
    }
    const root = this.#writeRoot();
    const carBytes = this.#car.length;
    this.#car.finish(root);
    const { epoch, network = 'mainnet' } = this.#options;
    const identity = { epoch, root, network };
    const indexes = this.#indexer?.finish(identity, signal) ?? [];
    const tables = this.#writeTables(identity);
    return {
      root: encodeCidText(root),
      slots: this.#blocks.length,
      transactions: this.#transactions,
      sections: this.#sections,
      carBytes,
      files: [...indexes, ...tables, carName(epoch)],
    };
  }

  close(): void {
    this.#indexer?.close();
    this.#car.close();
  }

  #checkOrder({ slot }: PackBlock): void {
    const { epoch } = this.#options;
    const last = this.#blocks.at(-1)?.slot ?? -1;
    if (epochOfSlot(slot) === epoch && slot > last) return;
    const expected = last < 0 ? `a slot of that epoch` : `a slot of that epoch after ${last}`;
    throw new OperatingError(
      'USAGE',
      `packing epoch ${epoch}: expected ${expected}, received slot ${slot} of epoch ${epochOfSlot(slot)}`,
      { retryable: false, fields: { epoch, slot } },
    );
  }

  #entriesOf(block: PackBlock): SlotEntries {
    const { entries, shredding } = block;
    if (entries === undefined) return makeEntries(block, block.previousBlockhash ?? this.#lastHash);
    return { entries, shredding: shredding ?? madeShredding(entries.length) };
  }

  #writeRoot(): Buffer {
    const subsets: Buffer[] = [];
    for (let from = 0; from < this.#blocks.length; from += BLOCKS_PER_SUBSET) {
      const run = this.#blocks.slice(from, from + BLOCKS_PER_SUBSET);
      const first = run[0]?.slot ?? 0;
      const last = run.at(-1)?.slot ?? 0;
      const cids = run.map(({ cid }) => cid);
      subsets.push(this.#writer.writeSubset(first, last, cids));
    }
    return this.#writer.writeEpoch(this.#options.epoch, subsets);
  }

  #writeTables(identity: IndexIdentity): string[] {
    const { epoch, root } = identity;
    const tables: [string, string | Uint8Array][] = [
      [`epoch-${epoch}-slot-ranges.raw`, this.#tables.ranges],
      [indexFileName(identity, 'slot-to-blocktime'), this.#tables.blockTimes],
      [`${epoch}.slots.txt`, this.#tables.slotsText()],
      [`epoch-${epoch}.cid`, `${encodeCidText(root)}\n`],
    ];
    for (const [file, content] of tables) writeDurably(join(this.#scratch, file), content);
    return tables.map(([file]) => file);
  }
}
