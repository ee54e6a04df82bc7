import { BincodeCursor } from './bincode-cursor.ts';
import { growTable } from './grow-table.ts';
import { malformedRecord } from './malformed-record.ts';
import { isBincodeStart } from './status-meta.ts';
import { readBincodeFields } from './status-meta-fields-bincode.ts';

/** Numbers of one row of `inner`: outer, program index, accounts start and length, data start and length, stack height. */
export const INNER_STRIDE = 7;
/** Numbers of one row of `logs`: start and end. */
export const LOG_STRIDE = 2;
/** Numbers of one row of `tokenBalances`: start, end, and whether it is of after the transaction. */
export const BALANCE_STRIDE = 3;

// Field numbers of TransactionStatusMeta with their wire types, as they stand in the tag byte.
const ERROR = (1 << 3) | 2;
const FEE = 2 << 3;
const INNER = (5 << 3) | 2;
const LOG = (6 << 3) | 2;
const BALANCE_BEFORE = (7 << 3) | 2;
const BALANCE_AFTER = (8 << 3) | 2;
const WRITABLE = (12 << 3) | 2;
const READONLY = (13 << 3) | 2;
const COMPUTE_UNITS = 16 << 3;

/**
 * What jobs over every transaction need of status metadata, as numbers and offsets into the bytes
 * that were read; nothing is built a transaction. The full record is decodeStatusMeta's.
 * One object is used again for every record; its tables grow to the largest one seen.
 */
export class StatusMetaFields {
  /** Where the record stands in the bytes that were read. */
  start = 0;
  end = 0;
  failed = false;
  /** Lamports. */
  fee = 0;
  /** -1 where the record's age does not know it. */
  computeUnits = -1;
  /** Offsets of keys of 32 bytes. */
  loadedWritable = new Int32Array(64);
  loadedWritableCount = 0;
  loadedReadonly = new Int32Array(64);
  loadedReadonlyCount = 0;
  /** Rows of INNER_STRIDE numbers, in the order of the record; stack height -1 where unknown. */
  inner = new Int32Array(64 * INNER_STRIDE);
  innerCount = 0;
  /** Rows of LOG_STRIDE numbers; the texts are UTF-8. */
  logs = new Int32Array(256 * LOG_STRIDE);
  logCount = 0;
  /** Rows of BALANCE_STRIDE numbers: protobuf messages, not looked into. Of bincode records none are listed. */
  tokenBalances = new Int32Array(64 * BALANCE_STRIDE);
  tokenBalanceCount = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;

  /**
   * Reads the decompressed record in [start, end). An empty one leaves every field at its start value.
   * Parts that hold none of these fields are stepped over unseen; of bincode records that is all
   * behind the logs.
   * @throws {OperatingError} RECORD_MALFORMED.
   */
  read(bytes: Buffer, start: number, end: number): void {
    this.start = start;
    this.end = end;
    this.failed = false;
    this.fee = 0;
    this.computeUnits = -1;
    this.loadedWritableCount = 0;
    this.loadedReadonlyCount = 0;
    this.innerCount = 0;
    this.logCount = 0;
    this.tokenBalanceCount = 0;
    if (end > start && isBincodeStart(bytes, start)) {
      readBincodeFields(new BincodeCursor(bytes, start, end), this);
      return;
    }
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    while (this.#at < end) this.#readField(this.#varint());
  }

  /** @param row start of the first of INNER_STRIDE numbers to be filled by the caller. */
  addInner(): number {
    const row = this.innerCount++ * INNER_STRIDE;
    if (row + INNER_STRIDE > this.inner.length) this.inner = growTable(this.inner);
    return row;
  }

  addLog(start: number, end: number): void {
    const row = this.logCount++ * LOG_STRIDE;
    if (row + LOG_STRIDE > this.logs.length) this.logs = growTable(this.logs);
    this.logs[row] = start;
    this.logs[row + 1] = end;
  }

  #readField(tag: number): void {
    if (tag === LOG) {
      const end = this.#lengthEnd();
      this.addLog(this.#at, end);
      this.#at = end;
    } else if (tag === INNER) {
      this.#readInnerGroup(this.#lengthEnd());
    } else if (tag === FEE) {
      this.fee = this.#varint();
    } else if (tag === COMPUTE_UNITS) {
      this.computeUnits = this.#varint();
    } else if (tag === WRITABLE) {
      if (this.loadedWritableCount >= this.loadedWritable.length) {
        this.loadedWritable = growTable(this.loadedWritable);
      }
      this.loadedWritable[this.loadedWritableCount++] = this.#key();
    } else if (tag === READONLY) {
      if (this.loadedReadonlyCount >= this.loadedReadonly.length) {
        this.loadedReadonly = growTable(this.loadedReadonly);
      }
      this.loadedReadonly[this.loadedReadonlyCount++] = this.#key();
    } else if (tag === BALANCE_BEFORE || tag === BALANCE_AFTER) {
      this.#addTokenBalance(this.#lengthEnd(), tag === BALANCE_AFTER);
    } else {
      if (tag === ERROR) this.failed = true;
      this.#skip(tag);
    }
  }

  #addTokenBalance(end: number, isAfter: boolean): void {
    const row = this.tokenBalanceCount++ * BALANCE_STRIDE;
    if (row + BALANCE_STRIDE > this.tokenBalances.length) {
      this.tokenBalances = growTable(this.tokenBalances);
    }
    this.tokenBalances[row] = this.#at;
    this.tokenBalances[row + 1] = end;
    this.tokenBalances[row + 2] = isAfter ? 1 : 0;
    this.#at = end;
  }

