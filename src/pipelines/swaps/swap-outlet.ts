import type { ChainSwaps } from '../../model/swap.ts';
import type { SwapsTarget } from '../../model/swaps-task.ts';
import { openClickhouseOutlet } from './clickhouse-outlet.ts';
import { openNatsOutlet } from './nats-outlet.ts';

/** Where the swaps of a shard go. */
export interface SwapOutlet {
  /**
   * Takes the transactions with swaps of a whole, verified slot.
   * @throws {OperatingError} RECORD_TOO_LARGE, RECORD_MALFORMED where the sink could not take one of them.
   */
  add(transactions: readonly ChainSwaps[]): void;
  /** True when `flush` must be awaited before more is added. */
  readonly full: boolean;
  /** Whether something is on its way, which gets on only while the reader pauses. */
  readonly hasRequests: boolean;
  /** Resolves when there is room again. @throws what the sink refused for good. */
  flush(): Promise<void>;
  /** Resolves when everything was accepted. @throws as `flush`. */
  drain(): Promise<void>;
  /** Counts by name of how the sink held up the reading. */
  tallies(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}

/**
 * @param warn takes sentences about what is waited out.
 * @param signal ends all waiting for the sink.
 */
export function openSwapOutlet(
  target: SwapsTarget,
  warn: (text: string) => void,
  signal: AbortSignal,
): Promise<SwapOutlet> {
  switch (target.type) {
    case 'nats':
      return openNatsOutlet(target, warn, signal);
    case 'clickhouse':
      return openClickhouseOutlet(target.clickhouse, signal);
  }
}
