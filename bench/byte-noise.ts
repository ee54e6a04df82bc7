/** Bytes and numbers that look random and are the same for the same seed (xorshift32, G. Marsaglia). */
export class ByteNoise {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  next(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return state >>> 0;
  }

  /** A number from 0 up to but not including 1. */
  share(): number {
    return this.next() / 0x1_0000_0000;
  }

  /** An integer from 0 up to but not including `bound`. */
  below(bound: number): number {
    return this.next() % bound;
  }

  fill(target: Buffer, from: number, to: number): void {
    let at = from;
    for (; at + 4 <= to; at += 4) target.writeUInt32LE(this.next(), at);
    for (; at < to; at++) target[at] = this.next();
  }

  bytes(count: number): Buffer {
    const bytes = Buffer.allocUnsafe(count);
    this.fill(bytes, 0, count);
    return bytes;
  }
}
