import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { ConnectionState } from '../model/records-status.ts';

const connectionStates: readonly ConnectionState[] = [
  'idle',
  'connecting',
  'open',
  'paused',
  'waiting',
];

/** Connection, lease and cursor of the records indexer. */
export function createRecordsStreamMetrics(registers: Registry[]) {
  const connectionState = new Gauge({
    name: 'indexer_connection_state',
    help: '1 for the state that the connection to the stream is in, 0 for all others.',
    labelNames: ['state'] as const,
    registers,
  });
  function setConnectionState(current: ConnectionState): void {
    for (const state of connectionStates) {
      connectionState.set({ state }, state === current ? 1 : 0);
    }
  }
  setConnectionState('idle');

  return {
    connectionState,
    setConnectionState,
    ...createCursorMetrics(registers),
    backpressureClosed: new Counter({
      name: 'indexer_backpressure_closed_total',
      help: 'Connections closed because a pause reached its limit; they resume by cursor.',
      registers,
    }),
    cursorGaps: new Counter({
      name: 'indexer_cursor_gaps_total',
      help: 'Times that a server could not go on where the stored cursor is.',
      registers,
    }),
    reconnectionFailures: new Gauge({
      name: 'indexer_reconnection_consecutive_failures',
      help: 'Attempts to reach the stream that failed in a row; 0 once frames come.',
      registers,
    }),
    leaseHeld: new Gauge({
      name: 'indexer_lease_held',
      help: '1 while this instance has the right to write the stream, 0 while it stands by.',
      registers,
    }),
    undecodableFrames: new Counter({
      name: 'indexer_undecodable_frames_total',
      help: 'Frames that are no event in any known encoding.',
      registers,
    }),
    commitLatency: new Histogram({
      name: 'indexer_commit_latency_seconds',
      help: 'Time from the receipt of a frame until what it says is durable, queue included.',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    }),
  };
}

/** The age is worked out when it is asked for, so that it grows also while the stream stands still. */
function createCursorMetrics(registers: Registry[]) {
  let cursorTimeUs: number | null = null;
  const cursorAge = new Gauge({
    name: 'indexer_cursor_age_seconds',
    help: 'Now minus the time of the saved cursor; NaN while there is none.',
    registers,
    collect() {
      this.set(cursorTimeUs === null ? Number.NaN : Date.now() / 1000 - cursorTimeUs / 1e6);
    },
  });
  return {
    cursorAge,
    /** `timeUs` as in `StreamPosition`; 0 says that none is known. */
    setCursor(timeUs: number): void {
      cursorTimeUs = timeUs > 0 ? timeUs : null;
    },
  };
}
