import type { LedgerTransaction } from '../../model/ledger-transaction.ts';
import type { TransactionPrograms } from './transaction-programs.ts';
import { readU64 } from './u64.ts';

/** A transfer of a token program, by indexes into the transaction's keys. */
export interface TokenTransfer {
  /** Index of the instruction. */
  readonly at: number;
  readonly source: number;
  readonly destination: number;
  /** Who signed for it: owner or delegate. */
  readonly authority: number | undefined;
  /** Null where the instruction does not name it. */
  readonly mint: number | null;
  readonly decimals: number | null;
  readonly amount: bigint;
  /** Token-2022 fee held back from `amount`; null where the instruction does not tell. */
  readonly fee: bigint | null;
}

// First data byte of token instructions. Source: solana-program/token and token-2022, instruction enums.
const TRANSFER = 3;
const TRANSFER_CHECKED = 12;
const TRANSFER_FEE_EXTENSION = 26;
/** Second byte behind TRANSFER_FEE_EXTENSION. */
const TRANSFER_CHECKED_WITH_FEE = 1;
/** Several instructions in one: for each a count of accounts, a length of data, the data. Source: p-token, SIMD-0266. */
const BATCH = 255;

/** All token transfers of a transaction, in order. */
export function readTokenTransfers(
  { instructions }: LedgerTransaction,
  programs: TransactionPrograms,
): TokenTransfer[] {
  const found: TokenTransfer[] = [];
  for (let at = 0; at < instructions.length; at++) {
    const instruction = instructions[at];
    if (instruction === undefined) break;
    const known = programs.at(instruction.programIndex);
    if (known?.kind !== 'token') continue;
    const { accounts, data } = instruction;
    const context = { at, withFees: known.withTransferFees };
    if (data[0] === BATCH) readBatch(accounts, data, context, found);
    else readOne(accounts, data, context, found);
  }
  return found;
}

interface TokenCall {
  readonly at: number;
  readonly withFees: boolean;
}

function readBatch(
  accounts: Uint8Array,
  data: Uint8Array,
  call: TokenCall,
  found: TokenTransfer[],
): void {
  let account = 0;
  let offset = 1;
  while (offset + 2 <= data.length) {
    const accountEnd = account + (data[offset] ?? 0);
    const dataEnd = offset + 2 + (data[offset + 1] ?? 0);
    if (accountEnd > accounts.length || dataEnd > data.length) return;
    readOne(
      accounts.subarray(account, accountEnd),
      data.subarray(offset + 2, dataEnd),
      call,
      found,
    );
    account = accountEnd;
    offset = dataEnd;
  }
}

function readOne(
  accounts: Uint8Array,
  data: Uint8Array,
  { at, withFees }: TokenCall,
  found: TokenTransfer[],
): void {
  const kind = data[0];
  const unknownFee = withFees ? null : 0n;
  const [first, second, third, fourth] = accounts;
  if (first === undefined || second === undefined) return;
  if (kind === TRANSFER && data.length >= 9) {
    const amount = readU64(data, 1);
    const parties = { source: first, destination: second, authority: third };
    found.push({ at, ...parties, mint: null, decimals: null, amount, fee: unknownFee });
    return;
  }
  if (third === undefined) return;
  const parties = { source: first, mint: second, destination: third, authority: fourth };
  if (kind === TRANSFER_CHECKED && data.length >= 10) {
    const decimals = data[9] ?? null;
    found.push({ at, ...parties, decimals, amount: readU64(data, 1), fee: unknownFee });
  } else if (
    kind === TRANSFER_FEE_EXTENSION &&
    data[1] === TRANSFER_CHECKED_WITH_FEE &&
    data.length >= 19
  ) {
    const decimals = data[10] ?? null;
    found.push({ at, ...parties, decimals, amount: readU64(data, 2), fee: readU64(data, 11) });
  }
}
