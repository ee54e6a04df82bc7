type Release = () => Promise<void> | void;

/**
 * Things acquired one after another and released in reverse order, each exactly once.
 * A failing release does not keep the others from running; all failures come out together.
 */
export class ReleaseStack {
  readonly #releases: Release[] = [];

  defer(release: Release): void {
    this.#releases.push(release);
  }

  /** @throws {AggregateError} when at least one release failed. */
  async releaseAll(): Promise<void> {
    const failures: unknown[] = [];
    for (let release = this.#releases.pop(); release; release = this.#releases.pop()) {
      try {
        await release();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'releasing failed');
  }
}
