import type { OperatingError } from '../../core/errors.ts';
import { corrupt } from './archive-errors.ts';
import { type ByteSource, readBytes } from './byte-source.ts';
import { CID_BYTES } from './car-section.ts';

export interface CarHeader {
  /** Offset of the first section. */
  readonly headerEnd: number;
  /** First root, multibase base32 as in the names of the indexes; null for a file without roots. */
  readonly rootCid: string | null;
}

/** Longest header accepted, its length varint left out; the usual one has 58 bytes. */
const HEADER_BYTES_MAX = 1024;
/** CBOR of a link to a 36-byte CID: tag 42, a byte string of 37 bytes, and the multibase zero. */
const LINK_HEAD = Buffer.from([0xd8, 0x2a, 0x58, 0x25, 0x00]);
const BASE32_ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/**
 * Reads the header of a CAR version 1: `uvarint(H)`, then dag-cbor `{roots: [CID…], version: 1}`
 * with its keys in any order. A length of zero (slices of an archive) and no roots are fine.
 * @throws {OperatingError} ARCHIVE_CORRUPT, and what reading throws.
 */
export async function readCarHeader(source: ByteSource, signal: AbortSignal): Promise<CarHeader> {
  const length = Math.min(source.size, HEADER_BYTES_MAX + 2);
  return parseCarHeader(await readBytes(source, { offset: 0, length }, signal), source.name);
}

export function parseCarHeader(bytes: Buffer, name: string): CarHeader {
  const first = bytes[0];
  const second = bytes[1] ?? 0;
  if (first === undefined) throw malformed(name, 'the file is empty');
  if (first === 0) return { headerEnd: 1, rootCid: null };
  const start = first < 0x80 ? 1 : 2;
  const length = first < 0x80 ? first : (first & 0x7f) | (second << 7);
  if (length > HEADER_BYTES_MAX || start + length > bytes.length) {
    throw malformed(name, `a header of ${length} bytes`);
  }
  const headerEnd = start + length;
  const map = new HeaderMap(bytes.subarray(start, headerEnd), name);
  return { headerEnd, rootCid: map.read() };
}

function malformed(name: string, found: string): OperatingError {
  return corrupt(`reading the CAR header of ${name}: expected CAR version 1, found ${found}`, {
    name,
    offset: 0,
  });
}

class HeaderMap {
  readonly #bytes: Buffer;
  readonly #name: string;
  #at = 0;

  constructor(bytes: Buffer, name: string) {
    this.#bytes = bytes;
    this.#name = name;
  }

  /** The first root's text, or null. */
  read(): string | null {
    const entries = this.#count(0xa0, 'no map');
    let rootCid: string | null = null;
    let version = 0;
    for (let entry = 0; entry < entries; entry++) {
      const key = this.#take(this.#count(0x60, 'a key that is no text')).toString('latin1');
      if (key === 'roots') rootCid = this.#readRoots();
      else if (key === 'version') version = this.#take(1)[0] ?? 0;
      else throw malformed(this.#name, 'a key that is neither roots nor version');
    }
    if (version !== 1) throw malformed(this.#name, `version ${version}`);
    if (this.#at !== this.#bytes.length) throw malformed(this.#name, 'bytes behind the map');
    return rootCid;
  }

  #readRoots(): string | null {
    const count = this.#count(0x80, 'roots that are no list');
    let first: string | null = null;
    for (let root = 0; root < count; root++) {
      if (!this.#take(LINK_HEAD.length).equals(LINK_HEAD)) {
        throw malformed(this.#name, 'a root that is no sha2-256 CID');
      }
      const text = cidText(this.#take(CID_BYTES));
      first ??= text;
    }
    return first;
  }

  /** Small counts stand in the head itself; a header has no large ones. */
  #count(major: number, otherwise: string): number {
    const count = (this.#take(1)[0] ?? 0) - major;
    if (count < 0 || count > 23) throw malformed(this.#name, otherwise);
    return count;
  }

  #take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw malformed(this.#name, 'a map that is cut off');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}

/** Multibase base32 (RFC 4648, lower case, no padding) of a CID. */
export function cidText(cid: Uint8Array): string {
  let text = 'b';
  let bits = 0;
  let held = 0;
  for (const byte of cid) {
    held = ((held << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) {
      text += BASE32_ALPHABET.charAt((held >> (bits - 5)) & 31);
    }
  }
  return bits > 0 ? text + BASE32_ALPHABET.charAt((held << (5 - bits)) & 31) : text;
}
