import type { LedgerInstruction, LedgerTransaction } from '../model/ledger-transaction.ts';
import { malformedRecord } from './malformed-record.ts';
import { INNER_STRIDE, type StatusMetaFields } from './status-meta-fields.ts';
import { INSTRUCTION_STRIDE, type TransactionLayout } from './transaction.ts';

/** A transaction as it stands in the archive: its bytes and where the parts are. */
export interface ScannedTransaction {
  /** In which the offsets of `layout` count. */
  readonly wire: Buffer;
  readonly layout: TransactionLayout;
  /** In which the offsets of `fields` count. */
  readonly metadata: Buffer;
  readonly fields: StatusMetaFields;
}

type ChainPosition = Pick<LedgerTransaction, 'slot' | 'transactionIndex' | 'blockTime'>;

/**
 * The same as `buildLedgerTransaction` makes of the decoded record, as a view: nothing is copied but the keys where
 * some are loaded, and parts of instructions are made when they are asked for. Holds until the bytes change.
 * @throws {OperatingError} RECORD_MALFORMED when the transaction has no signature, or its metadata names an
 * instruction that it does not have.
 */
export function viewLedgerTransaction(
  scanned: ScannedTransaction,
  { slot, transactionIndex, blockTime }: ChainPosition,
): LedgerTransaction {
  const { wire, layout, fields } = scanned;
  if (layout.signatureCount === 0) throw malformed('at least one signature', 'none');
  return {
    slot,
    transactionIndex,
    blockTime,
    signature: wire.subarray(layout.signaturesStart, layout.signaturesStart + 64),
    failed: fields.failed,
    accountKeys: viewKeys(scanned),
    signerCount: layout.requiredSignatures,
    instructions: viewInstructions(scanned),
  };
}

function viewKeys({ wire, layout, metadata, fields }: ScannedTransaction): Uint8Array {
  const { keysStart, keyCount } = layout;
  const { loadedWritable, loadedWritableCount, loadedReadonly, loadedReadonlyCount } = fields;
  const loaded = loadedWritableCount + loadedReadonlyCount;
  if (loaded === 0) return wire.subarray(keysStart, keysStart + keyCount * 32);
  const keys = Buffer.allocUnsafe((keyCount + loaded) * 32);
  let at = wire.copy(keys, 0, keysStart, keysStart + keyCount * 32);
  for (let i = 0; i < loadedWritableCount; i++) {
    const start = loadedWritable[i]!;
    at += metadata.copy(keys, at, start, start + 32);
  }
  for (let i = 0; i < loadedReadonlyCount; i++) {
    const start = loadedReadonly[i]!;
    at += metadata.copy(keys, at, start, start + 32);
  }
  return keys;
}

function viewInstructions({ wire, layout, metadata, fields }: ScannedTransaction) {
  const { instructions: rows, instructionCount } = layout;
  const order = orderOfInner(fields, instructionCount);
  const all: LedgerInstruction[] = [];
  let next = 0;
  for (let outer = 0; outer < instructionCount; outer++) {
    const row = outer * INSTRUCTION_STRIDE;
    all.push(new InstructionView({ outer, inner: -1, stackHeight: 1 }, wire, rows, row));
    for (let inner = 0; next < fields.innerCount; inner++, next++) {
      const cell = order === null ? next * INNER_STRIDE : order[next]!;
      if (fields.inner[cell] !== outer) break;
      const height = fields.inner[cell + 6]!;
      const place = { outer, inner, stackHeight: height < 0 ? null : height };
      all.push(new InstructionView(place, metadata, fields.inner, cell + 1));
    }
  }
  return all;
}

/** Cells of the inner instructions' rows by caller; null where they stand in that order already, as they always do. */
function orderOfInner({ inner, innerCount }: StatusMetaFields, instructionCount: number) {
  let last = 0;
  let sorted = true;
  for (let row = 0; row < innerCount; row++) {
    const outer = inner[row * INNER_STRIDE]!;
    if (outer >>> 0 >= instructionCount) {
      throw malformed(`one of ${instructionCount} instructions`, `number ${outer}`);
    }
    sorted &&= outer >= last;
    last = outer;
  }
  if (sorted) return null;
  const cells = Array.from({ length: innerCount }, (_, row) => row * INNER_STRIDE);
  return cells.sort((a, b) => inner[a]! - inner[b]!);
}

type InstructionPlace = Pick<LedgerInstruction, 'outer' | 'inner' | 'stackHeight'>;

/** Most instructions of a transaction are asked for nothing but their program. */
class InstructionView implements LedgerInstruction {
  readonly outer: number;
  readonly inner: number;
  readonly stackHeight: number | null;
  readonly programIndex: number;
  readonly #bytes: Uint8Array;
  readonly #accountsStart: number;
  readonly #accountsEnd: number;
  readonly #dataStart: number;
  readonly #dataEnd: number;
  #accounts: Uint8Array | undefined;
  #data: Uint8Array | undefined;

  /** @param cell of the program's index; start and length of the accounts and of the data follow. */
  constructor(place: InstructionPlace, bytes: Uint8Array, rows: Int32Array, cell: number) {
    this.outer = place.outer;
    this.inner = place.inner;
    this.stackHeight = place.stackHeight;
    this.programIndex = rows[cell]! >>> 0;
    this.#bytes = bytes;
    this.#accountsStart = rows[cell + 1]!;
    this.#accountsEnd = this.#accountsStart + rows[cell + 2]!;
    this.#dataStart = rows[cell + 3]!;
    this.#dataEnd = this.#dataStart + rows[cell + 4]!;
  }

  get accounts(): Uint8Array {
    this.#accounts ??= this.#bytes.subarray(this.#accountsStart, this.#accountsEnd);
    return this.#accounts;
  }

  get data(): Uint8Array {
    this.#data ??= this.#bytes.subarray(this.#dataStart, this.#dataEnd);
    return this.#data;
  }
}

function malformed(expected: string, received: string): Error {
  return malformedRecord({
    attempted: 'put a transaction together',
    offset: 0,
    expected,
    received,
  });
}
