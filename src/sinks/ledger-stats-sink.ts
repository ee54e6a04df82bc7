import type { SlotStatsColumns } from '../model/ledger-stats.ts';
import type { SlotStatusRow } from '../model/worker-task.ts';
import { ClickhouseBookkeeping } from './clickhouse-bookkeeping.ts';
import type { ClickhouseClient } from './clickhouse-client.ts';
import { type BatchBounds, LedgerStatsBatch, type TakenRows } from './ledger-stats-batch.ts';

/** A table is sent when it holds as many rows or bytes; its last row is the last of a whole slot. */
export interface LedgerStatsSinkOptions extends BatchBounds {
  readonly client: ClickhouseClient;
  /** Batches of due tables that are not yet accepted. */
  readonly batchesInFlightMax: number;
}

/** Jetstreamer's plugins whose tables are filled, by the names and versions it has for them. */
const PLUGINS = [
  { name: 'Program Tracking', version: 1 },
  { name: 'Instruction Tracking', version: 1 },
  { name: 'Pubkey Stats', version: 1 },
];

/** Of this thread: memory that the next shard fills again, because new memory makes the collector run. */
const spare: LedgerStatsBatch[] = [];

/**
 * Brings statistics of whole slots into ClickHouse. All tables replace rows of the same key, so a slot that is
 * written again changes nothing. A slot is noted as processed after all of its rows were accepted.
 */
export class LedgerStatsSink {
  readonly #options: LedgerStatsSinkOptions;
  readonly #bookkeeping: ClickhouseBookkeeping;
  readonly #inFlight = new Set<Promise<void>>();
  readonly #batch = spare.pop() ?? new LedgerStatsBatch();
  #failure: unknown;

  constructor(options: LedgerStatsSinkOptions) {
    this.#options = options;
    this.#bookkeeping = new ClickhouseBookkeeping(options.client, ...PLUGINS);
  }

  /** Begins to make the plugins known by name; `drain` waits for it and tells what went wrong. */
  registerPlugins(signal: AbortSignal): void {
    this.#follow(this.#bookkeeping.registerPlugins(PLUGINS, signal));
  }

  /** Whether anything is not yet accepted or refused. */
  get hasRequests(): boolean {
    return this.#inFlight.size > 0;
  }

  /** The columns are copied. @returns true when something is due: call `flush` before adding more. */
  addSlot(status: SlotStatusRow, stats: SlotStatsColumns): boolean {
    this.#batch.add(status, stats);
    return this.#batch.isDue(this.#options);
  }

  /**
   * Sends what is due and waits while too much is under way.
   * @throws {OperatingError} SINK_UNREACHABLE, SINK_REFUSED, DISK_FULL: what an earlier batch met.
   */
  async flush(signal: AbortSignal): Promise<void> {
    if (this.#batch.areSlotsDue(this.#options)) return this.drain(signal);
    this.#send(this.#batch.takeDue(this.#options), signal);
    while (this.#inFlight.size >= this.#options.batchesInFlightMax) {
      await Promise.race(this.#inFlight);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Sends the rest, then notes the slots; resolves when ClickHouse has accepted everything. @throws as `flush`. */
  async drain(signal: AbortSignal): Promise<void> {
    this.#send(this.#batch.takeAll(), signal);
    await this.#settle();
    if (this.#failure !== undefined) throw this.#failure;
    await this.#bookkeeping.writeSlots(this.#batch.takeSlots(), signal);
  }

  /** Resolves when nothing is under way any more, whatever became of it; the sink is then of no more use. */
  async close(): Promise<void> {
    await this.#settle();
    this.#batch.clear();
    spare.push(this.#batch);
  }

  async #settle(): Promise<void> {
    await Promise.all(this.#inFlight);
  }

  /** A failure is kept for the next `flush`, since nobody waits for this one request. */
  #follow(request: Promise<void>): void {
    const followed = request
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => this.#inFlight.delete(followed));
    this.#inFlight.add(followed);
  }

  #send(taken: readonly TakenRows[], signal: AbortSignal): void {
    if (taken.length > 0) this.#follow(this.#insert(taken, signal));
  }

  async #insert(taken: readonly TakenRows[], signal: AbortSignal): Promise<void> {
    const { client } = this.#options;
    // All have ended before the first failure is told, because the memory is then used again.
    const answers = await Promise.allSettled(
      taken.map(({ table, parts }) => client.insertBlock(table, parts, signal)),
    );
    for (const { release } of taken) release();
    for (const answer of answers) if (answer.status === 'rejected') throw answer.reason;
  }
}
