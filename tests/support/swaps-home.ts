import type { TestContext } from 'node:test';
import type { SwapsJobReport } from '../../src/model/job.ts';
import { type CliExit, type CliHome, cliHome } from './cli-process.ts';
import { freePort } from './free-port.ts';

export interface SwapsServers {
  readonly dsn: string;
  readonly natsUrl: string;
}

/** Settings by which a tree of a test reaches servers that stay up, with a sink and a database of its own. */
export async function swapsSettings({ dsn, natsUrl }: SwapsServers, database: string) {
  return {
    JETSTREAMER_CLICKHOUSE_MODE: 'remote',
    JETSTREAMER_CLICKHOUSE_DSN: dsn,
    MILLRACE_CLICKHOUSE_DATABASE: database,
    MILLRACE_NATS_MODE: 'auto',
    NATS_URL: natsUrl,
    MILLRACE_SINK_PORT: String(await freePort()),
    MILLRACE_SHARD_SLOTS: '7',
    MILLRACE_SINK_BATCH_AGE_MS: '50',
  };
}

/** A home whose commands decode swaps. */
export async function swapsHome(
  t: TestContext,
  servers: SwapsServers,
  database: string,
): Promise<CliHome> {
  return cliHome(t, await swapsSettings(servers, database));
}

/** The report that `--json` printed. */
export function swapsReport({ out, code, notes }: CliExit): SwapsJobReport {
  if (!out.startsWith('{')) throw new Error(`${code}: ${notes}`);
  return JSON.parse(out);
}
