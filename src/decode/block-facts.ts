import { decodeLedgerNode, NODE_KIND } from './ledger-node.ts';
import { malformedRecord } from './malformed-record.ts';

/** What every reader needs of a Block, without its thousands of links. */
export interface BlockFacts {
  readonly slot: number;
  readonly parentSlot: number;
  /** Seconds since 1970; 0 where the archive does not know it. */
  readonly blockTime: number;
  readonly blockHeight: number | null;
  readonly entryCount: number;
}

/** A link to a node in canonical form: tag 42, then 37 bytes. */
const LINK_BYTES = 41;
const LINK_TAG = 0xd8;

/**
 * Reads the Block node in [start, end). The two long lists are stepped over in place; a node that is not written
 * the usual way is decoded whole.
 * @throws {OperatingError} RECORD_MALFORMED when it is no Block.
 */
export function readBlockFacts(bytes: Uint8Array, start: number, end: number): BlockFacts {
  const steps = new Steps(bytes, start, end);
  const elements = steps.count(0x80);
  const kind = steps.integer();
  const slot = steps.integer();
  for (let pairs = steps.count(0x80); pairs > 0; pairs--) {
    steps.count(0x80);
    steps.integer();
    steps.integer();
  }
  const entryCount = steps.count(0x80);
  steps.links(entryCount);
  const metaElements = steps.count(0x80);
  const parentSlot = steps.integer();
  const blockTime = steps.integer();
  const blockHeight = metaElements > 2 ? steps.nullable() : null;
  const usual = !steps.lost && elements === 6 && kind === NODE_KIND.block && metaElements >= 2;
  if (usual && entryCount >= 0) return { slot, parentSlot, blockTime, blockHeight, entryCount };
  return decodeWhole(bytes, start, end);
}

function decodeWhole(bytes: Uint8Array, start: number, end: number): BlockFacts {
  const node = decodeLedgerNode(bytes, start, end);
  if (node.kind !== NODE_KIND.block) {
    throw malformedRecord({
      attempted: 'read a Block',
      offset: start,
      expected: 'a node of kind 2',
      received: `kind ${node.kind}`,
    });
  }
  const { slot, parentSlot, blockTime, blockHeight, entries } = node;
  return { slot, parentSlot, blockTime, blockHeight, entryCount: entries.length };
}

/** Steps through CBOR with numbers only; once it meets what it does not know it is `lost` and answers -1. */
class Steps {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;
  lost = false;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** The argument of a head of the given major type (its three high bits). */
  count(major: number): number {
    const head = this.#byte();
    if (this.lost || (head & 0xe0) !== major) return this.#lose();
    const value = this.#argument(head & 0x1f);
    return value > this.#end - this.#at ? this.#lose() : value;
  }

  /** An integer; a negative one as the number that it is. */
  integer(): number {
    const head = this.#byte();
    if (this.lost || head >= 0x40) return this.#lose();
    const value = this.#argument(head & 0x1f);
    return head < 0x20 ? value : -1 - value;
  }

  nullable(): number | null {
    if (this.#bytes[this.#at] !== 0xf6) return this.integer();
    this.#at++;
    return null;
  }

  links(count: number): void {
    const end = this.#at + count * LINK_BYTES;
    if (count < 0 || end > this.#end) this.lost = true;
    for (let at = this.#at; !this.lost && at < end; at += LINK_BYTES) {
      if (this.#bytes[at] !== LINK_TAG) this.lost = true;
    }
    this.#at = end;
  }

  #argument(info: number): number {
    if (info < 24) return info;
    if (info > 27) return this.#lose();
    let value = 0;
    for (let left = 1 << (info - 24); left > 0; left--) value = value * 256 + this.#byte();
    return Number.isSafeInteger(value) ? value : this.#lose();
  }

  #byte(): number {
    if (this.#at >= this.#end) return this.#lose();
    return this.#bytes[this.#at++] ?? 0;
  }

  #lose(): number {
    this.lost = true;
    return -1;
  }
}
