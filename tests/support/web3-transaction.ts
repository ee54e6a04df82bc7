import { VersionedTransaction } from '@solana/web3.js';
import type { TransactionLayout } from '../../src/decode/transaction.ts';

/** A transaction as plain values, the same from both readers, so that they can be compared. */
export interface PlainTransaction {
  readonly version: number;
  readonly signatures: readonly string[];
  readonly header: readonly number[];
  readonly keys: readonly string[];
  readonly blockhash: string;
  readonly instructions: readonly { program: number; accounts: number[]; data: string }[];
  readonly lookups: readonly { table: string; writable: number[]; readonly: number[] }[];
}

export function plainFromWeb3(wire: Uint8Array): PlainTransaction {
  const { version, signatures, message } = VersionedTransaction.deserialize(wire);
  const { header } = message;
  return {
    version: version === 'legacy' ? -1 : version,
    signatures: signatures.map(hex),
    header: [
      header.numRequiredSignatures,
      header.numReadonlySignedAccounts,
      header.numReadonlyUnsignedAccounts,
    ],
    keys: message.staticAccountKeys.map((key) => hex(key.toBytes())),
    blockhash: message.recentBlockhash,
    instructions: message.compiledInstructions.map((instruction) => ({
      program: instruction.programIdIndex,
      accounts: [...instruction.accountKeyIndexes],
      data: hex(instruction.data),
    })),
    lookups: message.addressTableLookups.map((lookup) => ({
      table: hex(lookup.accountKey.toBytes()),
      writable: [...lookup.writableIndexes],
      readonly: [...lookup.readonlyIndexes],
    })),
  };
}

export function plainFromLayout(
  bytes: Uint8Array,
  layout: TransactionLayout,
  encodeBase58: (bytes: Uint8Array) => string,
): PlainTransaction {
  const part = (start: number, length: number): Uint8Array => bytes.subarray(start, start + length);
  const { instructions, lookups } = layout;
  return {
    version: layout.version,
    signatures: times(layout.signatureCount, (i) => hex(part(layout.signaturesStart + i * 64, 64))),
    header: [layout.requiredSignatures, layout.readonlySigned, layout.readonlyUnsigned],
    keys: times(layout.keyCount, (i) => hex(part(layout.keysStart + i * 32, 32))),
    blockhash: encodeBase58(part(layout.blockhashStart, 32)),
    instructions: times(layout.instructionCount, (i) => ({
      program: instructions[i * 5]!,
      accounts: [...part(instructions[i * 5 + 1]!, instructions[i * 5 + 2]!)],
      data: hex(part(instructions[i * 5 + 3]!, instructions[i * 5 + 4]!)),
    })),
    lookups: times(layout.lookupCount, (i) => ({
      table: hex(part(lookups[i * 5]!, 32)),
      writable: [...part(lookups[i * 5 + 1]!, lookups[i * 5 + 2]!)],
      readonly: [...part(lookups[i * 5 + 3]!, lookups[i * 5 + 4]!)],
    })),
  };
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
