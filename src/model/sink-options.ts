import type { NatsLink } from './nats-link.ts';
import type { StatsClickhouse } from './stats-task.ts';

/** What the process that brings swaps into ClickHouse is told at its start; plain data, written to a file. */
export interface SinkOptions {
  /** Port of loopback on which it tells how it does. */
  readonly port: number;
  /** Where swaps come from and candles go to; null without NATS: candles alone are built then. */
  readonly nats: NatsLink | null;
  /** Definitions of the streams and consumers, which the server is brought to at the start. */
  readonly definitionsFolder: string;
  readonly clickhouse: StatsClickhouse;
  readonly batch: SinkBatchBounds;
  /** Chain time that a candle stays open after its end. */
  readonly latenessSeconds: number;
  /** For crash tests: the point at which the process kills itself. */
  readonly crashPoint: { readonly name: string; readonly pass: number } | null;
}

/** An insert is made when the first of these is reached. */
export interface SinkBatchBounds {
  readonly rowsMax: number;
  readonly bytesMax: number;
  readonly ageMs: number;
}
