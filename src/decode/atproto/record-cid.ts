import { hash } from 'node:crypto';

/** Bytes of every CID that AT Protocol uses: version 1, codec, sha2-256, length 32, digest (DASL, CIDs). */
export const RECORD_CID_BYTES = 36;
/** Codec of DAG-CBOR, which records and commits are encoded in. */
export const DRISL_CODEC = 0x71;

const RAW_CODEC = 0x55;
const PREFIX_BYTES = 4;
/** `b` and 58 digits of base32. */
const TEXT_CHARACTERS = 59;
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** ASCII codes of the two digits of every ten bits: first in the low byte. */
const digitPairs = Uint16Array.from(
  { length: 1024 },
  (_, bits) => BASE32.charCodeAt(bits >> 5) | (BASE32.charCodeAt(bits & 31) << 8),
);
const scratch = Buffer.alloc(TEXT_CHARACTERS, 'b');

/** Whether a CID of DRISL starts at `at`: 01, raw or DAG-CBOR, sha2-256, 32. All 36 bytes must be there. */
export function isRecordCid(bytes: Buffer, at: number): boolean {
  const codec = bytes[at + 1];
  return (
    bytes[at] === 1 &&
    (codec === DRISL_CODEC || codec === RAW_CODEC) &&
    bytes[at + 2] === 0x12 &&
    bytes[at + 3] === 32
  );
}

/** Base32 text of the 36 bytes at `at`: `bafyrei…` or `bafkrei…`. */
export function recordCidText(bytes: Buffer, at: number): string {
  let bits = 0;
  let width = 0;
  let to = 1;
  for (let from = at; from < at + RECORD_CID_BYTES; from++) {
    bits = ((bits << 8) | bytes[from]!) & 0x3ffff;
    width += 8;
    if (width < 10) continue;
    width -= 10;
    to = writePair(to, bits >>> width);
  }
  // 288 bits are 28 pairs and 8 bits, which two more zero bits make a pair.
  writePair(to, bits << 2);
  return scratch.toString('latin1');
}

function writePair(to: number, bits: number): number {
  const pair = digitPairs[bits & 1023]!;
  scratch[to] = pair & 0xff;
  scratch[to + 1] = pair >> 8;
  return to + 2;
}

/** Whether the bytes from `start` to `end` are what the CID at `cidAt` names. */
export function digestMatches(bytes: Buffer, cidAt: number, start: number, end: number): boolean {
  const digest = hash('sha256', bytes.subarray(start, end), 'buffer');
  return digest.compare(bytes, cidAt + PREFIX_BYTES, cidAt + RECORD_CID_BYTES) === 0;
}

/** CID text of a record's DAG-CBOR bytes. */
export function cidTextOf(record: Uint8Array): string {
  const prefix = Buffer.of(1, DRISL_CODEC, 0x12, 32);
  return recordCidText(Buffer.concat([prefix, hash('sha256', record, 'buffer')]), 0);
}
