import type { JsonRpcClient } from './json-rpc-client.ts';
import { listSignatures, type SignatureList, type SignatureListOptions } from './signature-list.ts';

/** Something the user should know although the discovery went on. */
export type DiscoveryWarning =
  | { readonly type: 'no-signatures'; readonly account: string }
  | {
      readonly type: 'page-limit';
      readonly account: string;
      readonly pages: number;
      readonly oldestSlot: number;
    };

/** Where on the chain an account was used, failed transactions included. */
export interface AccountHistory extends SignatureList {
  readonly oldestSlot: number;
  readonly newestSlot: number;
}

export interface AccountDiscovery {
  /** In the order of the accounts, without those that have no signatures. */
  readonly histories: readonly AccountHistory[];
  readonly warnings: readonly DiscoveryWarning[];
}

/**
 * Finds the slots in which accounts were used.
 * @throws {OperatingError} as `listSignatures`.
 */
export async function discoverAccounts(
  client: JsonRpcClient,
  accounts: readonly string[],
  options: SignatureListOptions,
  signal: AbortSignal,
): Promise<AccountDiscovery> {
  const histories: AccountHistory[] = [];
  const warnings: DiscoveryWarning[] = [];
  for (const account of accounts) {
    const list = await listSignatures(client, account, options, signal);
    const newest = list.signatures[0];
    const oldest = list.signatures.at(-1);
    if (newest === undefined || oldest === undefined) {
      warnings.push({ type: 'no-signatures', account });
      continue;
    }
    histories.push({ ...list, oldestSlot: oldest.slot, newestSlot: newest.slot });
    if (list.truncated) {
      const { pages } = list;
      warnings.push({ type: 'page-limit', account, pages, oldestSlot: oldest.slot });
    }
  }
  return { histories, warnings };
}
