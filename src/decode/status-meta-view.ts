import type { StatusMeta, TokenBalance } from '../model/status-meta.ts';
import { ProtobufCursor } from './protobuf-cursor.ts';
import type { ScannedTransaction } from './scanned-transaction.ts';
import { decodeStatusMeta, isBincodeStart } from './status-meta.ts';
import { BALANCE_STRIDE, LOG_STRIDE } from './status-meta-fields.ts';
import { readTokenBalance } from './status-meta-protobuf.ts';

/** What of the metadata is read only where the instructions alone do not tell. */
export type LogsAndTokenBalances = Pick<
  StatusMeta,
  'logMessages' | 'preTokenBalances' | 'postTokenBalances'
>;

/** Whether the line of a log in [start, end) is wanted. */
export type LineFilter = (bytes: Buffer, start: number, end: number) => boolean;

/**
 * Logs and token balances as `decodeStatusMeta` reads them, but each only when it is asked for, because most are not.
 * Lists that were not recorded are empty instead of null. Lines that nobody wants are left out, though not of bincode
 * records. Holds until the bytes change.
 * @throws {OperatingError} RECORD_MALFORMED, now or when a part is asked for.
 */
export function viewLogsAndTokenBalances(
  scanned: ScannedTransaction,
  slot: number,
  isWanted: LineFilter,
): LogsAndTokenBalances {
  const { metadata, fields } = scanned;
  const { start, end } = fields;
  const record = end > start && isBincodeStart(metadata, start);
  const decoded = record ? decodeStatusMeta(metadata.subarray(start, end), slot) : null;
  return decoded ?? new ProtobufView(scanned, isWanted);
}

class ProtobufView implements LogsAndTokenBalances {
  readonly #scanned: ScannedTransaction;
  readonly #isWanted: LineFilter;

  constructor(scanned: ScannedTransaction, isWanted: LineFilter) {
    this.#scanned = scanned;
    this.#isWanted = isWanted;
  }

  get logMessages(): readonly string[] {
    const { metadata, fields } = this.#scanned;
    const { logs, logCount } = fields;
    const lines: string[] = [];
    for (let row = 0; row < logCount * LOG_STRIDE; row += LOG_STRIDE) {
      const start = logs[row]!;
      const end = logs[row + 1]!;
      if (this.#isWanted(metadata, start, end)) lines.push(metadata.toString('utf8', start, end));
    }
    return lines;
  }

  get preTokenBalances(): readonly TokenBalance[] {
    return this.#balances(0);
  }

  get postTokenBalances(): readonly TokenBalance[] {
    return this.#balances(1);
  }

  #balances(isAfter: 0 | 1): TokenBalance[] {
    const { metadata, fields } = this.#scanned;
    const { tokenBalances, tokenBalanceCount } = fields;
    const balances: TokenBalance[] = [];
    for (let row = 0; row < tokenBalanceCount * BALANCE_STRIDE; row += BALANCE_STRIDE) {
      if (tokenBalances[row + 2] !== isAfter) continue;
      balances.push(new TokenBalanceView(metadata, tokenBalances[row]!, tokenBalances[row + 1]!));
    }
    return balances;
  }
}

/** Balances are found by their account, and few of them are looked at. */
class TokenBalanceView implements TokenBalance {
  readonly accountIndex: number;
  readonly #bytes: Buffer;
  readonly #start: number;
  readonly #end: number;
  #read: TokenBalance | undefined;

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.accountIndex = accountIndexIn(bytes, start, end);
  }

  get mint(): string {
    return this.#whole.mint;
  }

  get owner(): string | null {
    return this.#whole.owner;
  }

  get programId(): string | null {
    return this.#whole.programId;
  }

  get amount(): string {
    return this.#whole.amount;
  }

  get decimals(): number {
    return this.#whole.decimals;
  }

  get #whole(): TokenBalance {
    this.#read ??= readTokenBalance(new ProtobufCursor(this.#bytes, this.#start, this.#end));
    return this.#read;
  }
}

function accountIndexIn(bytes: Buffer, start: number, end: number): number {
  const cursor = new ProtobufCursor(bytes, start, end);
  let index = 0;
  while (cursor.nextField()) {
    if (cursor.field === 1) index = cursor.readNumber();
    else cursor.skip();
  }
  return index;
}
