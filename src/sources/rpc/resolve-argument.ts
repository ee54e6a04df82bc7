import { decodePublicKey, decodeSignature } from '../../core/base58.ts';
import { OperatingError } from '../../core/errors.ts';
import type { TransactionReader } from './transaction-reader.ts';
import type { RpcTransaction } from './transaction-reply.ts';

/** What a user named: a session account, or a transaction (a finalize, or the tail of a linked list). */
export type SessionArgument =
  | { readonly type: 'account'; readonly account: string }
  | { readonly type: 'signature'; readonly signature: string };

/** @throws {OperatingError} USAGE naming the text when it is neither. */
export function parseSessionArgument(text: string): SessionArgument {
  if (decodePublicKey(text) !== undefined) return { type: 'account', account: text };
  if (decodeSignature(text) !== undefined) return { type: 'signature', signature: text };
  const shown = text.replace(/[\p{Cc}\s]+/gu, ' ').slice(0, 100);
  throw new OperatingError(
    'USAGE',
    `reading the argument "${shown}": expected the base58 text of a session account (32 bytes) or of a signature (64 bytes)`,
    { retryable: false, fields: { argument: shown } },
  );
}

export type ResolvedArgument<T> =
  | { readonly type: 'account'; readonly account: string }
  | { readonly type: 'transaction'; readonly transaction: RpcTransaction; readonly meaning: T };

/**
 * Fetches the transaction a signature names and lets the caller's protocol say what it is;
 * an account needs nothing from the endpoint yet.
 * @throws {OperatingError} RPC_PRUNED or RPC_REFUSED when the endpoint does not have the transaction;
 * as `TransactionReader.fetch`; whatever `classify` throws.
 */
export async function resolveArgument<T>(
  reader: TransactionReader,
  argument: SessionArgument,
  classify: (transaction: RpcTransaction) => T,
  signal: AbortSignal,
): Promise<ResolvedArgument<T>> {
  if (argument.type === 'account') return argument;
  const answer = await reader.fetchOne(argument.signature, signal);
  if ('wire' in answer) {
    return { type: 'transaction', transaction: answer, meaning: classify(answer) };
  }
  const { code, message, retryable, fields } = answer.error;
  throw new OperatingError(code === 'BUG' ? 'RPC_UNREACHABLE' : code, message, {
    retryable,
    fields,
  });
}
