import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeBase58 } from '../../src/core/base58.ts';
import { packArchive } from '../../src/pack/pack-archive.ts';
import { readPackInput } from '../../src/pack/read-pack-input.ts';
import { sampleFiles } from './sample-files.ts';
import {
  inlineUpload,
  linkedUpload,
  pinocchioUpload,
  type SampleFile,
  SampleSigner,
  type SampleTransaction,
  type SampleUpload,
  sampleHash,
  sessionUpload,
} from './sample-uploads.ts';

/** Real mainnet block with which epoch 588 of the sample begins; getBlock answer, see NOTICE.md. */
const REAL_BLOCK = fileURLToPath(new URL('../fixtures/ledger/254170887.json.zst', import.meta.url));
const REAL_SLOT = 254_170_887;
const REAL_BLOCKHASH = '5GG5pzTbH6KgZM54M9XWfBNmBupQuZXdQxoZRRQXHcpM';
const REAL_TIME = 1_710_441_678;

/** Somewhere in epoch 589; its session is created in this slot. */
const LATE_SLOT = 254_448_100;
const LATE_TIME = 1_710_565_000;

/** What a right reader makes of one upload; golden answers for tests, written to expected.json. */
interface ExpectedSession {
  readonly epoch: number;
  /** Session account; null for inline and linked uploads, which have none. */
  readonly session: string | null;
  readonly shape: 'session' | 'inline' | 'linked';
  readonly program: string;
  readonly filename: string;
  readonly filetype: string;
  readonly total_chunks: number;
  readonly decode: 'base64' | 'none';
  readonly bytes: number;
  readonly sha256: string;
  readonly first_slot: number;
  readonly last_slot: number;
  readonly finalize_slot: number;
  readonly finalize_signature: string;
}

interface PlacedTransaction extends SampleTransaction {
  readonly slot: number;
  readonly blockTime: number;
}

/** Transactions placed in slots, and what was uploaded with them. */
class SampleTimeline {
  readonly #epoch: number;
  readonly #firstTime: number;
  readonly #firstSlot: number;
  readonly items: PlacedTransaction[] = [];
  readonly expected: ExpectedSession[] = [];

  constructor(epoch: number, firstSlot: number, firstTime: number) {
    this.#epoch = epoch;
    this.#firstSlot = firstSlot;
    this.#firstTime = firstTime;
  }

  /** Puts a transaction into the slot `after` slots behind the first. */
  place(after: number, transaction: SampleTransaction): number {
    const slot = this.#firstSlot + after;
    const blockTime = this.#firstTime + Math.floor(after * 0.4);
    this.items.push({ slot, blockTime, ...transaction });
    return slot;
  }

  /** Chunk `order[i]` goes into slot `chunkSlots[i]`; the finalize follows. */
  upload(
    file: SampleFile,
    upload: SampleUpload,
    slots: {
      readonly order: readonly number[];
      readonly at: readonly number[];
      readonly end: number;
    },
  ): void {
    const used = slots.order.map((chunk, i) =>
      this.place(slots.at[i % slots.at.length]!, upload.chunks[chunk]!),
    );
    const finalizeSlot = this.place(slots.end, upload.finalize);
    const base64 = upload.program.startsWith('4jB7') || !file.filetype.startsWith('text/');
    this.expect(file, {
      session: upload.session,
      shape: 'session',
      program: upload.program,
      total_chunks: upload.chunks.length,
      decode: base64 ? 'base64' : 'none',
      first_slot: Math.min(...used),
      last_slot: finalizeSlot,
      finalize_slot: finalizeSlot,
      finalize_signature: upload.finalize.signature,
    });
  }

  expect(
    file: SampleFile,
    facts: Omit<ExpectedSession, 'epoch' | 'filename' | 'filetype' | 'bytes' | 'sha256'>,
  ): void {
    this.expected.push({
      epoch: this.#epoch,
      filename: file.filename,
      filetype: file.filetype,
      ...facts,
      bytes: file.bytes.length,
      sha256: sha256(file.bytes),
    });
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** 0 … count-1 in an order that is mixed but always the same; 0 stays first, as writers send it first. */
function mixed(count: number): number[] {
  const rest = Array.from({ length: count - 1 }, (_, i) => i + 1);
  return [0, ...rest.sort((a, b) => ((a * 37) % 101) - ((b * 37) % 101))];
}

function upTo(from: number, to: number, step = 1): number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);
}

