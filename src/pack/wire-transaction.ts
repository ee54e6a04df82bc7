import { createTransactionLayout, readTransaction } from '../decode/transaction.ts';
import { encodeVarint } from './encode-varint.ts';
import type { JsonPlace } from './json-place.ts';

const VERSION_0 = 0x80;
const layout = createTransactionLayout();

/**
 * A transaction of RPC JSON as wire bytes: `[text, "base64" | "base58"]`, base64 text alone, or the
 * object of encoding `json`. Only legacy and version 0 can be said as an object.
 * @throws {OperatingError} RECORD_MALFORMED naming the place, also when the bytes are no transaction.
 */
export function encodeWireTransaction(transaction: JsonPlace, version: JsonPlace): Uint8Array {
  const wire = transaction.isObject ? encodeObject(transaction, version) : encodedText(transaction);
  try {
    readTransaction(wire, 0, wire.length, layout);
  } catch (error) {
    throw transaction.wrong('a whole Solana transaction', error);
  }
  return wire;
}

function encodedText(transaction: JsonPlace): Uint8Array {
  if (typeof transaction.value === 'string') return transaction.base64();
  const [text, encoding] = Array.isArray(transaction.value) ? transaction.items() : [];
  if (text !== undefined && encoding?.value === 'base64') return text.base64();
  if (text !== undefined && encoding?.value === 'base58') return text.base58();
  throw transaction.wrong('[text, "base64"], base64 text or an object');
}

function encodeObject(transaction: JsonPlace, version: JsonPlace): Buffer {
  const signatures = transaction.field('signatures').items();
  const message = transaction.field('message');
  const lookups = message.field('addressTableLookups');
  const versioned = version.isNothing ? !lookups.isNothing : version.value !== 'legacy';
  if (versioned && !version.isNothing) version.count(0);
  const header = message.field('header');
  const keys = message.field('accountKeys').items();
  return Buffer.concat([
    ...list(signatures, (signature) => signature.base58(64)),
    Buffer.from(versioned ? [VERSION_0] : []),
    Buffer.from([
      header.field('numRequiredSignatures').count(0xff),
      header.field('numReadonlySignedAccounts').count(0xff),
      header.field('numReadonlyUnsignedAccounts').count(0xff),
    ]),
    ...list(keys, (key) => key.base58(32)),
    message.field('recentBlockhash').base58(32),
    ...list(message.field('instructions').items(), encodeInstruction),
    ...(versioned ? list(lookups.isNothing ? [] : lookups.items(), encodeLookup) : []),
  ]);
}

function encodeInstruction(instruction: JsonPlace): Buffer {
  const data = instruction.field('data').base58();
  return Buffer.concat([
    Buffer.from([instruction.field('programIdIndex').count(0xff)]),
    ...indexes(instruction.field('accounts')),
    encodeVarint(data.length),
    data,
  ]);
}

function encodeLookup(lookup: JsonPlace): Buffer {
  return Buffer.concat([
    lookup.field('accountKey').base58(32),
    ...indexes(lookup.field('writableIndexes')),
    ...indexes(lookup.field('readonlyIndexes')),
  ]);
}

function indexes(place: JsonPlace): Uint8Array[] {
  return list(place.items(), (index) => Buffer.from([index.count(0xff)]));
}

function list(items: readonly JsonPlace[], encode: (item: JsonPlace) => Uint8Array): Uint8Array[] {
  return [encodeVarint(items.length), ...items.map(encode)];
}
