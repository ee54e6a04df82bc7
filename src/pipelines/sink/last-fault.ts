import type { OperatingError } from '../../core/errors.ts';

/** Faults that go on are met again within a few seconds. */
const RECENT_MS = 60_000;

/** Remembers what the sink waits out, for those who wait for the sink. */
export class LastFault {
  #text: string | null = null;
  #notedAt = 0;

  note({ message }: OperatingError): void {
    this.#text = message;
    this.#notedAt = performance.now();
  }

  /** Null when nothing was met for a minute. */
  get recent(): string | null {
    return performance.now() - this.#notedAt < RECENT_MS ? this.#text : null;
  }
}
