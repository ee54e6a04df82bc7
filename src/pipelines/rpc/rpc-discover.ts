import { OperatingError } from '../../core/errors.ts';
import type { IqRecord } from '../../model/iq-record.ts';
import type { DiscoveredTarget, DiscoverResult, DiscoverTask } from '../../model/worker-task.ts';
import { type CompiledIqFilter, compileIqFilter } from '../../protocols/iq/registry.ts';
import { type DiscoveryWarning, discoverAccounts } from '../../sources/rpc/discover-accounts.ts';
import {
  parseSessionArgument,
  resolveArgument,
  type SessionArgument,
} from '../../sources/rpc/resolve-argument.ts';
import { SIGNATURES_PER_PAGE } from '../../sources/rpc/signature-list.ts';
import type { RpcTransaction } from '../../sources/rpc/transaction-reply.ts';
import { COMMITMENT, type RpcConnection } from './rpc-connection.ts';
import { fetchLinkedList, findClosing } from './rpc-linked-list.ts';
import { readRpcRecords } from './rpc-records.ts';

interface Discovery {
  readonly connection: RpcConnection;
  readonly filter: CompiledIqFilter;
  readonly pagesMax: number;
}

/** A target is either a session account, whose history is listed, or an upload whose transactions are known already. */
type Resolved =
  | { readonly type: 'session'; readonly target: string; readonly session: string }
  | { readonly type: 'found'; readonly found: DiscoveredTarget };

/** A closing instruction says most about an upload, a single piece least. */
const MOST_TELLING_FIRST: readonly IqRecord['type'][] = [
  'finalize',
  'tail',
  'inline',
  'create',
  'chunk',
  'link',
];

/**
 * Finds out what the user's targets are and in which slots they were written.
 * @throws {OperatingError} USAGE for a target that is nothing of ours; RPC_PRUNED when nothing at all was found
 * or a named transaction is gone; otherwise as `JsonRpcClient.call`.
 */
export async function discoverTargets(
  task: Pick<DiscoverTask, 'targets' | 'signaturePagesMax' | 'filter'>,
  connection: RpcConnection,
  signal: AbortSignal,
): Promise<DiscoverResult> {
  const discovery: Discovery = {
    connection,
    // Links and inline files belong to no session account, so a list of those must not hide them.
    filter: compileIqFilter({ ...task.filter, sessions: [] }),
    pagesMax: task.signaturePagesMax,
  };
  // All of them are read before the first request, so that a typing error costs nothing.
  const named = [...new Set(task.targets)].map((target) => ({
    target,
    argument: parseSessionArgument(target),
  }));
  const resolved: Resolved[] = [];
  for (const one of named) resolved.push(await resolveTarget(one, discovery, signal));
  return await listSessions(resolved, discovery, signal);
}

async function listSessions(
  resolved: readonly Resolved[],
  { connection, pagesMax }: Discovery,
  signal: AbortSignal,
): Promise<DiscoverResult> {
  const { client } = connection;
  const accounts = resolved.flatMap((one) => (one.type === 'session' ? one.session : []));
  const options = {
    commitment: COMMITMENT,
    pagesMax,
    pageSize: SIGNATURES_PER_PAGE,
    before: null,
    until: null,
  } as const;
  const { histories, warnings } = await discoverAccounts(client, accounts, options, signal);
  const targets = resolved.flatMap((one): DiscoveredTarget[] => {
    if (one.type === 'found') return [one.found];
    const { target, session } = one;
    const history = histories.find(({ account }) => account === session);
    if (history === undefined) return [];
    const { pages, oldestSlot, newestSlot, truncated } = history;
    const signatures = history.signatures.length;
    const span = { signatures, pages, oldestSlot, newestSlot, truncated };
    return [{ target, session, signature: null, ...span }];
  });
  if (targets.length === 0) throw nothingFound(client.host, accounts);
  return { type: 'discover', targets, warnings: warnings.map((one) => sentence(one, client.host)) };
}

