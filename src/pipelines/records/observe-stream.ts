import type { ConnectionState } from '../../model/records-status.ts';
import type { StreamEndpoint } from '../../model/stream-frame.ts';
import type { StreamClientEvent } from '../../sources/jetstream/client-event.ts';
import type { RecordsRun } from './records-run.ts';

/** Makes what a client tells into the log, the metrics and the state for readiness. */
export function observeStream(run: RecordsRun): (event: StreamClientEvent) => void {
  const { metrics, logger } = run;
  return (event) => {
    switch (event.type) {
      case 'connecting':
        noteConnecting(run, event);
        break;
      case 'connected':
        noteConnected(run, event);
        break;
      case 'flowing':
        if (event.again) metrics.reconnectionSuccess.inc();
        setFailures(run, 0);
        break;
      case 'paused':
        metrics.backpressurePaused.inc();
        setConnection(run, 'paused');
        break;
      case 'resumed':
        metrics.backpressureResumed.inc();
        metrics.backpressurePauseDuration.observe(event.seconds);
        if (run.state.connection === 'paused') setConnection(run, 'open');
        break;
      case 'pause-limit':
        metrics.backpressureClosed.inc();
        logger.warn('the stream was paused for too long: closed, and resumed by cursor later');
        break;
      case 'overflow':
        logger.warn('more came than the queue holds: closed, and resumed by cursor');
        break;
      case 'idle':
        logger.warn(`nothing came for ${Math.round(event.seconds)} s: connecting anew`);
        break;
      case 'disconnected':
        setConnection(run, 'waiting');
        logger.info({ frames: event.frames }, `${hostOf(event.endpoint)}: ${event.reason}`);
        break;
      case 'waiting':
        logger.debug({ delayMs: event.delayMs }, 'waiting before the next connection');
        break;
      case 'gap':
        noteGap(run, event.reason);
        break;
      case 'alert':
        logger.error(
          `${event.failures} connections in a row brought nothing, the last one: ${event.reason}`,
        );
        break;
    }
  };
}

type EventOf<T extends StreamClientEvent['type']> = Extract<StreamClientEvent, { type: T }>;

function noteConnecting(
  run: RecordsRun,
  { endpoint, again, failures }: EventOf<'connecting'>,
): void {
  if (again) run.metrics.reconnectionAttempts.inc();
  run.state.host = hostOf(endpoint);
  setFailures(run, failures);
  setConnection(run, 'connecting');
}

function noteConnected(run: RecordsRun, { endpoint, cursor }: EventOf<'connected'>): void {
  setConnection(run, 'open');
  const where = cursor === null ? 'the tip' : `cursor ${cursor}`;
  run.logger.info(`reading ${hostOf(endpoint)} from ${where}`);
}

function setFailures({ state, metrics }: RecordsRun, failures: number): void {
  state.failures = failures;
  metrics.reconnectionFailures.set(failures);
}

function setConnection({ state, metrics }: RecordsRun, connection: ConnectionState): void {
  state.connection = connection;
  metrics.setConnectionState(connection);
}

/** Nothing here can mend it: whoever reads this has to decide. */
export function noteGap({ metrics, logger, state }: RecordsRun, reason: string): void {
  metrics.cursorGaps.inc();
  logger.error(
    `${state.host}: events may be missing: ${reason}; replay them from a recording, or begin --from an earlier cursor at another host`,
  );
}

function hostOf({ url }: StreamEndpoint): string {
  return new URL(url).host;
}
