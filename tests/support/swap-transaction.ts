import { createHash } from 'node:crypto';
import { decodePublicKey, encodeBase58 } from '../../src/core/base58.ts';
import type { LedgerInstruction, LedgerTransaction } from '../../src/model/ledger-transaction.ts';
import type { TokenBalance } from '../../src/model/status-meta.ts';
import type { SwapMeta } from '../../src/protocols/dex/swap-transaction.ts';

/** A call as a test writes it. Accounts are addresses or any other words, which stand for an address each. */
export interface MadeCall {
  readonly program: string;
  readonly accounts?: readonly string[];
  readonly data: Buffer;
  readonly calls?: readonly MadeCall[];
  /** Lines the program writes before it ends. */
  readonly logs?: readonly string[];
}

export interface MadeAccount {
  readonly account: string;
  readonly mint: string;
  readonly owner?: string;
  readonly decimals?: number;
  readonly before?: bigint;
  readonly after?: bigint;
}

export interface MadeTransaction {
  readonly calls: readonly MadeCall[];
  readonly tokenAccounts?: readonly MadeAccount[];
  readonly signers?: readonly string[];
  readonly failed?: boolean;
  /** As in old records: depths are not known. */
  readonly withoutHeights?: boolean;
  /** How many log lines are kept before the runtime cuts them off; 'none': not recorded. */
  readonly logLines?: number | 'none';
}

export const TOKEN = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA';
export const TOKEN_2022 = 'TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb';

/** The address that a word stands for. */
export function addressOf(word: string): string {
  if (decodePublicKey(word) !== undefined) return word;
  return encodeBase58(createHash('sha256').update(word).digest());
}

/** Little-endian u64s behind a start in hex. */
export function bytesOf(start: string, ...amounts: readonly bigint[]): Buffer {
  const numbers = Buffer.alloc(amounts.length * 8);
  for (const [i, amount] of amounts.entries()) numbers.writeBigUInt64LE(amount, i * 8);
  return Buffer.concat([Buffer.from(start, 'hex'), numbers]);
}

export function transfer(from: string, to: string, amount: bigint, authority = 'user'): MadeCall {
  return { program: TOKEN, accounts: [from, to, authority], data: bytesOf('03', amount) };
}

/** What Anchor's `emit_cpi!` does. */
export function selfCall(program: string, eventId: string, payload: Buffer): MadeCall {
  const data = Buffer.concat([Buffer.from(`e445a52e51cb9a1d${eventId}`, 'hex'), payload]);
  return { program, accounts: ['event authority'], data };
}

/** What Anchor's `emit!` does. */
export function dataLine(eventId: string, payload: Buffer): string {
  const bytes = Buffer.concat([Buffer.from(eventId, 'hex'), payload]);
  return `Program data: ${bytes.toString('base64')}`;
}

export function makeTransaction(made: MadeTransaction): {
  transaction: LedgerTransaction;
  meta: SwapMeta;
} {
  const keys: string[] = (made.signers ?? ['user']).map(addressOf);
  const indexOf = (word: string): number => {
    const address = addressOf(word);
    if (!keys.includes(address)) keys.push(address);
    return keys.indexOf(address);
  };
  const instructions: LedgerInstruction[] = [];
  const logs: string[] = [];
  const add = (call: MadeCall, outer: number, height: number): void => {
    const inner = instructions.filter((one) => one.outer === outer).length - 1;
    instructions.push({
      outer,
      inner,
      stackHeight: made.withoutHeights && height > 1 ? null : height,
      programIndex: indexOf(call.program),
      accounts: Uint8Array.from(call.accounts ?? [], indexOf),
      data: call.data,
    });
    const program = addressOf(call.program);
    logs.push(`Program ${program} invoke [${height}]`);
    for (const child of call.calls ?? []) add(child, outer, height + 1);
    logs.push(...(call.logs ?? []), `Program ${program} success`);
  };
  for (const [outer, call] of made.calls.entries()) add(call, outer, 1);
  const balances = tokenBalances(made.tokenAccounts ?? [], indexOf);
  return {
    transaction: {
      slot: 1,
      transactionIndex: 0,
      blockTime: 0,
      signature: new Uint8Array(64),
      failed: made.failed ?? false,
      accountKeys: Buffer.concat(keys.map((key) => decodePublicKey(key) ?? Buffer.alloc(32))),
      signerCount: made.signers?.length ?? 1,
      instructions,
    },
    meta: { ...balances, logMessages: cutLogs(logs, made.logLines) },
  };
}

function cutLogs(logs: string[], kept: number | 'none' | undefined): string[] | null {
  if (kept === undefined) return logs;
  return kept === 'none' ? null : [...logs.slice(0, kept), 'Log truncated'];
}

function tokenBalances(
  accounts: readonly MadeAccount[],
  indexOf: (word: string) => number,
): Pick<SwapMeta, 'preTokenBalances' | 'postTokenBalances'> {
  const balanceOf = (made: MadeAccount, amount: bigint): TokenBalance => ({
    accountIndex: indexOf(made.account),
    mint: addressOf(made.mint),
    owner: made.owner === undefined ? null : addressOf(made.owner),
    programId: null,
    amount: `${amount}`,
    decimals: made.decimals ?? 6,
  });
  return {
    preTokenBalances: accounts.map((made) => balanceOf(made, made.before ?? 0n)),
    postTokenBalances: accounts.map((made) => balanceOf(made, made.after ?? made.before ?? 0n)),
  };
}
