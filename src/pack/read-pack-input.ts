import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { errorText, OperatingError } from '../core/errors.ts';
import { type ListedTransaction, parseBlock, parseListedTransaction } from './block-json.ts';
import { JsonPlace } from './json-place.ts';
import { parseJsonText } from './json-text.ts';
import type { PackBlock } from './pack-block.ts';

/** Largest input file after decompression: V8 makes no longer texts. */
const FILE_BYTES_MAX = 512 * 1024 * 1024;

const GZIP_MAGIC = 0x1f8b;
const ZSTD_MAGIC = 0x28b52ffd;

/**
 * Blocks of JSON files in ascending order of slots. A file named `<slot>.json` holds one getBlock
 * answer and is read when its turn comes. Any other file holds one or a list of getBlock answers with
 * a field `slot`, or of getTransaction answers; transactions are brought together by slot. `.jsonl`
 * and `.ndjson` hold one value a line; an RPC envelope with `result` is looked into; gzip and zstd
 * are undone.
 * @throws {OperatingError} RECORD_MALFORMED naming file, place and expectation; USAGE for a slot given twice.
 */
export async function* readPackInput(
  files: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<PackBlock> {
  const named: { slot: number; file: string }[] = [];
  const listed: ListedInput = { blocks: new Map(), transactions: new Map() };
  for (const file of files) {
    const slot = slotOfName(file);
    if (slot !== null) named.push({ slot, file });
    else for (const value of await readValues(file, signal)) sortIn(value, listed);
  }
  const slots = [
    ...named.map(({ slot }) => slot),
    ...listed.blocks.keys(),
    ...listed.transactions.keys(),
  ].sort((a, b) => a - b);
  refuseRepeated(slots);
  const fileOfSlot = new Map(named.map(({ slot, file }) => [slot, file]));
  for (const [i, slot] of slots.entries()) {
    const file = fileOfSlot.get(slot);
    const transactions = listed.transactions.get(slot);
    if (file !== undefined) yield await readBlockFile(file, slot, signal);
    else if (transactions !== undefined) yield blockOf(transactions, slot, slots[i - 1]);
    else yield* listed.blocks.get(slot) ?? [];
  }
}

interface ListedInput {
  readonly blocks: Map<number, PackBlock[]>;
  readonly transactions: Map<number, ListedTransaction[]>;
}

/** `254170887.json`, `254170887.json.zst`: the slot, or null for any other name. */
function slotOfName(file: string): number | null {
  const digits = /^(\d{1,15})\.json(\.gz|\.zst)?$/.exec(basename(file))?.[1];
  return digits === undefined ? null : Number(digits);
}

async function readBlockFile(file: string, slot: number, signal: AbortSignal): Promise<PackBlock> {
  const [block, ...others] = await readValues(file, signal);
  if (block === undefined || others.length > 0 || !isBlock(block)) {
    throw (block ?? new JsonPlace(undefined, file)).wrong('one getBlock answer with transactions');
  }
  const stated = block.field('slot');
  if (!stated.isNothing && stated.count() !== slot)
    throw stated.wrong(`${slot}, as the file is named`);
  return parseBlock(block, slot);
}

function sortIn(value: JsonPlace, listed: ListedInput): void {
  if (isBlock(value)) {
    const slot = value.field('slot').count();
    pushTo(listed.blocks, slot, parseBlock(value, slot));
  } else if (value.isObject && !value.field('transaction').isNothing) {
    const transaction = parseListedTransaction(value);
    pushTo(listed.transactions, transaction.slot, transaction);
  } else throw value.wrong('a getBlock or getTransaction answer');
}

function pushTo<T>(lists: Map<number, T[]>, slot: number, item: T): void {
  const list = lists.get(slot);
  if (list === undefined) lists.set(slot, [item]);
  else list.push(item);
}

function isBlock(value: JsonPlace): boolean {
  return value.isObject && !value.field('transactions').isNothing;
}

function refuseRepeated(sorted: readonly number[]): void {
  const repeated = sorted.find((slot, i) => slot === sorted[i - 1]);
  if (repeated === undefined) return;
  throw new OperatingError(
    'USAGE',
    `reading blocks to pack: expected each slot once, received slot ${repeated} twice`,
    { retryable: false, fields: { slot: repeated } },
  );
}

/** A slot made of listed transactions: no true blockhash, its parent the slot given before. */
function blockOf(
  listed: readonly ListedTransaction[],
  slot: number,
  previousSlot: number | undefined,
): PackBlock {
  const ordered = [...listed].sort((a, b) => (a.index ?? 0) - (b.index ?? 0));
  return {
    slot,
    parentSlot: previousSlot ?? Math.max(0, slot - 1),
    blockTime: Math.max(...listed.map(({ blockTime }) => blockTime)),
    blockHeight: null,
    blockhash: null,
    previousBlockhash: null,
    transactions: ordered.map(({ transaction }) => transaction),
    rewards: null,
  };
}

/** All values of a file, out of lists, lines and RPC envelopes. */
async function readValues(file: string, signal: AbortSignal): Promise<JsonPlace[]> {
  const name = basename(file);
  const text = inflate(await readFile(file, { signal }), name).toString('utf8');
  const lined = ['.jsonl', '.ndjson'].includes(extname(name.replace(/\.(gz|zst)$/, '')));
  if (!lined) return unwrap(new JsonPlace(parsed(text, name), name));
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    const where = `${name} line ${i + 1}`;
    return unwrap(new JsonPlace(parsed(line, where), where));
  });
}

function unwrap(value: JsonPlace): JsonPlace[] {
  if (Array.isArray(value.value)) return value.items().flatMap(unwrap);
  if (!value.isObject) return [value];
  const error = value.field('error');
  if (!error.isNothing) throw error.wrong('an RPC answer without error');
  const result = value.field('result');
  return result.isNothing ? [value] : unwrap(result);
}

function parsed(text: string, where: string): unknown {
  try {
    return parseJsonText(text);
  } catch (error) {
    throw unreadable(where, `JSON, received ${errorText(error)}`, error);
  }
}

function inflate(bytes: Buffer, name: string): Buffer {
  const options = { maxOutputLength: FILE_BYTES_MAX };
  try {
    if (bytes.length >= 2 && bytes.readUInt16BE() === GZIP_MAGIC) return gunzipSync(bytes, options);
    if (bytes.length >= 4 && bytes.readUInt32BE() === ZSTD_MAGIC) {
      return zstdDecompressSync(bytes, options);
    }
  } catch (error) {
    throw unreadable(name, `a compressed file, received ${errorText(error)}`, error);
  }
  if (bytes.length <= FILE_BYTES_MAX) return bytes;
  throw unreadable(name, `at most ${FILE_BYTES_MAX} bytes, received ${bytes.length}`, undefined);
}

function unreadable(where: string, what: string, cause: unknown): OperatingError {
  return new OperatingError('RECORD_MALFORMED', `reading ${where}: expected ${what}`, {
    retryable: false,
    fields: { file: where },
    cause,
  });
}
