import { malformedRecord } from './malformed-record.ts';

/** A decoded number and the offset of the byte behind it. */
export interface Varint {
  readonly value: number;
  readonly next: number;
}

/**
 * Unsigned LEB128, as CAR and CID use it (multiformats/unsigned-varint), least significant group first.
 * @returns undefined when the bytes end before the number does.
 * @throws {OperatingError} RECORD_MALFORMED when it is longer than nine bytes or beyond 2 ** 53 - 1.
 */
export function decodeVarint(bytes: Uint8Array, offset: number, end: number): Varint | undefined {
  let value = 0;
  let scale = 1;
  for (let at = offset; at < end; at++) {
    const byte = bytes[at]!;
    value += (byte & 0x7f) * scale;
    if (at - offset >= 9 || value > Number.MAX_SAFE_INTEGER) break;
    if (byte < 0x80) return { value, next: at + 1 };
    scale *= 128;
  }
  if (end - offset < 10 && value <= Number.MAX_SAFE_INTEGER) return undefined;
  throw malformedRecord({
    attempted: 'read a variable-length number',
    offset,
    expected: 'at most nine bytes and 2^53 - 1',
    received: bytes.subarray(offset, Math.min(end, offset + 10)).toString(),
  });
}
