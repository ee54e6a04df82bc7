import type { OperatingError } from '../../core/errors.ts';
import type { BatchOutcome, StreamLease } from '../../model/record-batch.ts';
import type { RecordChange } from '../../model/record-change.ts';
import type { StreamFrame, StreamPosition } from '../../model/stream-frame.ts';
import { crashPoint } from '../../ops/crash-point.ts';
import type { RecordsMetrics } from '../../ops/records-metrics.ts';
import type { RecordStore } from '../../sinks/records/record-store.ts';
import { untilReachable } from '../until-reachable.ts';
import { countOutcome, emptyCounts, type RecordCounts } from './record-counts.ts';
import type { Gathered, RecordGatherer } from './record-gatherer.ts';

export interface RecordIntakeOptions {
  readonly gatherer: RecordGatherer;
  readonly store: RecordStore;
  readonly lease: StreamLease;
  /** Up to where the stream is stored. */
  readonly position: StreamPosition | null;
  readonly metrics: RecordsMetrics;
  /** Told of what is waited out. */
  readonly onFault: (error: OperatingError) => void;
}

/** A cursor that moves over events that are not ours is stored this often. */
const POSITION_INTERVAL_MS = 1_000;
const MS_PER_SECOND = 1000;
/** Trust between scenes is worked out from alliances. */
const ALLIANCES = 'app.subcult.alliance';

/** Makes frames durable, batch by batch: data, quarantine and cursor in one transaction. */
export class RecordIntake {
  readonly #options: RecordIntakeOptions;
  #position: StreamPosition | null;
  #storedAtMs = 0;
  #counts: RecordCounts = emptyCounts;

  constructor(options: RecordIntakeOptions) {
    this.#options = options;
    this.#position = options.position;
  }

  /** Everything up to here is durable, or none of ours. */
  get position(): StreamPosition | null {
    return this.#position;
  }

  get counts(): RecordCounts {
    return this.#counts;
  }

  /**
   * Resolves when all of the frames are durable; a database that is away is waited for.
   * @throws {OperatingError} LEASE_LOST, SINK_REFUSED.
   */
  async store(frames: readonly StreamFrame[], signal: AbortSignal): Promise<void> {
    const gathered = this.#options.gatherer.gather(frames, this.#position);
    const outcome = await this.#apply(gathered, signal);
    this.#position = gathered.position;
    this.#counts = countOutcome(this.#counts, gathered, outcome);
    if (outcome !== null) this.#measure(gathered, outcome);
  }

  /** Null where there was nothing to be stored. */
  async #apply(gathered: Gathered, signal: AbortSignal): Promise<BatchOutcome | null> {
    const { store, lease, metrics, onFault } = this.#options;
    const { changes, rejections, position } = gathered;
    const empty = changes.length === 0 && rejections.length === 0;
    if (empty && performance.now() - this.#storedAtMs < POSITION_INTERVAL_MS) return null;
    const begunAtMs = performance.now();
    crashPoint('batch-before-commit');
    const outcome = await untilReachable(
      () => store.apply({ lease, changes, rejections, position }),
      (fault) => {
        metrics.databaseWritesFailed.inc();
        onFault(fault);
      },
      signal,
    );
    crashPoint('batch-after-commit');
    this.#storedAtMs = performance.now();
    metrics.batchDuration.observe((this.#storedAtMs - begunAtMs) / MS_PER_SECOND);
    metrics.batchChanges.observe(changes.length + rejections.length);
    metrics.setCursor(position?.timeUs ?? 0);
    return outcome;
  }

  #measure({ receivedAtMs, changes }: Gathered, outcome: BatchOutcome): void {
    const { metrics } = this.#options;
    for (const atMs of receivedAtMs) {
      const seconds = (this.#storedAtMs - atMs) / MS_PER_SECOND;
      metrics.commitLatency.observe(seconds);
      metrics.ingestLatency.observe(seconds);
    }
    metrics.observeOutcome(outcome);
    metrics.databaseWritesFailed.inc(outcome.deadLetters);
    metrics.trustRecompute.inc(changes.filter(isOfAlliance).length);
  }
}

function isOfAlliance(change: RecordChange): boolean {
  return 'key' in change && change.key.collection === ALLIANCES;
}
