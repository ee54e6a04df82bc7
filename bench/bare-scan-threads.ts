import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { BareScan } from './bare-scan.ts';
import type { BenchArchive } from './bench-archive.ts';

/** Threads that scan an archive with its digests, each an equal part of its slots; they stay for the next time. */
export class BareScanThreads {
  readonly #workers: readonly Worker[];

  constructor(threads: number) {
    this.#workers = Array.from(
      { length: threads },
      () => new Worker(new URL('./bare-scan.worker.ts', import.meta.url)),
    );
  }

  async scan({ carPath: path, located }: BenchArchive): Promise<void> {
    const { offsets } = located;
    const [run] = located.runs;
    assert(offsets !== null && run !== undefined && located.runs.length === 1);
    const threads = this.#workers.length;
    const cut = (part: number): number =>
      offsets[Math.round((offsets.length * part) / threads)] ?? run.offset + run.length;
    await Promise.all(
      this.#workers.map(async (worker, i) => {
        const part: BareScan = { path, start: cut(i), end: cut(i + 1), verify: true };
        worker.postMessage(part);
        await once(worker, 'message');
      }),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
