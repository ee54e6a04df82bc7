import type { TestContext } from 'node:test';
import type { StatsClickhouse } from '../../src/model/stats-task.ts';
import { ClickhouseClient } from '../../src/sinks/clickhouse-client.ts';
import { migrateClickhouse } from '../../src/sinks/clickhouse-migrations.ts';

const never = new AbortController().signal;

/** How a shard reaches a database of a test, with batches small enough that there are several. */
export function statsClickhouse(dsn: string, database: string): StatsClickhouse {
  return {
    ...{ dsn, database, requestTimeoutMs: 20_000, triesMax: 3 },
    backoff: { firstMs: 1, maxMs: 5 },
    ...{ batchRowsMax: 20_000, batchBytesMax: 1 << 20, batchesInFlightMax: 2 },
  };
}

/** A client of a database with all tables; closed with the test. */
export async function openDatabase(
  t: TestContext,
  dsn: string,
  database: string,
): Promise<ClickhouseClient> {
  const client = new ClickhouseClient({ ...statsClickhouse(dsn, database), random: () => 0 });
  t.after(() => client.close());
  await migrateClickhouse(client, never);
  return client;
}
