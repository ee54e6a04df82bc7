import type { JsonPlace } from './json-place.ts';
import {
  bytesField,
  doubleField,
  messageField,
  packedField,
  presentVarintField,
  textField,
  varintField,
} from './protobuf-fields.ts';
import { encodeReward } from './rewards-protobuf.ts';
import { encodeTransactionError } from './transaction-error-bincode.ts';

/**
 * A transaction's `meta` of RPC JSON as message `solana.storage.ConfirmedBlock.TransactionStatusMeta`,
 * the form in which archives after epoch 156 hold it. Source: anza-xyz/agave, storage-proto.
 * @throws {OperatingError} RECORD_MALFORMED naming the place; also for `jsonParsed` instructions.
 */
export function encodeStatusMeta(meta: JsonPlace): Buffer {
  const err = meta.field('err');
  const inner = meta.field('innerInstructions');
  const logs = meta.field('logMessages');
  const loaded = meta.field('loadedAddresses');
  const returned = meta.field('returnData');
  return Buffer.concat([
    err.isNothing ? Buffer.alloc(0) : messageField(1, [bytesField(1, encodeTransactionError(err))]),
    varintField(2, meta.field('fee').u64()),
    packedField(3, balances(meta.field('preBalances'))),
    packedField(4, balances(meta.field('postBalances'))),
    ...itemsOf(inner).map((group) => messageField(5, [encodeInnerGroup(group)])),
    ...itemsOf(logs).map((line) => messageField(6, [Buffer.from(line.text())])),
    ...itemsOf(meta.field('preTokenBalances')).map((b) => messageField(7, [encodeTokenBalance(b)])),
    ...itemsOf(meta.field('postTokenBalances')).map((b) =>
      messageField(8, [encodeTokenBalance(b)]),
    ),
    ...itemsOf(meta.field('rewards')).map((reward) => messageField(9, [encodeReward(reward)])),
    varintField(10, inner.isNothing),
    varintField(11, logs.isNothing),
    ...(loaded.isNothing ? [] : encodeLoaded(loaded)),
    ...(returned.isNothing ? [varintField(15, true)] : [encodeReturnData(returned)]),
    optionalCount(16, meta.field('computeUnitsConsumed')),
    optionalCount(17, meta.field('costUnits')),
  ]);
}

function itemsOf(place: JsonPlace): JsonPlace[] {
  return place.isNothing ? [] : place.items();
}

function balances(place: JsonPlace): bigint[] {
  return place.items().map((item) => item.u64());
}

function optionalCount(field: number, place: JsonPlace): Buffer {
  return place.isNothing ? Buffer.alloc(0) : presentVarintField(field, place.u64());
}

function encodeInnerGroup(group: JsonPlace): Buffer {
  const instructions = group.field('instructions').items();
  return Buffer.concat([
    varintField(1, group.field('index').count(0xff)),
    ...instructions.map((instruction) => messageField(2, encodeInnerInstruction(instruction))),
  ]);
}

function encodeInnerInstruction(instruction: JsonPlace): Buffer[] {
  const accounts = instruction.field('accounts').items();
  return [
    varintField(1, instruction.field('programIdIndex').count(0xff)),
    bytesField(
      2,
      Uint8Array.from(accounts, (account) => account.count(0xff)),
    ),
    bytesField(3, instruction.field('data').base58()),
    optionalCount(4, instruction.field('stackHeight')),
  ];
}

function encodeTokenBalance(balance: JsonPlace): Buffer {
  const amount = balance.field('uiTokenAmount');
  const uiAmount = amount.field('uiAmount');
  const uiText = amount.field('uiAmountString');
  return Buffer.concat([
    varintField(1, balance.field('accountIndex').count(0xff)),
    textField(2, balance.field('mint').text()),
    messageField(3, [
      doubleField(1, uiAmount.isNothing ? 0 : uiAmount.number()),
      varintField(2, amount.field('decimals').count(0xff)),
      textField(3, amount.field('amount').text()),
      textField(4, uiText.isNothing ? '' : uiText.text()),
    ]),
    textField(4, optionalText(balance.field('owner'))),
    textField(5, optionalText(balance.field('programId'))),
  ]);
}

function optionalText(place: JsonPlace): string {
  return place.isNothing ? '' : place.text();
}

function encodeLoaded(loaded: JsonPlace): Buffer[] {
  const keys = (field: number, name: string): Buffer[] =>
    itemsOf(loaded.field(name)).map((key) => bytesField(field, key.base58(32)));
  return [...keys(12, 'writable'), ...keys(13, 'readonly')];
}

function encodeReturnData(returned: JsonPlace): Buffer {
  const [data] = returned.field('data').items();
  if (data === undefined) throw returned.field('data').wrong('[text, "base64"]');
  return messageField(14, [
    bytesField(1, returned.field('programId').base58(32)),
    bytesField(2, data.base64()),
  ]);
}
