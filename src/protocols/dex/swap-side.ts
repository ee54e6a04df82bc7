import { netAmount } from './net-amount.ts';
import { sumOf } from './swap-legs.ts';
import type { SwapTransaction } from './swap-transaction.ts';
import type { TokenTransfer } from './token-transfer.ts';

/** Wrapped SOL, which also stands for lamports; source: solana-program/token, native_mint. */
const SOL_MINT = 'So11111111111111111111111111111111111111112';
const SOL_DECIMALS = 9;

/** What one side of a swap was, and how much of it moved. */
export interface SwapSide {
  readonly mint: string;
  readonly decimals: number | null;
  readonly amount: bigint;
  readonly net: bigint | null;
}

export function nativeSide(amount: bigint): SwapSide {
  return { mint: SOL_MINT, decimals: SOL_DECIMALS, amount, net: amount };
}

/**
 * A side moved by token transfers. The mint is the vault's by its balances, else the transfer's, else the one that the
 * instruction lists, else that of the account at the transfer's other end.
 * @param listedMint index of a key.
 * @returns undefined when nothing tells the mint.
 */
export function tokenSide(
  within: SwapTransaction,
  vault: number,
  transfers: readonly TokenTransfer[],
  listedMint: number | undefined,
): SwapSide | undefined {
  const { accounts } = within;
  const checked = transfers.find(({ mint }) => mint !== null);
  const balance = accounts.at(vault) ?? balanceOfOtherEnd(within, vault, transfers);
  const mint =
    accounts.at(vault)?.mint ?? within.keyText(checked?.mint ?? listedMint) ?? balance?.mint;
  if (mint === undefined) return undefined;
  return {
    mint,
    decimals: balance?.decimals ?? checked?.decimals ?? (mint === SOL_MINT ? SOL_DECIMALS : null),
    amount: sumOf(transfers),
    net: netAmount(transfers, within.transfers, accounts),
  };
}

function balanceOfOtherEnd(
  { accounts }: SwapTransaction,
  vault: number,
  transfers: readonly TokenTransfer[],
) {
  for (const { source, destination } of transfers) {
    const balance = accounts.at(source === vault ? destination : source);
    if (balance !== undefined) return balance;
  }
  return undefined;
}
