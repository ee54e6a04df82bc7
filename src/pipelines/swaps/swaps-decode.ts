import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { encodeBase58 } from '../../core/base58.ts';
import { errorText, OperatingError } from '../../core/errors.ts';
import type { TransactionSwaps } from '../../model/swap.ts';
import { decodeSwaps } from '../../protocols/dex/decode-swaps.ts';
import { mapJsonTransaction } from './swaps-decode-json.ts';
import { jsonTransactionSchema, type TransactionJson } from './swaps-decode-schema.ts';

/** The swaps of one transaction, with where it stands as far as the input tells. */
export interface DecodedTransaction extends TransactionSwaps {
  readonly slot: number | null;
  readonly transactionIndex: number | null;
  readonly signature: string;
}

interface DecodeSource {
  /** For messages. */
  readonly name: string;
  /** Slot of a block that does not tell its own. */
  readonly slot: number | null;
  readonly generic: boolean;
}

const count = z.int().min(0);
const blockSchema = z.object({
  slot: count.nullish(),
  blockTime: z.int().nullish(),
  transactions: z.array(jsonTransactionSchema),
});
const listedSchema = jsonTransactionSchema.extend({
  slot: count.nullish(),
  blockTime: z.int().nullish(),
  index: count.nullish(),
  transactionIndex: count.nullish(),
});
const envelopeSchema = z.object({ result: z.record(z.string(), z.unknown()) });

/**
 * Decodes every transaction of a file: an answer to getBlock or getTransaction in any encoding, in its RPC envelope or
 * without, or a list of them. A block's slot is its field `slot`, else the file's name (`<slot>.json`).
 * @param generic also swaps of unknown programs, recognised by their transfers alone.
 * @throws {OperatingError} USAGE when the file cannot be read; RECORD_MALFORMED when it holds something else.
 */
export async function* decodeSwapsOfFile(
  file: string,
  { generic }: { readonly generic: boolean },
  signal: AbortSignal,
): AsyncGenerator<DecodedTransaction> {
  const name = basename(file);
  const slotOfName = /^(\d{1,15})\.json$/.exec(name)?.[1];
  const slot = slotOfName === undefined ? null : Number(slotOfName);
  const json = parseJson(await readText(file, signal), name);
  for (const value of Array.isArray(json) ? json : [json]) {
    yield* decodeSwapsOfJson(value, { name, slot, generic });
  }
}

/** @throws {OperatingError} RECORD_MALFORMED when `value` is no answer to getBlock or getTransaction. */
export function* decodeSwapsOfJson(
  value: unknown,
  source: DecodeSource,
): Generator<DecodedTransaction> {
  const envelope = envelopeSchema.safeParse(value);
  const body = envelope.success ? envelope.data.result : value;
  if (typeof body === 'object' && body !== null && 'transactions' in body) {
    const block = parseAs(blockSchema, body, source.name);
    const slot = block.slot ?? source.slot;
    for (const [transactionIndex, transaction] of block.transactions.entries()) {
      yield* decodeOne(transaction, { slot, transactionIndex }, source);
    }
    return;
  }
  const listed = parseAs(listedSchema, body, source.name);
  const transactionIndex = listed.transactionIndex ?? listed.index ?? null;
  yield* decodeOne(listed, { slot: listed.slot ?? null, transactionIndex }, source);
}

function* decodeOne(
  json: TransactionJson,
  { slot, transactionIndex }: Pick<DecodedTransaction, 'slot' | 'transactionIndex'>,
  { name, generic }: DecodeSource,
): Generator<DecodedTransaction> {
  const position = { slot: slot ?? 0, transactionIndex: transactionIndex ?? 0, blockTime: 0 };
  const mapped = placed(name, transactionIndex, () => mapJsonTransaction(json, position));
  if (mapped === null) return;
  const { transaction, meta } = mapped;
  const decoded = placed(name, transactionIndex, () => decodeSwaps(transaction, meta, { generic }));
  yield { ...decoded, slot, transactionIndex, signature: encodeBase58(transaction.signature) };
}

/** Says of what is wrong with a transaction where it stands. */
function placed<T>(name: string, index: number | null, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof OperatingError) || error.code !== 'RECORD_MALFORMED') throw error;
    const place = index === null ? name : `${name}, transaction ${index}`;
    const message = `${place}: ${error.message}`;
    throw new OperatingError('RECORD_MALFORMED', message, {
      retryable: false,
      fields: { ...error.fields, file: name },
      cause: error,
    });
  }
}

async function readText(file: string, signal: AbortSignal): Promise<string> {
  try {
    return await readFile(file, { encoding: 'utf8', signal });
  } catch (error) {
    throw new OperatingError('USAGE', `reading ${file}: ${errorText(error)}`, {
      retryable: false,
      fields: { file },
      cause: error,
    });
  }
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw malformed(name, `JSON, received ${errorText(error)}`);
  }
}

function parseAs<T>(schema: z.ZodType<T>, value: unknown, name: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const reason = z.prettifyError(parsed.error).replace(/\s+/g, ' ').slice(0, 300);
  throw malformed(name, `an answer to getBlock or getTransaction: ${reason}`);
}

function malformed(name: string, expected: string): OperatingError {
  return new OperatingError('RECORD_MALFORMED', `reading ${name}: expected ${expected}`, {
    retryable: false,
    fields: { file: name },
  });
}
