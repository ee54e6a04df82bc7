import type { TokenAccounts } from './token-accounts.ts';
import type { TokenTransfer } from './token-transfer.ts';

/**
 * What of `transfers` arrived, after Token-2022 fees; null where nothing tells.
 * Where an instruction does not name its fee, the receiver's balances do, provided that all transfers of unknown fee
 * to it are among these: what was sent to it, less what it sent on, less what it gained.
 */
export function netAmount(
  transfers: readonly TokenTransfer[],
  all: readonly TokenTransfer[],
  accounts: TokenAccounts,
): bigint | null {
  let net = 0n;
  const asked = new Set<number>();
  for (const { amount, fee, destination } of transfers) {
    net += amount - (fee ?? 0n);
    if (fee === null) asked.add(destination);
  }
  for (const destination of asked) {
    const held = heldBack(destination, transfers, all, accounts);
    if (held === null) return null;
    net -= held;
  }
  return net;
}

function heldBack(
  account: number,
  transfers: readonly TokenTransfer[],
  all: readonly TokenTransfer[],
  accounts: TokenAccounts,
): bigint | null {
  const gain = accounts.gainOf(account);
  if (gain === undefined) return null;
  let held = -gain;
  let others = false;
  for (const transfer of all) {
    const { source, destination, amount, fee } = transfer;
    if (destination === account) {
      held += amount - (fee ?? 0n);
      others ||= fee === null && !transfers.includes(transfer);
    }
    if (source === account) held -= amount;
  }
  if (held < 0n || (others && held > 0n)) return null;
  return held;
}
