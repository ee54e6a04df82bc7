import { encodeVarint } from './encode-varint.ts';

/**
 * Protobuf wire format, writing only: each function returns one whole field, or nothing where the
 * value is the default, as proto3 leaves it out. Source: protobuf.dev, encoding.
 */
const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const NOTHING = Buffer.alloc(0);

function tag(field: number, type: number): Buffer {
  return encodeVarint(field * 8 + type);
}

/** Integers and booleans; negative values as ten bytes. */
export function varintField(field: number, value: bigint | number | boolean): Buffer {
  const number = BigInt(value);
  return number === 0n ? NOTHING : presentVarintField(field, number);
}

/** A field marked `optional`: written even when it is 0. */
export function presentVarintField(field: number, value: bigint | number): Buffer {
  return Buffer.concat([tag(field, VARINT), encodeVarint(value)]);
}

export function doubleField(field: number, value: number): Buffer {
  if (Object.is(value, 0)) return NOTHING;
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([tag(field, FIXED64), bytes]);
}

export function bytesField(field: number, value: Uint8Array): Buffer {
  return value.length === 0 ? NOTHING : messageField(field, [value]);
}

export function textField(field: number, value: string): Buffer {
  return bytesField(field, Buffer.from(value));
}

/** Also for repeated bytes and text, where an empty item must not vanish. */
export function messageField(field: number, parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([tag(field, LENGTH_DELIMITED), encodeVarint(content.length), content]);
}

export function packedField(field: number, values: readonly bigint[]): Buffer {
  return values.length === 0 ? NOTHING : messageField(field, values.map(encodeVarint));
}
