import { z } from 'zod';
import { decodeBase58, decodePublicKey } from '../../core/base58.ts';
import { OperatingError } from '../../core/errors.ts';
import type { InnerInstructionGroup, StatusMeta } from '../../model/status-meta.ts';
import { count } from './parse-result.ts';

/** A transaction as an endpoint gave it: its wire bytes are not parsed and not yet believed. */
export interface RpcTransaction {
  /** The signature it was asked for, base58. */
  readonly signature: string;
  readonly slot: number;
  /** See `OrderedSignature.transactionIndex`. */
  readonly transactionIndex: number;
  /** Seconds since 1970; 0 where the endpoint does not know it. */
  readonly blockTime: number;
  readonly wire: Buffer;
  readonly meta: StatusMeta;
}

/** What the caller knows of a transaction before it is fetched. */
export interface TransactionReference {
  readonly signature: string;
  /** null when only the signature is known. */
  readonly slot: number | null;
  /** Counts only where the reply tells no position itself. */
  readonly transactionIndex: number;
  /** Counts only where the endpoint has no metadata; null when unknown. */
  readonly failed: boolean | null;
}

/** Largest transaction on the wire, that of version 1. Source: SIMD-0385. */
const WIRE_BYTES_MAX = 4096;
/** Instruction data passed by a program is at most 10 KiB, which base58 writes in 13,985 characters. */
const INNER_DATA_CHARACTERS_MAX = 14_000;

const index = z.int().min(0).max(255);
const keys = z.array(z.string()).max(256);

const metaSchema = z.object({
  err: z.unknown(),
  fee: count,
  innerInstructions: z
    .array(
      z.object({
        index,
        instructions: z.array(
          z.object({
            programIdIndex: index,
            accounts: z.array(index),
            data: z.string().max(INNER_DATA_CHARACTERS_MAX),
            stackHeight: count.nullish(),
          }),
        ),
      }),
    )
    .nullish(),
  loadedAddresses: z.object({ writable: keys, readonly: keys }).nullish(),
});

const replySchema = z.object({
  slot: count,
  blockTime: z.int().nullish(),
  transactionIndex: count.nullish(),
  transaction: z.tuple([z.base64().max(Math.ceil(WIRE_BYTES_MAX / 3) * 4), z.literal('base64')]),
  meta: metaSchema.nullish(),
});

/**
 * Reads the reply to `getTransaction` with encoding base64.
 * @throws {OperatingError} RECORD_MALFORMED when the reply is none, or contradicts what is known of the transaction.
 */
export function parseTransactionReply(
  result: unknown,
  reference: TransactionReference,
): RpcTransaction {
  const { signature } = reference;
  const parsed = replySchema.safeParse(result);
  if (!parsed.success)
    throw malformed(signature, z.prettifyError(parsed.error).replace(/\s+/g, ' '));
  const reply = parsed.data;
  if (reference.slot !== null && reply.slot !== reference.slot) {
    throw malformed(signature, `expected slot ${reference.slot}, received ${reply.slot}`);
  }
  return {
    signature,
    slot: reply.slot,
    transactionIndex: reply.transactionIndex ?? reference.transactionIndex,
    blockTime: reply.blockTime ?? 0,
    wire: Buffer.from(reply.transaction[0], 'base64'),
    meta: statusMeta(reply.meta, reference),
  };
}

/** Only what sessions need is read; the rest says "not recorded". */
function statusMeta(
  meta: z.infer<typeof metaSchema> | null | undefined,
  reference: TransactionReference,
): StatusMeta {
  const failed = meta ? meta.err !== null && meta.err !== undefined : reference.failed;
  if (failed === null) {
    throw malformed(reference.signature, 'the endpoint does not know whether it succeeded');
  }
  const loaded = meta?.loadedAddresses;
  return {
    failed,
    // Endpoints give the error as JSON, so there are no stored bytes to keep.
    error: failed ? new Uint8Array(0) : null,
    fee: BigInt(meta?.fee ?? 0),
    preBalances: [],
    postBalances: [],
    innerInstructions: innerGroups(meta?.innerInstructions, reference.signature),
    logMessages: null,
    preTokenBalances: null,
    postTokenBalances: null,
    loadedWritable: joinKeys(loaded?.writable ?? [], reference.signature),
    loadedReadonly: joinKeys(loaded?.readonly ?? [], reference.signature),
    computeUnits: null,
    costUnits: null,
    returnData: null,
    rewards: null,
  };
}

function innerGroups(
  groups: z.infer<typeof metaSchema>['innerInstructions'],
  signature: string,
): InnerInstructionGroup[] | null {
  if (!groups) return null;
  return groups.map((group) => ({
    outer: group.index,
    instructions: group.instructions.map((instruction) => {
      const data = decodeBase58(instruction.data);
      if (data === undefined) throw malformed(signature, 'inner instruction data is not base58');
      return {
        programIndex: instruction.programIdIndex,
        accounts: Uint8Array.from(instruction.accounts),
        data,
        stackHeight: instruction.stackHeight ?? null,
      };
    }),
  }));
}

function joinKeys(texts: readonly string[], signature: string): Uint8Array {
  const joined = new Uint8Array(texts.length * 32);
  for (const [position, text] of texts.entries()) {
    const key = decodePublicKey(text);
    if (key === undefined) throw malformed(signature, 'a loaded address is not a public key');
    joined.set(key, position * 32);
  }
  return joined;
}

function malformed(signature: string, reason: string): OperatingError {
  return new OperatingError(
    'RECORD_MALFORMED',
    `reading transaction ${signature} from RPC: ${reason.slice(0, 200)}`,
    { retryable: false, fields: { signature } },
  );
}