async function resolveTarget(
  { target, argument }: { readonly target: string; readonly argument: SessionArgument },
  discovery: Discovery,
  signal: AbortSignal,
): Promise<Resolved> {
  const { connection, filter } = discovery;
  const mostTelling = (transaction: RpcTransaction) =>
    readRpcRecords(transaction, filter).records.toSorted(
      (a, b) => MOST_TELLING_FIRST.indexOf(a.type) - MOST_TELLING_FIRST.indexOf(b.type),
    )[0];
  const resolved = await resolveArgument(connection.reader, argument, mostTelling, signal);
  if (resolved.type === 'account') return { type: 'session', target, session: resolved.account };
  const { transaction, meaning } = resolved;
  switch (meaning?.type) {
    case undefined:
      throw notAnUpload(target);
    case 'finalize':
    case 'create':
    case 'chunk':
      return { type: 'session', target, session: meaning.session };
    case 'inline':
      return { type: 'found', found: foundUpload(target, [transaction], false) };
    case 'tail':
      return await resolveList(
        { target, closing: transaction, tailSignature: meaning.tailSignature },
        discovery,
        signal,
      );
    case 'link': {
      const { signer } = meaning;
      const tail = { tailSignature: target, signer, pagesMax: discovery.pagesMax };
      const closing = await findClosing(connection, tail, filter, signal);
      if (closing === null) throw notClosed(target, connection.client.host);
      return await resolveList({ target, closing, tailSignature: target }, discovery, signal);
    }
  }
}

async function resolveList(
  list: {
    readonly target: string;
    readonly closing: RpcTransaction;
    readonly tailSignature: string;
  },
  { connection, filter }: Discovery,
  signal: AbortSignal,
): Promise<Resolved> {
  const { target, closing, tailSignature } = list;
  const { transactions, end } = await fetchLinkedList(connection, tailSignature, filter, signal);
  const found = foundUpload(target, [closing, ...transactions], end.type !== 'first');
  return { type: 'found', found };
}

/** @param transactions the closing one first. */
function foundUpload(
  target: string,
  transactions: readonly RpcTransaction[],
  truncated: boolean,
): DiscoveredTarget {
  const slots = transactions.map(({ slot }) => slot);
  return {
    target,
    session: null,
    signature: transactions[0]?.signature ?? target,
    signatures: transactions.length,
    pages: 0,
    oldestSlot: Math.min(...slots),
    newestSlot: Math.max(...slots),
    truncated,
  };
}

function sentence(warning: DiscoveryWarning, host: string): string {
  const { account } = warning;
  if (warning.type === 'no-signatures') {
    return `No signatures found for ${account} at ${host}; it is left out.`;
  }
  const { pages, oldestSlot } = warning;
  return `The signatures of ${account} go on behind page ${pages}, the limit: the oldest slot seen is ${oldestSlot}, and older ones are missing. Raise --max-signature-pages.`;
}

function nothingFound(host: string, accounts: readonly string[]): OperatingError {
  const named = accounts.slice(0, 3).join(', ') + (accounts.length > 3 ? ', …' : '');
  return new OperatingError(
    'RPC_PRUNED',
    `no signatures found for ${named} at ${host}: expected at least one transaction; check the address and the cluster, or set IQ_RPC_URL to an endpoint that keeps the whole history`,
    { retryable: false, fields: { host, accounts: accounts.length } },
  );
}

function notAnUpload(target: string): OperatingError {
  return new OperatingError(
    'USAGE',
    `reading transaction ${target}: expected an instruction of an IQ program, received none (check IQ_PROGRAM_ID and IQ_READER_MODE)`,
    { retryable: false, fields: { target } },
  );
}

function notClosed(target: string, host: string): OperatingError {
  return new OperatingError(
    'USAGE',
    `reading transaction ${target} at ${host}: it is a link of a list, and no transaction that closes the list with it was found soon after; give the closing transaction's signature`,
    { retryable: false, fields: { target, host } },
  );
}
