import type { RecordsReadiness } from '../../model/records-status.ts';
import type { RecordsRun } from './records-run.ts';

const PING_TIMEOUT_MS = 2_000;

/** Ready is who reads the stream, or stands by for who does, with a database that answers. */
export async function readinessOf(
  run: Pick<RecordsRun, 'options' | 'state' | 'store'>,
): Promise<RecordsReadiness> {
  const { migrated, connection, lease, reached, waiting, ...stream } = run.state;
  const reachable = await run.store.ping(AbortSignal.timeout(PING_TIMEOUT_MS)).then(
    () => true,
    () => false,
  );
  const reading = connection === 'open' || connection === 'paused';
  return {
    ready: reachable && migrated && (reading || lease === 'standby'),
    stream: {
      ...{ state: connection, ...stream },
      pending: waiting(),
      cursorTimeUs: reached?.timeUs ?? null,
    },
    database: {
      kind: run.options.store.databaseUrl === null ? 'sqlite' : 'postgres',
      reachable,
    },
    lease,
  };
}
