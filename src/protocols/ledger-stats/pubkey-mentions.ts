import type { MentionColumns } from '../../model/ledger-stats.ts';
import { KeyTable, type KeyTableOptions } from './key-table.ts';
import type { StatsTransaction } from './stats-transaction.ts';

const PUBKEYS_AT_FIRST = 1024;

/** How many transactions of a slot name a key: those that hold it, and those that load it. */
export class PubkeyMentions implements MentionColumns {
  readonly #table: KeyTable;
  counts = new Int32Array(PUBKEYS_AT_FIRST);
  loadedCounts: Int32Array<ArrayBuffer> | null;

  constructor(options: KeyTableOptions & { readonly loaded: boolean }) {
    this.#table = new KeyTable(options);
    this.loadedCounts = options.loaded ? new Int32Array(PUBKEYS_AT_FIRST) : null;
  }

  get pubkeys(): number {
    return this.#table.count;
  }

  get keys(): Int32Array {
    return this.#table.words;
  }

  /** @throws {OperatingError} RECORD_TOO_LARGE when the slot names too many keys. */
  add({ wire, layout, metadata, fields }: StatsTransaction): void {
    const end = layout.keysStart + layout.keyCount * 32;
    for (let at = layout.keysStart; at < end; at += 32) {
      const key = this.#find(wire, at);
      this.counts[key] = (this.counts[key] ?? 0) + 1;
    }
    if (this.loadedCounts === null) return;
    this.#addLoaded(metadata, fields.loadedWritable, fields.loadedWritableCount);
    this.#addLoaded(metadata, fields.loadedReadonly, fields.loadedReadonlyCount);
  }

  reset(): void {
    const { count } = this.#table;
    this.counts.fill(0, 0, count);
    this.loadedCounts?.fill(0, 0, count);
    this.#table.reset();
  }

  #addLoaded(metadata: DataView, offsets: Int32Array, count: number): void {
    for (let i = 0; i < count; i++) {
      const key = this.#find(metadata, offsets[i] ?? 0);
      if (this.loadedCounts !== null) this.loadedCounts[key] = (this.loadedCounts[key] ?? 0) + 1;
    }
  }

  #find(view: DataView, at: number): number {
    const key = this.#table.find(view, at);
    if (key < this.counts.length) return key;
    this.counts = grown(this.counts);
    if (this.loadedCounts !== null) this.loadedCounts = grown(this.loadedCounts);
    return key;
  }
}

function grown(column: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(column.length * 2);
  larger.set(column);
  return larger;
}
