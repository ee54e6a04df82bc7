import type { SlotStatsColumns } from '../model/ledger-stats.ts';
import type { SlotStatusRow } from '../model/worker-task.ts';
import { ClickhouseBookkeeping } from './clickhouse-bookkeeping.ts';
import type { ClickhouseClient } from './clickhouse-client.ts';
import { LedgerStatsBatch, tableBlock } from './ledger-stats-batch.ts';

export interface LedgerStatsSinkOptions {
  readonly client: ClickhouseClient;
  /** A batch is sent when its tables together hold as many rows or bytes; it ends with a whole slot. */
  readonly batchRowsMax: number;
  readonly batchBytesMax: number;
  /** Batches that are not yet accepted. */
  readonly batchesInFlightMax: number;
}

/** Jetstreamer's plugins whose tables are filled, by the names and versions it has for them. */
const PLUGINS = [
  { name: 'Program Tracking', version: 1 },
  { name: 'Instruction Tracking', version: 1 },
  { name: 'Pubkey Stats', version: 1 },
];

/** Of this thread: batches that the next shard fills again, because memory for new ones makes the collector run. */
const spare: LedgerStatsBatch[] = [];

/**
 * Brings statistics of whole slots into ClickHouse. All tables replace rows of the same key, so a slot that is
 * written again changes nothing. A slot is noted as processed after its rows were accepted.
 */
export class LedgerStatsSink {
  readonly #options: LedgerStatsSinkOptions;
  readonly #bookkeeping: ClickhouseBookkeeping;
  readonly #inFlight = new Set<Promise<void>>();
  #batch = spare.pop() ?? new LedgerStatsBatch();
  #failure: unknown;

  constructor(options: LedgerStatsSinkOptions) {
    this.#options = options;
    this.#bookkeeping = new ClickhouseBookkeeping(options.client, ...PLUGINS);
  }

  /** Begins to make the plugins known by name; `drain` waits for it and tells what went wrong. */
  registerPlugins(signal: AbortSignal): void {
    for (const plugin of PLUGINS) this.#follow(this.#bookkeeping.registerPlugin(plugin, signal));
  }

  /** The columns are copied. @returns true when a batch is due: call `flush` before adding more. */
  addSlot(status: SlotStatusRow, stats: SlotStatsColumns): boolean {
    const batch = this.#batch;
    batch.add(status, stats);
    const { batchRowsMax, batchBytesMax } = this.#options;
    return batch.rows >= batchRowsMax || batch.bytes >= batchBytesMax;
  }

  /**
   * Sends what was added and waits while too many batches are under way.
   * @throws {OperatingError} SINK_UNREACHABLE, SINK_REFUSED, DISK_FULL: what an earlier batch met.
   */
  async flush(signal: AbortSignal): Promise<void> {
    const batch = this.#batch;
    if (batch.slots.length > 0) {
      this.#batch = spare.pop() ?? new LedgerStatsBatch();
      this.#follow(this.#send(batch, signal));
    }
    while (this.#inFlight.size >= this.#options.batchesInFlightMax) {
      await Promise.race(this.#inFlight);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Sends the rest; resolves when ClickHouse has accepted everything. @throws as `flush`. */
  async drain(signal: AbortSignal): Promise<void> {
    await this.flush(signal);
    await this.#settle();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Resolves when nothing is under way any more, whatever became of it; the sink is then of no more use. */
  async close(): Promise<void> {
    await this.#settle();
    giveBack(this.#batch);
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

  async #send(batch: LedgerStatsBatch, signal: AbortSignal): Promise<void> {
    const { client } = this.#options;
    const filled = batch.tables.filter(({ rows }) => rows > 0);
    const { slots } = batch;
    // All have ended before the first failure is told, because the batch's memory is then used again.
    const answers = await Promise.allSettled(
      filled.map((table) => client.insertBlock(table.name, tableBlock(table), signal)),
    );
    giveBack(batch);
    for (const answer of answers) if (answer.status === 'rejected') throw answer.reason;
    await this.#bookkeeping.writeSlots(slots, signal);
  }
}

function giveBack(batch: LedgerStatsBatch): void {
  batch.clear();
  spare.push(batch);
}
