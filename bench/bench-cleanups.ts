import type { TestContext } from 'node:test';

/** Stands for a test where its helpers want one to end with. */
export class BenchCleanups implements Pick<TestContext, 'after'> {
  readonly #cleanups: (() => unknown)[] = [];

  after(cleanup?: unknown): void {
    if (typeof cleanup === 'function') this.#cleanups.push(() => cleanup());
  }

  /** The newest first: a process before the folder it writes to. */
  async run(): Promise<void> {
    for (const cleanup of this.#cleanups.toReversed()) await cleanup();
  }
}
