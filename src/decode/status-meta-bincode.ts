import type {
  InnerInstruction,
  InnerInstructionGroup,
  Reward,
  StatusMeta,
  TokenBalance,
} from '../model/status-meta.ts';
import { BincodeCursor } from './bincode-cursor.ts';
import { readBincodeRewards, readShortRewards } from './rewards-bincode.ts';
import { readTransactionError } from './transaction-error.ts';

/** `v2` has an optional floating-point amount and the display amount in its token balances. */
export type BincodeGeneration = 'legacy' | 'v2';

/** How a record's rewards are written; see rewards-bincode. */
export type BincodeRewards = 'long' | 'short';

// Shortest encoded element of each list, so that a count is checked before anything is built.
const BALANCE_BYTES = 8;
export const INNER_GROUP_BYTES_MIN = 9;
export const INNER_BYTES_MIN = 3;
export const LOG_BYTES_MIN = 8;
const TOKEN_BALANCE_BYTES_MIN = 26;

const STATUS_OK = 0;
const STATUS_ERR = 1;
const SEMICOLON = 0x3b;
const COMPUTE_UNITS = ' compute units';
const NO_BYTES = new Uint8Array(0);

/**
 * `StoredTransactionStatusMeta` of Agave's storage-proto, in the generations of epochs up to 156.
 * Each field behind the balances may be missing because the record just ends: it is then null.
 * @returns views into `bytes`.
 * @throws {OperatingError} RECORD_MALFORMED, also when bytes are left over.
 */
export function decodeBincodeStatusMeta(
  bytes: Buffer,
  generation: BincodeGeneration,
  rewardForm: BincodeRewards,
): StatusMeta {
  const cursor = new BincodeCursor(bytes, 0, bytes.length);
  const error = readStatus(cursor);
  const readToken = (): TokenBalance => readTokenBalance(cursor, generation);
  const readRewards = rewardForm === 'long' ? readBincodeRewards : readShortRewards;
  // The order of these is the order of the fields in the record.
  const meta: StatusMeta = {
    failed: error !== null,
    error,
    fee: cursor.readU64(),
    preBalances: readList(cursor, BALANCE_BYTES, () => cursor.readU64()),
    postBalances: readList(cursor, BALANCE_BYTES, () => cursor.readU64()),
    innerInstructions: readOptional(cursor, () =>
      readList(cursor, INNER_GROUP_BYTES_MIN, () => readInnerGroup(cursor)),
    ),
    logMessages: readOptional(cursor, () => readLogs(cursor)),
    preTokenBalances: readOptional(cursor, () =>
      readList(cursor, TOKEN_BALANCE_BYTES_MIN, readToken),
    ),
    postTokenBalances: readOptional(cursor, () =>
      readList(cursor, TOKEN_BALANCE_BYTES_MIN, readToken),
    ),
    rewards: readOptional(cursor, (): Reward[] => readRewards(cursor)),
    returnData: readOptional(cursor, () => ({
      programId: cursor.readBytes(32),
      data: cursor.readBytes(cursor.readCount(1)),
    })),
    computeUnits: readOptional(cursor, () => cursor.readU64()),
    costUnits: readOptional(cursor, () => cursor.readU64()),
    loadedWritable: NO_BYTES,
    loadedReadonly: NO_BYTES,
  };
  if (!cursor.isAtEnd) {
    throw cursor.malformed(cursor.at, 'the end of the record', `${cursor.end - cursor.at} bytes`);
  }
  return meta;
}

/** The encoded `TransactionError`, or null where the transaction succeeded. */
export function readStatus(cursor: BincodeCursor): Uint8Array | null {
  const offset = cursor.at;
  const tag = cursor.readU32();
  if (tag === STATUS_OK) return null;
  if (tag !== STATUS_ERR) throw cursor.malformed(offset, 'status 0 or 1', `${tag}`);
  const start = cursor.at;
  readTransactionError(cursor);
  return cursor.bytes.subarray(start, cursor.at);
}

function readList<T>(cursor: BincodeCursor, bytesEach: number, read: () => T): T[] {
  const list: T[] = [];
  for (let left = cursor.readCount(bytesEach); left > 0; left--) list.push(read());
  return list;
}

function readOptional<T>(cursor: BincodeCursor, read: () => T): T | null {
  return !cursor.isAtEnd && cursor.readOption() ? read() : null;
}

function readInnerGroup(cursor: BincodeCursor): InnerInstructionGroup {
  const outer = cursor.readByte();
  const instructions = readList(
    cursor,
    INNER_BYTES_MIN,
    (): InnerInstruction => ({
      programIndex: cursor.readByte(),
      accounts: cursor.readBytes(cursor.readShortCount()),
      data: cursor.readBytes(cursor.readShortCount()),
      stackHeight: null,
    }),
  );
  return { outer, instructions };
}

function readLogs(cursor: BincodeCursor): string[] {
  const logs: string[] = [];
  for (let left = cursor.readCount(LOG_BYTES_MIN); left > 0; left--) {
    const text = cursor.readText();
    logs.push(text);
    if (text.endsWith(COMPUTE_UNITS)) skipStraySemicolon(cursor, left > 1);
  }
  return logs;
}

/**
 * Some records have one `;` that no length counts behind a log line about compute units. Between
 * lines it must be told from the low byte of the next line's length, 59 being a usual one: only
 * behind a stray byte do the next eight make a length that fits.
 */
export function skipStraySemicolon(cursor: BincodeCursor, isLineNext: boolean): void {
  const { at, end, bytes } = cursor;
  if (at >= end || bytes[at] !== SEMICOLON) return;
  if (isLineNext && (end - at < 9 || bytes.readBigUInt64LE(at + 1) > BigInt(end - at - 9))) return;
  cursor.skip(1);
}

function readTokenBalance(cursor: BincodeCursor, generation: BincodeGeneration): TokenBalance {
  const accountIndex = cursor.readByte();
  const mint = cursor.readText();
  const hasAmount = generation === 'legacy' || cursor.readOption();
  if (hasAmount) cursor.skip(8);
  const decimals = cursor.readByte();
  const amount = cursor.readText();
  if (generation === 'v2') cursor.skip(cursor.readCount(1));
  return { accountIndex, mint, owner: null, programId: null, amount, decimals };
}
