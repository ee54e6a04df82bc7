import type {
  InnerInstruction,
  InnerInstructionGroup,
  Reward,
  StatusMeta,
  TokenBalance,
} from '../model/status-meta.ts';
import { malformedRecord } from './malformed-record.ts';
import { ProtobufCursor } from './protobuf-cursor.ts';
import { readProtobufReward } from './rewards-protobuf.ts';

type Draft = { -readonly [Field in keyof StatusMeta]: StatusMeta[Field] };

interface Lists {
  readonly preBalances: bigint[];
  readonly postBalances: bigint[];
  readonly innerInstructions: InnerInstructionGroup[];
  readonly logMessages: string[];
  readonly preTokenBalances: TokenBalance[];
  readonly postTokenBalances: TokenBalance[];
  readonly rewards: Reward[];
  readonly writable: Uint8Array[];
  readonly readonly: Uint8Array[];
}

const NO_BYTES = new Uint8Array(0);

/**
 * `solana.storage.ConfirmedBlock.TransactionStatusMeta`. The format has no null lists, therefore
 * two fields say whether inner instructions and logs were recorded at all.
 * @returns views into `bytes`.
 * @throws {OperatingError} RECORD_MALFORMED.
 */
export function decodeProtobufStatusMeta(bytes: Buffer): StatusMeta {
  const lists: Lists = {
    preBalances: [],
    postBalances: [],
    innerInstructions: [],
    logMessages: [],
    preTokenBalances: [],
    postTokenBalances: [],
    rewards: [],
    writable: [],
    readonly: [],
  };
  const draft: Draft = {
    failed: false,
    error: null,
    fee: 0n,
    ...lists,
    loadedWritable: NO_BYTES,
    loadedReadonly: NO_BYTES,
    computeUnits: null,
    costUnits: null,
    returnData: null,
  };
  const absent = { inner: false, logs: false, returnData: false };
  const cursor = new ProtobufCursor(bytes, 0, bytes.length);
  while (cursor.nextField()) {
    if (!readListField(cursor, lists)) readSingleField(cursor, draft, absent);
  }
  return {
    failed: draft.failed,
    error: draft.error,
    fee: draft.fee,
    preBalances: lists.preBalances,
    postBalances: lists.postBalances,
    innerInstructions: absent.inner ? null : lists.innerInstructions,
    logMessages: absent.logs ? null : lists.logMessages,
    preTokenBalances: lists.preTokenBalances,
    postTokenBalances: lists.postTokenBalances,
    loadedWritable: joinKeys(lists.writable),
    loadedReadonly: joinKeys(lists.readonly),
    computeUnits: draft.computeUnits,
    costUnits: draft.costUnits,
    returnData: absent.returnData ? null : draft.returnData,
    rewards: lists.rewards,
  };
}

function readListField(cursor: ProtobufCursor, lists: Lists): boolean {
  switch (cursor.field) {
    case 3:
      readNumbers(cursor, lists.preBalances);
      return true;
    case 4:
      readNumbers(cursor, lists.postBalances);
      return true;
    case 5:
      lists.innerInstructions.push(readInnerGroup(cursor.readMessage()));
      return true;
    case 6:
      lists.logMessages.push(cursor.readText());
      return true;
    case 7:
      lists.preTokenBalances.push(readTokenBalance(cursor.readMessage()));
      return true;
    case 8:
      lists.postTokenBalances.push(readTokenBalance(cursor.readMessage()));
      return true;
    case 9:
      lists.rewards.push(readProtobufReward(cursor.readMessage()));
      return true;
    case 12:
      lists.writable.push(readKey(cursor));
      return true;
    case 13:
      lists.readonly.push(readKey(cursor));
      return true;
    default:
      return false;
  }
}

function readSingleField(
  cursor: ProtobufCursor,
  draft: Draft,
  absent: { inner: boolean; logs: boolean; returnData: boolean },
): void {
  switch (cursor.field) {
    case 1:
      draft.failed = true;
      draft.error = readError(cursor.readMessage());
      break;
    case 2:
      draft.fee = cursor.readUnsigned64();
      break;
    case 10:
      absent.inner = cursor.readNumber() !== 0;
      break;
    case 11:
      absent.logs = cursor.readNumber() !== 0;
      break;
    case 14:
      draft.returnData = readReturnData(cursor.readMessage());
      break;
    case 15:
      absent.returnData = cursor.readNumber() !== 0;
      break;
    case 16:
      draft.computeUnits = cursor.readUnsigned64();
      break;
    case 17:
      draft.costUnits = cursor.readUnsigned64();
      break;
    default:
      cursor.skip();
  }
}

