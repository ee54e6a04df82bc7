import type { IqRecord } from '../../model/iq-record.ts';
import type {
  DiscoveredTarget,
  QuarantinedSlot,
  SessionsRpcTask,
} from '../../model/worker-task.ts';
import type { IgnoredInstruction } from '../../protocols/iq/extract-records.ts';
import { type CompiledIqFilter, compileIqFilter } from '../../protocols/iq/registry.ts';
import { chainOrder } from '../../sources/rpc/chain-order.ts';
import { discoverAccounts } from '../../sources/rpc/discover-accounts.ts';
import { fetchTransactions } from '../../sources/rpc/fetch-transactions.ts';
import { SIGNATURES_PER_PAGE } from '../../sources/rpc/signature-list.ts';
import type {
  FetchedTransactions,
  MissingTransaction,
} from '../../sources/rpc/transaction-reader.ts';
import { COMMITMENT, type RpcConnection } from './rpc-connection.ts';
import { fetchLinkedList } from './rpc-linked-list.ts';
import { readRpcRecords } from './rpc-records.ts';

/**
 * What some transactions held. Their place within a slot may be list order only (see `OrderedSignature`),
 * so a store must not let it replace an archive's.
 */
export interface RpcRecordBatch {
  readonly records: readonly IqRecord[];
  readonly transactions: number;
  readonly ignored: readonly IgnoredInstruction[];
  /** Transactions that could not be had; `offset` is -1, and so is the slot where nobody knows it. */
  readonly quarantined: readonly QuarantinedSlot[];
}

type Task = Pick<SessionsRpcTask, 'targets' | 'signaturePagesMax' | 'filter'>;

/** Transactions fetched before their records are handed on: a bound on memory of about 1 MB. */
const BATCH_TRANSACTIONS = 100;

/**
 * Reads the targets' own transactions by RPC: session accounts together and oldest first, then lists and inline
 * files one by one.
 * @throws {OperatingError} for what concerns the endpoint, as `TransactionReader.fetch` and `listSignatures`.
 */
export async function* readSessionsByRpc(
  task: Task,
  connection: RpcConnection,
  signal: AbortSignal,
): AsyncGenerator<RpcRecordBatch> {
  yield* readSessionAccounts(task, connection, signal);
  const filter = compileIqFilter({ ...task.filter, sessions: [] });
  for (const { signature } of task.targets) {
    if (signature !== null) yield await readUpload(connection, signature, filter, signal);
  }
}

async function* readSessionAccounts(
  task: Task,
  { client, reader }: RpcConnection,
  signal: AbortSignal,
): AsyncGenerator<RpcRecordBatch> {
  const sessions = sessionsOf(task.targets);
  if (sessions.length === 0) return;
  const options = {
    commitment: COMMITMENT,
    pagesMax: task.signaturePagesMax,
    pageSize: SIGNATURES_PER_PAGE,
    before: null,
    until: null,
  } as const;
  const { histories } = await discoverAccounts(client, sessions, options, signal);
  const ordered = chainOrder(histories.map(({ signatures }) => signatures));
  const filter = compileIqFilter({ ...task.filter, sessions });
  for await (const fetched of fetchTransactions(reader, ordered, BATCH_TRANSACTIONS, signal)) {
    yield recordBatch(fetched, filter);
  }
}

function sessionsOf(targets: readonly DiscoveredTarget[]): string[] {
  return [...new Set(targets.flatMap(({ session }) => session ?? []))];
}

/** A linked list or an inline file, by the signature of its closing transaction. */
async function readUpload(
  connection: RpcConnection,
  signature: string,
  filter: CompiledIqFilter,
  signal: AbortSignal,
): Promise<RpcRecordBatch> {
  const closing = await connection.reader.fetchOne(signature, signal);
  if (!('wire' in closing)) return recordBatch({ transactions: [], missing: [closing] }, filter);
  const { records } = readRpcRecords(closing, filter);
  const tails = records.flatMap((record) => (record.type === 'tail' ? record.tailSignature : []));
  const transactions = [closing];
  const missing: MissingTransaction[] = [];
  for (const tail of new Set(tails)) {
    const list = await fetchLinkedList(connection, tail, filter, signal);
    transactions.push(...list.transactions);
    if (list.end.type === 'missing') missing.push(list.end.transaction);
  }
  return recordBatch({ transactions, missing }, filter);
}

function recordBatch(fetched: FetchedTransactions, filter: CompiledIqFilter): RpcRecordBatch {
  const records: IqRecord[] = [];
  const ignored: IgnoredInstruction[] = [];
  const quarantined: QuarantinedSlot[] = fetched.missing.map(({ slot, error }) => ({
    slot: slot ?? -1,
    offset: -1,
    error,
  }));
  for (const transaction of fetched.transactions) {
    const found = readRpcRecords(transaction, filter);
    records.push(...found.records);
    ignored.push(...found.ignored);
    if (found.malformed !== null) {
      quarantined.push({ slot: transaction.slot, offset: -1, error: found.malformed });
    }
  }
  return { records, transactions: fetched.transactions.length, ignored, quarantined };
}
