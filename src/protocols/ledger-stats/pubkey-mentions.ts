import type { AccountNumbers } from './account-numbers.ts';

/** How many transactions of a slot name each of its keys. */
export class PubkeyMentions {
  /** False counts keys that a transaction holds; true also those that it loads. */
  readonly #withLoaded: boolean;
  /** By the key's number. */
  counts = new Int32Array(1024);

  constructor(withLoaded: boolean) {
    this.#withLoaded = withLoaded;
  }

  add({ table, numbers, staticCount, count }: AccountNumbers): void {
    if (table.count > this.counts.length) this.#grow(table.count * 2);
    const { counts } = this;
    const end = this.#withLoaded ? count : staticCount;
    for (let i = 0; i < end; i++) {
      const key = numbers[i] ?? 0;
      counts[key] = (counts[key] ?? 0) + 1;
    }
  }

  /** @param keys how many keys the slot had. */
  reset(keys: number): void {
    this.counts.fill(0, 0, keys);
  }

  #grow(keys: number): void {
    const larger = new Int32Array(keys);
    larger.set(this.counts);
    this.counts = larger;
  }
}