  #readInnerGroup(end: number): void {
    const outerEnd = this.#end;
    const firstRow = this.innerCount;
    let outer = 0;
    this.#end = end;
    while (this.#at < end) {
      const tag = this.#varint();
      if (tag === 1 << 3) outer = this.#varint();
      else if (tag === ((2 << 3) | 2)) this.#readInner(this.#lengthEnd());
      else this.#skip(tag);
    }
    for (let row = firstRow; row < this.innerCount; row++) this.inner[row * INNER_STRIDE] = outer;
    this.#end = outerEnd;
  }

  #readInner(end: number): void {
    const outerEnd = this.#end;
    const row = this.addInner();
    const { inner } = this;
    for (let cell = row + 1; cell < row + 6; cell++) inner[cell] = 0;
    inner[row + 6] = -1;
    this.#end = end;
    while (this.#at < end) {
      const tag = this.#varint();
      if (tag === 1 << 3) inner[row + 1] = this.#varint();
      else if (tag === ((2 << 3) | 2)) this.#readSpan(row + 2);
      else if (tag === ((3 << 3) | 2)) this.#readSpan(row + 4);
      else if (tag === 4 << 3) inner[row + 6] = this.#varint();
      else this.#skip(tag);
    }
    this.#end = outerEnd;
  }

  #readSpan(cell: number): void {
    const end = this.#lengthEnd();
    this.inner[cell] = this.#at;
    this.inner[cell + 1] = end - this.#at;
    this.#at = end;
  }

  #key(): number {
    const end = this.#lengthEnd();
    const start = this.#at;
    if (end - start !== 32) throw this.#malformed(start, 'a key of 32 bytes', `${end - start}`);
    this.#at = end;
    return start;
  }

  #skip(tag: number): void {
    const wire = tag & 7;
    if (tag < 8 || tag > 0xffff_ffff) throw this.#malformed(this.#at, 'a field number', `${tag}`);
    if (wire === 2) this.#at = this.#lengthEnd();
    else if (wire === 0) this.#varint();
    else if (wire === 1) this.#skipFixed(8);
    else if (wire === 5) this.#skipFixed(4);
    else throw this.#malformed(this.#at, 'a known wire type', `${wire}`);
  }

  #skipFixed(bytes: number): void {
    if (this.#end - this.#at < bytes) throw this.#malformed(this.#at, `${bytes} bytes`, 'fewer');
    this.#at += bytes;
  }

  /** Reads a length and answers where its bytes end; they start at `#at`. */
  #lengthEnd(): number {
    const offset = this.#at;
    const length = this.#varint();
    const end = this.#at + length;
    if (end > this.#end) throw this.#malformed(offset, 'a length within the record', `${length}`);
    return end;
  }

  #varint(): number {
    const bytes = this.#bytes;
    const offset = this.#at;
    if (offset < this.#end && bytes[offset]! < 0x80) {
      this.#at = offset + 1;
      return bytes[offset]!;
    }
    let value = 0;
    let scale = 1;
    for (let at = offset; at < this.#end; at++) {
      const byte = bytes[at]!;
      value += (byte & 0x7f) * scale;
      if (at - offset === 9 && byte > 1) break;
      if (byte < 0x80) {
        this.#at = at + 1;
        return value;
      }
      scale *= 128;
    }
    throw this.#malformed(offset, 'a number of at most 64 bits', 'a longer or cut-off one');
  }

  #malformed(offset: number, expected: string, received: string): Error {
    return malformedRecord({ attempted: 'read status metadata', offset, expected, received });
  }
}
