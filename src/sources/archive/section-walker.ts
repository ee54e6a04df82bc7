import { corrupt } from './archive-errors.ts';
import { type ByteSource, readBytes } from './byte-source.ts';
import {
  BLOCK_KIND,
  blockSlot,
  CID_BYTES,
  CID_PREFIX,
  isBetweenSlots,
  isSectionIntact,
  nodeKind,
  readSectionHead,
  SECTION_HEAD_BYTES,
  SECTION_PEEK_BYTES,
} from './car-section.ts';

/** A Block section by its offsets in the file. */
export interface FoundBlock {
  readonly slot: number;
  readonly start: number;
  readonly end: number;
}

interface IntactSection {
  readonly end: number;
  readonly kind: number;
  readonly slot: number;
}

/** Bytes fetched at once: small where reading is free of round trips. */
const LOCAL_CHUNK_BYTES = 256 * 1024;
const REMOTE_CHUNK_BYTES = 1024 * 1024;
/**
 * How far a chain of sections must hold before it is believed. What somebody can place side by side
 * in a ledger is the data of one transaction and of the calls it makes, a few hundred kilobytes.
 */
const CHAIN_BYTES_MIN = 1024 * 1024;
/** Bytes that finding one section may look at; a hostile file could make every byte a candidate. */
const RESYNC_BYTES_MAX = 256 * 1024 * 1024;
const VARINT_BYTES_MAX = 4;

/** Walks the sections of a CAR, and finds them again from any offset. Believes no section unhashed. */
export class SectionWalker {
  readonly #source: ByteSource;
  readonly #chunkBytes: number;
  #chunk: Buffer = Buffer.alloc(0);
  #chunkOffset = 0;

  constructor(source: ByteSource) {
    this.#source = source;
    this.#chunkBytes = source.local ? LOCAL_CHUNK_BYTES : REMOTE_CHUNK_BYTES;
  }

  /**
   * The first Block at or behind the section that starts at `at`; null when the file ends first.
   * @throws {OperatingError} ARCHIVE_CORRUPT when a section on the way is not intact.
   */
  async nextBlock(at: number, signal: AbortSignal): Promise<FoundBlock | null> {
    const { found, brokenAt } = await this.#walk(at, signal);
    if (brokenAt === undefined) return found;
    throw corrupt(
      `reading ${this.#source.name}: expected an intact section at ${brokenAt}, found none`,
      { name: this.#source.name, offset: brokenAt },
    );
  }

  /**
   * The first Block at or behind any offset; null when no section starts before `limit`, or the
   * file ends before a Block. A ledger can hold bytes that look like sections, inside of somebody's
   * transaction: so a chain counts only when it holds for longer than what anybody can place.
   */
  async blockFrom(at: number, limit: number, signal: AbortSignal): Promise<FoundBlock | null> {
    for (let from = at; ; ) {
      const start = await this.#nextCandidate(from, limit, signal);
      if (start === null) return null;
      const { found, brokenAt } = await this.#walk(start, signal);
      const chainBrokenAt =
        found === null ? brokenAt : await this.#chainBreak(found.end, start, signal);
      if (chainBrokenAt === undefined) return found;
      // Every section of a broken chain leads to the same break, so none of them is the right one.
      from = Math.max(chainBrokenAt, start + 1);
      if (from - at > RESYNC_BYTES_MAX) {
        throw corrupt(`reading ${this.#source.name}: no chain of sections found behind ${at}`, {
          name: this.#source.name,
          offset: at,
        });
      }
    }
  }

  /** Passes over nodes that belong to no slot. */
  async skipBetweenSlots(at: number, signal: AbortSignal): Promise<number> {
    for (;;) {
      const head = await this.#peek(at, signal);
      if (head === undefined || !isBetweenSlots(head.kind)) return at;
      at = head.end;
    }
  }

  /** The Block section at an offset, proven by its digest; null when there is none. */
  async blockAt(at: number, signal: AbortSignal): Promise<(FoundBlock & { cid: Buffer }) | null> {
    const section = await this.#intactSection(at, signal);
    if (section?.kind !== BLOCK_KIND || section.slot < 0) return null;
    const bytes = await this.#view(at, section.end - at, signal);
    const head = readSectionHead(bytes, 0);
    if (head === undefined) return null;
    const cid = Buffer.from(bytes.subarray(head.nodeStart - CID_BYTES, head.nodeStart));
    return { slot: section.slot, start: at, end: section.end, cid };
  }

  async #walk(
    from: number,
    signal: AbortSignal,
  ): Promise<{ found: FoundBlock | null; brokenAt?: number }> {
    for (let at = from; at < this.#source.size; ) {
      const section = await this.#intactSection(at, signal);
      const isBlock = section?.kind === BLOCK_KIND;
      if (section === undefined || (isBlock && section.slot < 0)) {
        return { found: null, brokenAt: at };
      }
      if (isBlock) return { found: { slot: section.slot, start: at, end: section.end } };
      at = section.end;
    }
    return { found: null };
  }

