/**
 * A 64-bit number whose operations change it in place, on two halves of 32 bits: hashing and looking
 * up a million keys then allocates nothing, where BigInt would allocate for every step of each.
 */
export class Wide {
  high = 0;
  low = 0;

  static of(value: bigint): Wide {
    return new Wide().set(Number(BigInt.asIntN(64, value) >> 32n), Number(value & 0xffff_ffffn));
  }

  set(high: number, low: number): this {
    this.high = high | 0;
    this.low = low | 0;
    return this;
  }

  copy(other: Wide): this {
    return this.set(other.high, other.low);
  }

  /** The number without a sign. */
  toBigInt(): bigint {
    return (BigInt(this.high >>> 0) << 32n) | BigInt(this.low >>> 0);
  }

  add(other: Wide): this {
    const low = (this.low >>> 0) + (other.low >>> 0);
    this.high = (this.high + other.high + (low > 0xffff_ffff ? 1 : 0)) | 0;
    this.low = low | 0;
    return this;
  }

  xor(other: Wide): this {
    this.high ^= other.high;
    this.low ^= other.low;
    return this;
  }

  multiply(other: Wide): this {
    const a0 = this.low & 0xffff;
    const a1 = this.low >>> 16;
    const b0 = other.low & 0xffff;
    const b1 = other.low >>> 16;
    const middle = a1 * b0 + ((a0 * b0) >>> 16);
    const carry = (middle & 0xffff) + a0 * b1;
    const top = a1 * b1 + Math.floor(middle / 0x1_0000) + Math.floor(carry / 0x1_0000);
    this.high = (top + Math.imul(this.high, other.low) + Math.imul(this.low, other.high)) | 0;
    this.low = Math.imul(this.low, other.low);
    return this;
  }

  /** @param count 1 to 63, not 32. */
  rotateLeft(count: number): this {
    const by = count & 31;
    const [a, b] = count < 32 ? [this.high, this.low] : [this.low, this.high];
    return this.set((a << by) | (b >>> (32 - by)), (b << by) | (a >>> (32 - by)));
  }

  /** xor with itself shifted right by `count`, 1 to 63. */
  xorShift(count: number): this {
    const { high, low } = this;
    if (count >= 32) {
      this.low = low ^ (high >>> (count - 32));
      return this;
    }
    this.low = low ^ ((low >>> count) | (high << (32 - count)));
    this.high = high ^ (high >>> count);
    return this;
  }
}
