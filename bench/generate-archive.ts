import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { decodePublicKey } from '../src/core/base58.ts';
import { firstSlotOfEpoch } from '../src/core/epoch.ts';
import { type PackResult, packArchive } from '../src/pack/pack-archive.ts';
import type { PackBlock, PackEntry, PackTransaction } from '../src/pack/pack-block.ts';
import { sampleFiles } from '../tests/support/sample-files.ts';
import { SampleSigner, sessionUpload } from '../tests/support/sample-uploads.ts';
import { ByteNoise } from './byte-noise.ts';
import { metadataPool } from './metadata-pool.ts';
import { TransactionMaker } from './transaction-maker.ts';

/** Everything a generated archive has in common with mainnet in 2025: sizes and shares measured there. */
export const GENERATED = {
  epoch: 700,
  transactionsPerSlot: 2090,
  transactionsPerEntry: 9,
  voteShare: 0.66,
  /** Share of all transactions that load addresses from lookup tables; never votes. */
  lookupShare: 0.13,
  /** Share of all transactions that invoke the chosen program. */
  programShare: 0.06,
  /** One slot in so many is skipped. */
  skippedEvery: 37,
  /** One upload begins every so many slots and takes one slot for each of its transactions. */
  slotsPerSession: 40,
} as const;

export interface GenerateOptions {
  readonly outDir: string;
  /** The CAR file grows to this size and up to one slot beyond. */
  readonly bytes: number;
  /** base58 of the program that `programShare` of the transactions invoke. */
  readonly program: string;
  /** The four indexes over sections, signatures and slots: they take as long as the archive. */
  readonly lookupIndexes: boolean;
}

/**
 * Writes a large archive with valid CIDs, the same bytes for the same options. Signatures and hash
 * chain are noise: nothing a scan looks at depends on them. IQ uploads in it are signed and whole.
 */
export function generateArchive(
  options: GenerateOptions,
  signal: AbortSignal,
): Promise<PackResult> {
  const { outDir, lookupIndexes } = options;
  const { epoch } = GENERATED;
  return packArchive({ epoch, outDir, blocks: generatedBlocks(options), lookupIndexes }, signal);
}

function* generatedBlocks({ bytes, program }: GenerateOptions): Generator<PackBlock> {
  const noise = new ByteNoise(0x9e3779b9);
  const key = decodePublicKey(program);
  if (key === undefined) throw new TypeError(`${program} is no program id`);
  const maker = new TransactionMaker(noise, key, metadataPool(noise));
  const first = firstSlotOfEpoch(GENERATED.epoch);
  let written = 0;
  let parentSlot = first - 1;
  let uploads: PackTransaction[] = [];
  for (let at = 0; written < bytes; at++) {
    if (at % GENERATED.skippedEvery === GENERATED.skippedEvery - 1) continue;
    if (at % GENERATED.slotsPerSession === 0) uploads = uploadTransactions(at, maker);
    const transactions = slotTransactions(noise, maker, uploads.splice(0, 1));
    const block = blockOf(first + at, parentSlot, transactions, noise);
    yield block;
    parentSlot = block.slot;
    // Section prefix, CID, frames, slot and index take about 75 bytes, a link in the entry 41.
    for (const { wire, metadata } of transactions) written += wire.length + metadata.length + 116;
    written += (block.entries?.length ?? 0) * 120;
  }
}

function slotTransactions(
  noise: ByteNoise,
  maker: TransactionMaker,
  uploads: readonly PackTransaction[],
): PackTransaction[] {
  const transactions = [...uploads];
  const { voteShare, lookupShare, programShare } = GENERATED;
  while (transactions.length < GENERATED.transactionsPerSlot) {
    if (noise.share() < voteShare) transactions.push(maker.vote());
    else {
      const others = 1 - voteShare;
      const withLookups = noise.share() < lookupShare / others;
      transactions.push(maker.other(withLookups, noise.share() < programShare / others));
    }
  }
  return transactions;
}

function blockOf(
  slot: number,
  parentSlot: number,
  transactions: readonly PackTransaction[],
  noise: ByteNoise,
): PackBlock {
  const entries: PackEntry[] = [];
  for (let from = 0; from < transactions.length; from += GENERATED.transactionsPerEntry) {
    const transactionCount = Math.min(GENERATED.transactionsPerEntry, transactions.length - from);
    entries.push({ numHashes: 187, hash: noise.bytes(32), transactionCount });
  }
  return {
    slot,
    parentSlot,
    blockTime: 1_730_000_000 + Math.floor((slot % 432_000) * 0.4),
    blockHeight: slot - 20_000_000,
    blockhash: null,
    previousBlockhash: null,
    transactions,
    rewards: null,
    entries,
  };
}

/** One whole upload of the current program; the slot decides which session of the uploader it is. */
function uploadTransactions(at: number, maker: TransactionMaker): PackTransaction[] {
  const signer = new SampleSigner('bench', '4vJ9JU1bJJE96FWSJKvHsmmFADCg4gpZQff4P3bkLKi');
  const { chunks, finalize } = sessionUpload(signer, BigInt(at), sampleFiles().text);
  return [...chunks, finalize].map(({ transaction: [wire] }) =>
    maker.upload(Buffer.from(wire, 'base64')),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      out: { type: 'string' },
      megabytes: { type: 'string', default: '1000' },
      program: { type: 'string', default: 'JUP6LkbZbjS1jKKwapdHNy74zcZ3tLUZoi5QNyVTaV4' },
      indexes: { type: 'boolean', default: false },
    },
  });
  const { out, megabytes, program, indexes } = values;
  if (out === undefined || !(Number(megabytes) > 0)) {
    console.error(
      'usage: generate-archive.ts --out FOLDER [--megabytes 1000] [--program ID] [--indexes]',
    );
    process.exitCode = 1;
  } else {
    const bytes = Number(megabytes) * 1e6;
    const options = { outDir: out, bytes, program, lookupIndexes: indexes };
    const result = await generateArchive(options, new AbortController().signal);
    console.log(
      `${result.folder}: ${result.carBytes} bytes, ${result.slots} slots, ${result.transactions} transactions, root ${result.root}`,
    );
  }
}
