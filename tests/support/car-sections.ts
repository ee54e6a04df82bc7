import { decode } from '@ipld/dag-cbor';

/** One section of a CAR file as an independent library sees it. */
export interface ReadSection {
  readonly cid: Buffer;
  readonly offset: number;
  readonly size: number;
  readonly bytes: Buffer;
  /** The node decoded by @ipld/dag-cbor: an array whose first element is the kind. */
  readonly node: readonly unknown[];
}

/** Walks the sections of a whole CAR file in memory, with the plainest possible code. */
export function* carSections(car: Buffer): Generator<ReadSection> {
  let [length, at] = varint(car, 0);
  at += length;
  while (at < car.length) {
    const offset = at;
    [length, at] = varint(car, at);
    const bytes = car.subarray(at + 36, at + length);
    const node: unknown = decode(bytes);
    if (!Array.isArray(node)) throw new TypeError(`section at ${offset} is no array`);
    yield { cid: car.subarray(at, at + 36), offset, size: at + length - offset, bytes, node };
    at += length;
  }
}

function varint(bytes: Buffer, from: number): [number, number] {
  let value = 0;
  for (let at = from, shift = 0; ; at++, shift += 7) {
    value += (bytes[at]! & 0x7f) * 2 ** shift;
    if (bytes[at]! < 0x80) return [value, at + 1];
  }
}
