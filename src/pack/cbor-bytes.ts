import assert from 'node:assert/strict';
import { NODE_CID_BYTES } from '../decode/cid.ts';

/**
 * Writes the canonical dag-cbor that ledger nodes are made of: shortest heads, definite lengths.
 * The bytes of one node are valid until the next `begin`: the caller hashes and copies them at once.
 * Source: the IPLD dag-cbor specification; major types 0, 1, 2, 4, 6 (tag 42) and null are all it needs.
 */
export class CborBytes {
  #buffer = Buffer.allocUnsafe(64 * 1024);
  #length = 0;

  begin(): this {
    this.#length = 0;
    return this;
  }

  /** The node written since `begin`. */
  get node(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  array(count: number): this {
    return this.#head(4, count);
  }

  /** Any safe integer. */
  integer(value: number): this {
    assert(Number.isSafeInteger(value), `CBOR integer ${value}`);
    return value >= 0 ? this.#head(0, value) : this.#head(1, -1 - value);
  }

  /** A u64 as the archive's creator writes it: through a signed 64-bit integer, so from 2^63 on it is negative. */
  wrappedU64(value: bigint): this {
    const signed = BigInt.asIntN(64, value);
    if (signed >= 0n) return this.#bigHead(0, signed);
    return this.#bigHead(1, -1n - signed);
  }

  bytes(value: Uint8Array): this {
    this.#head(2, value.length);
    this.#reserve(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  nothing(): this {
    this.#reserve(1);
    this.#buffer[this.#length++] = 0xf6;
    return this;
  }

  /** Tag 42 around a zero byte (identity multibase) and the CID. */
  link(cid: Uint8Array): this {
    this.#reserve(4 + NODE_CID_BYTES + 1);
    this.#buffer[this.#length++] = 0xd8;
    this.#buffer[this.#length++] = 0x2a;
    this.#head(2, cid.length + 1);
    this.#buffer[this.#length++] = 0;
    this.#buffer.set(cid, this.#length);
    this.#length += cid.length;
    return this;
  }

  #head(major: number, value: number): this {
    this.#reserve(9);
    const buffer = this.#buffer;
    const at = this.#length;
    const type = major << 5;
    if (value < 24) {
      buffer[at] = type | value;
      this.#length = at + 1;
    } else if (value < 0x100) {
      buffer[at] = type | 24;
      buffer[at + 1] = value;
      this.#length = at + 2;
    } else if (value < 0x1_0000) {
      buffer[at] = type | 25;
      this.#length = buffer.writeUInt16BE(value, at + 1);
    } else if (value < 0x1_0000_0000) {
      buffer[at] = type | 26;
      this.#length = buffer.writeUInt32BE(value, at + 1);
    } else {
      buffer[at] = type | 27;
      buffer.writeUInt32BE(Math.floor(value / 0x1_0000_0000), at + 1);
      this.#length = buffer.writeUInt32BE(value % 0x1_0000_0000, at + 5);
    }
    return this;
  }

  #bigHead(major: number, value: bigint): this {
    if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return this.#head(major, Number(value));
    this.#reserve(9);
    this.#buffer[this.#length] = (major << 5) | 27;
    this.#length = this.#buffer.writeBigUInt64BE(value, this.#length + 1);
    return this;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}
