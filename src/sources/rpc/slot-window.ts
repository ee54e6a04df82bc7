import { OperatingError } from '../../core/errors.ts';
import { type SlotRange, slotRange } from '../../core/slot-range.ts';
import type { JsonRpcClient } from './json-rpc-client.ts';
import { listSignatures, type SignatureList, type SignatureListOptions } from './signature-list.ts';

export interface SlotWindowOptions extends SignatureListOptions {
  /** Slots added on both sides of the window. */
  readonly slotPadding: number;
}

/** Something the user should know although the discovery went on. */
export type DiscoveryWarning =
  | { readonly type: 'no-signatures'; readonly account: string }
  | {
      readonly type: 'page-limit';
      readonly account: string;
      readonly pages: number;
      readonly oldestSlot: number;
    };

export interface SlotDiscovery {
  readonly lists: readonly SignatureList[];
  /** From the oldest to the newest slot of all accounts, with padding. */
  readonly window: SlotRange;
  readonly warnings: readonly DiscoveryWarning[];
}

/**
 * Finds the slots in which accounts were used.
 * @throws {OperatingError} as `listSignatures`; RPC_PRUNED when no account has any signature.
 */
export async function discoverSlotWindow(
  client: JsonRpcClient,
  accounts: readonly string[],
  options: SlotWindowOptions,
  signal: AbortSignal,
): Promise<SlotDiscovery> {
  const lists: SignatureList[] = [];
  for (const account of accounts) {
    lists.push(await listSignatures(client, account, options, signal));
  }
  const oldest = Math.min(...lists.map((list) => oldestSlot(list) ?? Infinity));
  const newest = Math.max(...lists.map((list) => list.signatures[0]?.slot ?? -Infinity));
  if (!Number.isFinite(oldest)) throw nothingFound(client.host, accounts);
  const start = Math.max(0, oldest - options.slotPadding);
  const window = slotRange(start, newest + options.slotPadding + 1);
  return { lists, window, warnings: lists.flatMap(warningsOf) };
}

function oldestSlot(list: SignatureList): number | undefined {
  return list.signatures.at(-1)?.slot;
}

function warningsOf(list: SignatureList): DiscoveryWarning[] {
  const { account, pages, truncated } = list;
  const oldest = oldestSlot(list);
  if (oldest === undefined) return [{ type: 'no-signatures', account }];
  return truncated ? [{ type: 'page-limit', account, pages, oldestSlot: oldest }] : [];
}

function nothingFound(host: string, accounts: readonly string[]): OperatingError {
  const named = accounts.slice(0, 3).join(', ') + (accounts.length > 3 ? ', …' : '');
  return new OperatingError(
    'RPC_PRUNED',
    `no signatures found for ${named} at ${host}: expected at least one transaction; check the address and the cluster, or set IQ_RPC_URL to an endpoint that keeps the whole history`,
    { retryable: false, fields: { host, accounts: accounts.length } },
  );
}