  /** Where the chain that came from `start` to `at` breaks; undefined when it is long enough. */
  async #chainBreak(at: number, start: number, signal: AbortSignal): Promise<number | undefined> {
    const end = Math.min(start + CHAIN_BYTES_MIN, this.#source.size);
    for (let next = at; next < end; ) {
      const section = await this.#intactSection(next, signal);
      if (section === undefined) return next;
      next = section.end;
    }
    return undefined;
  }

  /** Offset of the next intact section that starts in [from, limit). */
  async #nextCandidate(from: number, limit: number, signal: AbortSignal): Promise<number | null> {
    for (let at = from; at < limit; ) {
      const bytes = await this.#view(at, CID_PREFIX.length + VARINT_BYTES_MAX, signal);
      const prefix = bytes.indexOf(CID_PREFIX);
      if (prefix < 0) {
        if (at + bytes.length >= this.#source.size) return null;
        at += Math.max(1, bytes.length - CID_PREFIX.length - VARINT_BYTES_MAX);
        continue;
      }
      const cidAt = at + prefix;
      for (let width = 1; width <= VARINT_BYTES_MAX; width++) {
        const start = cidAt - width;
        if (start < from || start >= limit) continue;
        if ((await this.#intactSection(start, signal)) !== undefined) return start;
      }
      at = cidAt + 1;
    }
    return null;
  }

  /** An index may name an offset behind the end of a file that was cut off. */
  async #intactSection(at: number, signal: AbortSignal): Promise<IntactSection | undefined> {
    if (at >= this.#source.size) return undefined;
    const head = readSectionHead(await this.#view(at, SECTION_HEAD_BYTES, signal), 0);
    if (head === undefined || at + head.end > this.#source.size) return undefined;
    const bytes = await this.#view(at, head.end, signal);
    if (!isSectionIntact(bytes, head)) return undefined;
    const node = bytes.subarray(0, head.end);
    return {
      end: at + head.end,
      kind: nodeKind(node, head.nodeStart),
      slot: blockSlot(node, head.nodeStart),
    };
  }

  async #peek(at: number, signal: AbortSignal): Promise<{ end: number; kind: number } | undefined> {
    const length = Math.min(SECTION_PEEK_BYTES, this.#source.size - at);
    if (length <= 0) return undefined;
    const isHeld = at >= this.#chunkOffset && at + length <= this.#chunkOffset + this.#chunk.length;
    const bytes = isHeld
      ? await this.#view(at, length, signal)
      : await readBytes(this.#source, { offset: at, length }, signal);
    const head = readSectionHead(bytes, 0);
    return head && { end: at + head.end, kind: nodeKind(bytes, head.nodeStart) };
  }

  /** Bytes from `at` on: `length` or more, fewer only where the file ends. */
  async #view(at: number, length: number, signal: AbortSignal): Promise<Buffer> {
    const left = Math.min(length, this.#source.size - at);
    const heldEnd = this.#chunkOffset + this.#chunk.length;
    if (at < this.#chunkOffset || at + left > heldEnd) {
      const wanted = Math.min(Math.max(length, this.#chunkBytes), this.#source.size - at);
      this.#chunk = await readBytes(this.#source, { offset: at, length: wanted }, signal);
      this.#chunkOffset = at;
    }
    return this.#chunk.subarray(at - this.#chunkOffset);
  }
}
