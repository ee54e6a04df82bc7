/**
 * Reading bits for the entropy stage of Zstandard (RFC 8878, section 4).
 *
 * Bit streams are read backwards. `bits` is the number of unread bits; the next bits are the highest
 * unread ones. A peek loads whole words and may look at bytes before the stream; what it sees there
 * never counts, because a stream that ends below zero is refused.
 */

/** What every function of these files answers on bytes that break the format. */
export const MALFORMED: i32 = -1;
export const TOO_LARGE: i32 = -2;

@inline export function highestBit(x: u32): u32 { return 31 - clz<u32>(x); }

/** Unread bits of a backward stream: all but the padding above the highest set bit; or MALFORMED. */
@inline export function backwardBits(start: usize, end: usize): i32 {
  if (end <= start) return MALFORMED;
  const last: u32 = load<u8>(end - 1);
  if (last == 0) return MALFORMED;
  return (<i32>(end - start) - 1) * 8 + <i32>highestBit(last);
}

/** `n` bits, at most 56, whose lowest stands at bit position `at`, which may be a little below zero. */
@inline export function bitsAt(start: usize, at: i32, n: u32): u32 {
  return <u32>((load<u64>(start + (at >> 3)) >> (at & 7)) & ((<u64>1 << n) - 1));
}
