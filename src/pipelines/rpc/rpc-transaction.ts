import { encodeBase58 } from '../../core/base58.ts';
import { OperatingError } from '../../core/errors.ts';
import { buildLedgerTransaction } from '../../decode/ledger-transaction.ts';
import type { LedgerTransaction } from '../../model/ledger-transaction.ts';
import type { RpcTransaction } from '../../sources/rpc/transaction-reply.ts';

/**
 * A transaction from RPC in the shape that an archive's have.
 * @throws {OperatingError} RECORD_MALFORMED when the bytes are no transaction, or another one than was asked for.
 */
export function mapRpcTransaction(transaction: RpcTransaction): LedgerTransaction {
  const mapped = buildLedgerTransaction(transaction);
  const received = encodeBase58(mapped.signature);
  if (received === transaction.signature) return mapped;
  throw new OperatingError(
    'RECORD_MALFORMED',
    `reading transaction ${transaction.signature} from RPC: received the bytes of ${received}`,
    { retryable: false, fields: { signature: transaction.signature, slot: transaction.slot } },
  );
}
