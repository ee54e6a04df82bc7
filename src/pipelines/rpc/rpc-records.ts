import { type ErrorFacts, errorFacts, OperatingError } from '../../core/errors.ts';
import type { IqRecord } from '../../model/iq-record.ts';
import { extractIqRecords, type IgnoredInstruction } from '../../protocols/iq/extract-records.ts';
import type { CompiledIqFilter } from '../../protocols/iq/registry.ts';
import type { RpcTransaction } from '../../sources/rpc/transaction-reply.ts';
import { mapRpcTransaction } from './rpc-transaction.ts';

export interface RpcRecords {
  readonly records: readonly IqRecord[];
  readonly ignored: readonly IgnoredInstruction[];
  /** Why the endpoint's bytes could not be believed, or null. */
  readonly malformed: ErrorFacts | null;
}

/** IQ records of a transaction from RPC; bytes that are no such transaction are a fact, not an end. */
export function readRpcRecords(transaction: RpcTransaction, filter: CompiledIqFilter): RpcRecords {
  try {
    return { ...extractIqRecords(mapRpcTransaction(transaction), filter), malformed: null };
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    return { records: [], ignored: [], malformed: errorFacts(error) };
  }
}