function readNumbers(cursor: ProtobufCursor, numbers: bigint[]): void {
  if (!cursor.isPacked) {
    numbers.push(cursor.readUnsigned64());
    return;
  }
  const packed = cursor.readMessage();
  while (packed.at < packed.end) numbers.push(packed.readPacked64());
}

function readError(cursor: ProtobufCursor): Uint8Array {
  let error: Uint8Array = NO_BYTES;
  while (cursor.nextField()) {
    if (cursor.field === 1) error = cursor.readBytes();
    else cursor.skip();
  }
  return error;
}

function readInnerGroup(cursor: ProtobufCursor): InnerInstructionGroup {
  let outer = 0;
  const instructions: InnerInstruction[] = [];
  while (cursor.nextField()) {
    if (cursor.field === 1) outer = cursor.readNumber();
    else if (cursor.field === 2) instructions.push(readInner(cursor.readMessage()));
    else cursor.skip();
  }
  return { outer, instructions };
}

function readInner(cursor: ProtobufCursor): InnerInstruction {
  let programIndex = 0;
  let accounts: Uint8Array = NO_BYTES;
  let data: Uint8Array = NO_BYTES;
  let stackHeight: number | null = null;
  while (cursor.nextField()) {
    if (cursor.field === 1) programIndex = cursor.readNumber();
    else if (cursor.field === 2) accounts = cursor.readBytes();
    else if (cursor.field === 3) data = cursor.readBytes();
    else if (cursor.field === 4) stackHeight = cursor.readNumber();
    else cursor.skip();
  }
  return { programIndex, accounts, data, stackHeight };
}

/**
 * Reads one of the messages in fields 7 and 8.
 * Owner and program stand in fields 4 and 5, as the records of epoch 308 and later have them.
 * @throws {OperatingError} RECORD_MALFORMED.
 */
export function readTokenBalance(cursor: ProtobufCursor): TokenBalance {
  let accountIndex = 0;
  let mint = '';
  let owner = '';
  let programId = '';
  let token = { amount: '', decimals: 0 };
  while (cursor.nextField()) {
    if (cursor.field === 1) accountIndex = cursor.readNumber();
    else if (cursor.field === 2) mint = cursor.readText();
    else if (cursor.field === 3) token = readTokenAmount(cursor.readMessage());
    else if (cursor.field === 4) owner = cursor.readText();
    else if (cursor.field === 5) programId = cursor.readText();
    else cursor.skip();
  }
  return { accountIndex, mint, owner: owner || null, programId: programId || null, ...token };
}

/** The floating-point and the display amounts follow from these two and are not kept. */
function readTokenAmount(cursor: ProtobufCursor): { amount: string; decimals: number } {
  let amount = '';
  let decimals = 0;
  while (cursor.nextField()) {
    if (cursor.field === 2) decimals = cursor.readNumber();
    else if (cursor.field === 3) amount = cursor.readText();
    else cursor.skip();
  }
  return { amount, decimals };
}

function readReturnData(cursor: ProtobufCursor): StatusMeta['returnData'] {
  let programId: Uint8Array = NO_BYTES;
  let data: Uint8Array = NO_BYTES;
  while (cursor.nextField()) {
    if (cursor.field === 1) programId = readKey(cursor);
    else if (cursor.field === 2) data = cursor.readBytes();
    else cursor.skip();
  }
  return { programId, data };
}

function readKey(cursor: ProtobufCursor): Uint8Array {
  const key = cursor.readBytes();
  if (key.length === 32) return key;
  throw malformedRecord({
    attempted: 'decode status metadata',
    offset: cursor.at - key.length,
    expected: 'a key of 32 bytes',
    received: `${key.length} bytes`,
  });
}

function joinKeys(keys: readonly Uint8Array[]): Uint8Array {
  return keys.length === 0 ? NO_BYTES : Buffer.concat(keys);
}
