import { clickhouseLinkOf } from '../../src/config/worker-options-of.ts';
import { ClickhouseBookkeeping } from '../../src/sinks/clickhouse-bookkeeping.ts';
import { ClickhouseClient } from '../../src/sinks/clickhouse-client.ts';
import { migrateClickhouse } from '../../src/sinks/clickhouse-migrations.ts';
import { PoolQueries } from '../../src/sinks/pool-queries.ts';
import type { WorkerSpec } from '../child-spec.ts';
import type { House } from '../house.ts';
import { inProcessChild } from '../in-process-child.ts';

/** Name under which slots are noted in `jetstreamer_plugin_slots`: the IQ plugin's own, so its queries still work. */
const PLUGIN = { name: 'iq-session', version: 1 };
const SHUTDOWN_MS = 2_000;
/** Somebody waits for the answer, so a query is not tried again. */
const QUERY_TIMEOUT_MS = 10_000;

/**
 * Brings ClickHouse's tables up to date and keeps the connections that jobs mirror their bookkeeping through and that
 * the API asks.
 */
export function tablesChild(house: House, dsn: string): WorkerSpec {
  return inProcessChild({
    id: 'tables',
    shutdownMs: SHUTDOWN_MS,
    start: async (_fail, signal) => {
      const client = new ClickhouseClient({
        ...clickhouseLinkOf(house.config, dsn),
        random: Math.random,
      });
      const reader = new ClickhouseClient({
        ...clickhouseLinkOf(house.config, dsn),
        ...{ requestTimeoutMs: QUERY_TIMEOUT_MS, triesMax: 1, random: Math.random },
      });
      const stop = async (): Promise<void> => {
        house.slots.mirror = null;
        house.slots.pools = null;
        await Promise.all([client.close(), reader.close()]);
      };
      try {
        await migrateClickhouse(client, signal);
        const mirror = new ClickhouseBookkeeping(client, PLUGIN);
        await mirror.registerPlugins([PLUGIN], signal);
        house.slots.mirror = mirror;
        house.slots.pools = new PoolQueries(reader);
        return { stop };
      } catch (error) {
        await stop();
        throw error;
      }
    },
  });
}
