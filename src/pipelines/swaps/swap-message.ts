import { z } from 'zod';
import { OperatingError } from '../../core/errors.ts';
import type { ChainSwaps, PricedSwap, Swap } from '../../model/swap.ts';
import { positionFields, priceFields, swapFields } from '../../model/swap-fields.ts';
import {
  CHAIN_ID,
  SWAP_MESSAGE_VERSION,
  type SwapMessage,
  type SwapMessageEntry,
} from '../../model/swap-message.ts';
import { priceSwap } from '../../protocols/market/price-swap.ts';

const U64_MAX = 2n ** 64n - 1n;
/** Far more than fit into a transaction of 4,096 bytes and its inner instructions. */
const SWAPS_MAX = 1024;

const address = z.string().regex(/^[1-9A-HJ-NP-Za-km-z]{32,44}$/, 'an address in base58');
const signature = z.string().regex(/^[1-9A-HJ-NP-Za-km-z]{64,88}$/, 'a signature in base58');
const amount = z
  .string()
  .regex(/^(0|[1-9]\d{0,19})$/, 'a whole number in decimal digits')
  .refine((text) => BigInt(text) <= U64_MAX, 'at most 2^64 - 1');
const decimals = z.int().min(0).max(255).nullable();
const label = z.string().min(1).max(64);

const entrySchema = z.strictObject({
  position: z.strictObject({
    outer: z.int().min(0).max(65_535),
    inner: z.int().min(0).max(65_535).nullable(),
    hop: z.int().min(0).max(255),
  }),
  program: label,
  program_id: address,
  route: label.nullable(),
  pool: address,
  user: address,
  mint_in: address,
  decimals_in: decimals,
  amount_in: amount,
  amount_in_net: amount.nullable(),
  mint_out: address,
  decimals_out: decimals,
  amount_out: amount,
  amount_out_net: amount.nullable(),
  base_mint: address,
  quote_mint: address,
  price: z
    .string()
    .regex(/^\d+(\.\d+)?$/, 'a decimal number')
    .nullable(),
  confidence: z.enum(['checked', 'transfers', 'differs', 'generic']),
}) satisfies z.ZodType<SwapMessageEntry>;

/** The JSON Schema in docs/schemas is made from this one. */
export const swapMessageSchema = z
  .strictObject({
    version: z.literal(SWAP_MESSAGE_VERSION),
    chain_id: z.literal(CHAIN_ID),
    slot: z.int().min(0),
    block_time: z.int().min(1).max(0xffff_ffff).nullable(),
    signature,
    tx_index: z.int().min(0).max(0xffff_ffff),
    swaps: z.array(entrySchema).min(1).max(SWAPS_MAX),
  })
  .meta({
    title: 'dex.sol.swaps',
    description: 'The swaps of one Solana transaction, in execution order.',
  }) satisfies z.ZodType<SwapMessage>;

/** Identifies the transaction, so that the stream drops what is published twice. */
export function swapMessageId({ slot, signature, txIndex }: ChainSwaps): string {
  return `${CHAIN_ID}:${slot}:${signature}:${txIndex}`;
}

export function encodeSwapMessage(chainSwaps: ChainSwaps): Buffer {
  const message: SwapMessage = {
    version: SWAP_MESSAGE_VERSION,
    chain_id: CHAIN_ID,
    slot: chainSwaps.slot,
    block_time: chainSwaps.blockTime,
    signature: chainSwaps.signature,
    tx_index: chainSwaps.txIndex,
    swaps: chainSwaps.swaps.map(entryOf),
  };
  return Buffer.from(JSON.stringify(message));
}

function entryOf(swap: PricedSwap): SwapMessageEntry {
  return { position: positionFields(swap), ...swapFields(swap), ...priceFields(swap) };
}

/**
 * Base, quote and price are worked out again from the amounts, so that a message cannot contradict itself.
 * @throws {OperatingError} RECORD_MALFORMED with the first place that is not as the schema says.
 */
export function decodeSwapMessage(bytes: Uint8Array): ChainSwaps {
  const parsed = swapMessageSchema.safeParse(parseJson(bytes));
  if (!parsed.success) throw malformed(z.prettifyError(parsed.error).replaceAll(/\s+/g, ' '));
  const { slot, block_time, signature, tx_index, swaps } = parsed.data;
  return {
    ...{ slot, signature, txIndex: tx_index, blockTime: block_time },
    swaps: swaps.map((entry) => priceSwap(swapOf(entry))),
  };
}

function swapOf(entry: SwapMessageEntry): Swap {
  const { position } = entry;
  return {
    outer: position.outer,
    inner: position.inner ?? -1,
    hop: position.hop,
    program: entry.program,
    programId: entry.program_id,
    route: entry.route,
    pool: entry.pool,
    user: entry.user,
    mintIn: entry.mint_in,
    decimalsIn: entry.decimals_in,
    amountIn: BigInt(entry.amount_in),
    amountInNet: entry.amount_in_net === null ? null : BigInt(entry.amount_in_net),
    mintOut: entry.mint_out,
    decimalsOut: entry.decimals_out,
    amountOut: BigInt(entry.amount_out),
    amountOutNet: entry.amount_out_net === null ? null : BigInt(entry.amount_out_net),
    confidence: entry.confidence,
  };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw malformed(`JSON in UTF-8, received ${bytes.length} bytes that are none`, error);
  }
}

const REASON_CHARACTERS_MAX = 400;

function malformed(reason: string, cause?: unknown): OperatingError {
  return new OperatingError(
    'RECORD_MALFORMED',
    `reading a message of dex.sol.swaps: expected version ${SWAP_MESSAGE_VERSION} of its schema: ${reason.slice(0, REASON_CHARACTERS_MAX)}`,
    { retryable: false, cause },
  );
}
