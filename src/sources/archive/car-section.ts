import { hash } from 'node:crypto';

/**
 * The little that finding slots needs to know of CAR version 1: `uvarint(N)`, then N bytes that
 * are a 36-byte CID and the node. The scan proper has its own reader in src/decode, which sources
 * do not import.
 */

/** CIDv1, dag-cbor, sha2-256, 32 bytes of digest: how the CID of every ledger node begins. */
export const CID_PREFIX = Buffer.from([0x01, 0x71, 0x12, 0x20]);
export const CID_BYTES = 36;
/** Length bytes of the largest section allowed, 32 MiB: the limit of Old Faithful's own creator. */
export const SECTION_BYTES_MAX = 32 * 1024 * 1024;
/** A varint of a length within the limit, and a CID. */
export const SECTION_HEAD_BYTES = 4 + CID_BYTES;
/** Bytes from the start of a section in which `nodeKind` has all it needs. */
export const SECTION_PEEK_BYTES = SECTION_HEAD_BYTES + 4;

/** Node kinds: the first element of every node (Old Faithful's ledger.ipldsch). */
export const BLOCK_KIND = 2;
const SUBSET_KIND = 3;
const EPOCH_KIND = 4;

/** Positions in the buffer that was read. */
export interface SectionHead {
  readonly start: number;
  readonly nodeStart: number;
  /** May lie behind the end of the buffer. */
  readonly end: number;
}

/** The section at `start`, or undefined when no section of a ledger node can begin there. */
export function readSectionHead(bytes: Buffer, start: number): SectionHead | undefined {
  let length = 0;
  let at = start;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    if (byte === undefined || shift > 21) return undefined;
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  if (length <= CID_BYTES || length > SECTION_BYTES_MAX) return undefined;
  if (bytes.length < at + CID_BYTES || !hasCidPrefix(bytes, at)) return undefined;
  return { start, nodeStart: at + CID_BYTES, end: at + length };
}

function hasCidPrefix(bytes: Buffer, at: number): boolean {
  return (
    bytes[at] === 0x01 && bytes[at + 1] === 0x71 && bytes[at + 2] === 0x12 && bytes[at + 3] === 0x20
  );
}

/** True when the node's SHA-256 is the digest in its CID. The section must be in the buffer whole. */
export function isSectionIntact(bytes: Buffer, section: SectionHead): boolean {
  const digest = hash('sha256', bytes.subarray(section.nodeStart, section.end), 'buffer');
  return digest.equals(bytes.subarray(section.nodeStart - 32, section.nodeStart));
}

/** Kind of the node at `nodeStart`, or -1 when it is no ledger node. */
export function nodeKind(bytes: Buffer, nodeStart: number): number {
  const at = skipArrayHead(bytes, nodeStart);
  const kind = at < 0 ? undefined : bytes[at];
  return kind === undefined || kind > 6 ? -1 : kind;
}

/** True for nodes that stand between slots and belong to none. */
export function isBetweenSlots(kind: number): boolean {
  return kind === SUBSET_KIND || kind === EPOCH_KIND;
}

/** Slot of the Block node at `nodeStart`, or -1 when there is none. */
export function blockSlot(bytes: Buffer, nodeStart: number): number {
  if (nodeKind(bytes, nodeStart) !== BLOCK_KIND) return -1;
  const at = skipArrayHead(bytes, nodeStart) + 1;
  const head = bytes[at] ?? 0xff;
  if (head < 0x18) return head;
  // CBOR unsigned integers: heads 0x18 to 0x1b say 1, 2, 4 or 8 bytes, big-endian.
  const width = head <= 0x1b ? 2 ** (head - 0x18) : 0;
  if (width === 0 || at + 1 + width > bytes.length) return -1;
  if (width < 8) return bytes.readUIntBE(at + 1, width);
  const slot = Number(bytes.readBigUInt64BE(at + 1));
  return Number.isSafeInteger(slot) ? slot : -1;
}

/** Position behind a CBOR array head; writers may spend more bytes on the count than needed. */
function skipArrayHead(bytes: Buffer, at: number): number {
  const head = bytes[at] ?? 0;
  if (head >= 0x81 && head <= 0x97) return at + 1;
  if (head === 0x98) return at + 2;
  return head === 0x99 ? at + 3 : -1;
}
