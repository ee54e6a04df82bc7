import type { TestContext } from 'node:test';
import type { RunningChild } from '../../supervisor/child-spec.ts';
import { embeddedClickhouse, startService } from './services.ts';

/** A real embedded ClickHouse of this test's own; it ends with the test. */
export interface ClickhouseForTest {
  readonly dsn: string;
  /** Kills it the hard way. */
  readonly kill: () => Promise<void>;
  /** Starts it on the same folder and port; resolves when it answers. */
  readonly start: () => Promise<void>;
}

export async function openClickhouse(t: TestContext): Promise<ClickhouseForTest> {
  const service = await embeddedClickhouse(t);
  let child: RunningChild = await startService(t, service);
  return {
    dsn: service.url,
    kill: async () => {
      process.kill(child.pid ?? 0, 'SIGKILL');
      await child.exited;
    },
    start: async () => {
      child = await startService(t, service);
    },
  };
}
