import type { LedgerInstruction } from '../../model/ledger-transaction.ts';
import type { Swap } from '../../model/swap.ts';
import { swapOfTransfers } from './swap-of-transfers.ts';
import type { SwapTransaction } from './swap-transaction.ts';
import type { TokenTransfer } from './token-transfer.ts';

/**
 * A call of an unknown program taken for a swap: it made exactly two token transfers itself, of different mints, and
 * one owner gave in the one and received in the other. A guess, which is why it is `generic`.
 */
export function genericSwap(
  within: SwapTransaction,
  index: number,
  instruction: LedgerInstruction,
): Swap | undefined {
  const pair = oppositeTransfers(within, index);
  const id = within.keyText(instruction.programIndex);
  if (pair === undefined || id === undefined) return undefined;
  const origin = { within, index, instruction, program: { name: id, id } };
  return swapOfTransfers(origin, { ...pair, poolIndex: undefined, confidence: 'generic' });
}

interface Exchange {
  readonly sold: TokenTransfer;
  readonly bought: TokenTransfer;
}

/** The one of the two is sold whose giver signed the transaction, else the earlier. */
function oppositeTransfers(within: SwapTransaction, index: number): Exchange | undefined {
  const { accounts, tree } = within;
  const height = tree.heightOf(index);
  if (height === null) return undefined;
  const end = tree.endOf(index);
  const caused = within.transfers.filter(({ at }) => at > index && at < end);
  const [first, second] = caused.filter(({ at }) => tree.heightOf(at) === height + 1);
  if (first === undefined || second === undefined || caused.length !== 2) return undefined;
  const isOpposite =
    sameOwner(accounts.ownerOf(first.source), accounts.ownerOf(second.destination)) ||
    sameOwner(accounts.ownerOf(first.destination), accounts.ownerOf(second.source));
  if (!isOpposite) return undefined;
  const secondSold = !isSigner(within, first.source) && isSigner(within, second.source);
  return secondSold ? { sold: second, bought: first } : { sold: first, bought: second };
}

function sameOwner(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && one === other;
}

function isSigner(within: SwapTransaction, account: number): boolean {
  const owner = within.accounts.ownerOf(account);
  if (owner === undefined) return false;
  for (let key = 0; key < within.transaction.signerCount; key++) {
    if (within.keyText(key) === owner) return true;
  }
  return false;
}
