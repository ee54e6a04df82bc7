/** Copies in whole vectors, which may write up to 32 bytes behind their end. */

/** Copies `bytes` bytes and up to 15 more. */
@inline export function copyVectors(to: usize, from: usize, bytes: usize): void {
  const end = to + bytes;
  do {
    v128.store(to, v128.load(from));
    to += 16;
    from += 16;
  } while (to < end);
}

/** Copies a match, which may overlap what it writes. */
@inline export function copyMatch(to: usize, offset: usize, bytes: usize): void {
  const end = to + bytes;
  if (offset >= 16) {
    copyVectors(to, to - offset, bytes);
  } else if (offset >= 8) {
    for (; to < end; to += 8) store<u64>(to, load<u64>(to - offset));
  } else {
    for (; to < end; to++) store<u8>(to, load<u8>(to - offset));
  }
}