function firstEpoch(): SampleTimeline {
  const timeline = new SampleTimeline(588, REAL_SLOT, REAL_TIME);
  const files = sampleFiles();
  const signer = (name: string): SampleSigner => new SampleSigner(name, REAL_BLOCKHASH);
  const text = sessionUpload(signer('miller'), 0n, files.text);
  const picture = sessionUpload(signer('painter'), 7n, files.picture);
  timeline.upload(files.text, text, {
    order: mixed(text.chunks.length),
    at: upTo(2, 9),
    end: 12,
  });
  timeline.upload(files.picture, picture, {
    order: mixed(picture.chunks.length),
    at: [4, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16],
    end: 18,
  });
  const levels = sessionUpload(signer('gauger'), 1n, files.levels);
  const ledger = sessionUpload(signer('miller'), 1n, files.ledger);
  timeline.upload(files.levels, levels, {
    order: upTo(0, levels.chunks.length - 1),
    at: upTo(20, 20 + 2 * (levels.chunks.length - 1), 2),
    end: 48,
  });
  timeline.upload(files.ledger, ledger, {
    order: upTo(0, ledger.chunks.length - 1),
    at: upTo(21, 21 + 2 * (ledger.chunks.length - 1), 2),
    end: 49,
  });
  const drawing = pinocchioUpload(signer('carpenter'), files.drawing);
  timeline.upload(files.drawing, drawing, {
    order: mixed(drawing.chunks.length),
    at: [51, 52, 53],
    end: 54,
  });
  placeInline(timeline, signer('herald'), files.motto);
  placeLinked(timeline, signer('postman'), files.list);
  return timeline;
}

function placeInline(timeline: SampleTimeline, signer: SampleSigner, file: SampleFile): void {
  const transaction = inlineUpload(signer, file);
  const slot = timeline.place(56, transaction);
  timeline.expect(file, {
    session: null,
    shape: 'inline',
    program: CODE_IN_PROGRAM,
    total_chunks: 1,
    decode: 'none',
    first_slot: slot,
    last_slot: slot,
    finalize_slot: slot,
    finalize_signature: transaction.signature,
  });
}

const CODE_IN_PROGRAM = '9KLLchQVJpGkw4jPuUmnvqESdR7mtNCYr3qS4iQLabs';

function placeLinked(timeline: SampleTimeline, signer: SampleSigner, file: SampleFile): void {
  const { links, finalize } = linkedUpload(signer, file);
  const slots = links.map((link, i) => timeline.place(57 + i, link));
  const slot = timeline.place(57 + links.length, finalize);
  timeline.expect(file, {
    session: null,
    shape: 'linked',
    program: CODE_IN_PROGRAM,
    total_chunks: links.length,
    decode: 'none',
    first_slot: slots[0] ?? slot,
    last_slot: slot,
    finalize_slot: slot,
    finalize_signature: finalize.signature,
  });
}

function secondEpoch(): SampleTimeline {
  const timeline = new SampleTimeline(589, LATE_SLOT, LATE_TIME);
  const { late } = sampleFiles();
  const blockhash = encodeBase58(sampleHash('blockhash of epoch 589'));
  const upload = sessionUpload(new SampleSigner('mayor', blockhash), 0n, late);
  timeline.upload(late, upload, {
    order: upTo(0, upload.chunks.length - 1),
    at: upTo(0, upload.chunks.length - 1),
    end: upload.chunks.length + 2,
  });
  return timeline;
}

/** Every transaction of epoch 588 besides those of its real block, as it was given to the archive's writer. */
export function sampleTransactions(): readonly PlacedTransaction[] {
  return firstEpoch().items;
}

/** Writes both sample epochs and expected.json below `outDir`: the same bytes every time. */
export async function buildSamples(outDir: string, signal: AbortSignal): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'millrace-samples-'));
  try {
    const sums: Record<string, string> = {};
    const first = firstEpoch();
    const second = secondEpoch();
    for (const { epoch, timeline, files } of [
      { epoch: 588, timeline: first, files: [REAL_BLOCK] },
      { epoch: 589, timeline: second, files: [] },
    ]) {
      const list = join(scratch, `uploads-${epoch}.jsonl`);
      writeFileSync(list, timeline.items.map((item) => `${JSON.stringify(item)}\n`).join(''));
      const blocks = readPackInput([...files, list], signal);
      const lookupIndexes = epoch === 588;
      const { folder, files: written } = await packArchive(
        { epoch, outDir, blocks, lookupIndexes },
        signal,
      );
      for (const file of written)
        sums[`${epoch}/${file}`] = sha256(readFileSync(join(folder, file)));
    }
    const expected = { sessions: [...first.expected, ...second.expected], files: sums };
    writeFileSync(join(outDir, 'expected.json'), `${JSON.stringify(expected, null, 2)}\n`);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}
