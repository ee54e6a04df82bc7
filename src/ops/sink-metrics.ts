import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';

export type SinkMetrics = ReturnType<typeof createSinkMetrics>;

/** Every metric of the process that brings swaps into ClickHouse, on its own port; names as in metrics.ts. */
export function createSinkMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    messages: new Counter({
      name: 'millrace_sink_messages_total',
      help: 'Messages of dex.sol.swaps that are in ClickHouse and acknowledged.',
      registers,
    }),
    swaps: new Counter({
      name: 'millrace_sink_swaps_total',
      help: 'Swaps of those messages.',
      registers,
    }),
    deadLetters: new Counter({
      name: 'millrace_sink_dead_letters_total',
      help: 'Messages moved to the dead-letter stream.',
      registers,
    }),
    faults: new Counter({
      name: 'millrace_sink_faults_total',
      help: 'Faults that were waited out, by code.',
      labelNames: ['code'] as const,
      registers,
    }),
    waiting: new Gauge({
      name: 'millrace_sink_stream_messages',
      help: 'Messages in the work queue when its state was last asked for.',
      registers,
    }),
    candles: new Counter({
      name: 'millrace_sink_candles_total',
      help: 'Revisions of candles written.',
      registers,
    }),
  };
}
