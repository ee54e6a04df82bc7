import type { Config } from '../src/config/config.ts';
import { OperatingError } from '../src/core/errors.ts';
import { chooseClickhouse } from './children/clickhouse-choice.ts';
import { chooseNats } from './children/nats-choice.ts';
import type { DataFolder } from './data-folder.ts';
import { clickhouseOptionsOf, natsOptionsOf } from './service-options.ts';
import type { Services } from './tree.ts';

/**
 * `all` is what runs as a service. Single commands mostly need no NATS: `bookkeeping` goes on without ClickHouse where
 * none is installed, `clickhouse` does not, and `candles` has the process that builds them, too.
 */
export type ServiceNeed = 'all' | 'bookkeeping' | 'clickhouse' | 'candles';

/**
 * Decides which ClickHouse and which NATS are used.
 * @param say takes sentences about what was passed over and why.
 * @throws {OperatingError} CONFIG, BINARY_MISSING, BINARY_VERSION.
 */
export async function chooseServices(
  { config, folder }: { readonly config: Config; readonly folder: DataFolder },
  need: ServiceNeed,
  say: (sentence: string) => void,
  signal: AbortSignal,
): Promise<Services> {
  const { options, warning } = clickhouseOptionsOf(config, folder);
  if (warning !== null) say(warning);
  const clickhouse = await chooseClickhouse(options, say, signal).catch((error: unknown) => {
    const missing = error instanceof OperatingError && error.code === 'BINARY_MISSING';
    if (need !== 'bookkeeping' || !missing) throw error;
    say(`going on without ClickHouse: ${error.message}`);
    return { type: 'off' } as const;
  });
  const sink = clickhouse.type !== 'off' && (need === 'all' || need === 'candles');
  const records = need === 'all' && config.records;
  if (need !== 'all') return { clickhouse, nats: { type: 'off' }, sink, records };
  const nats = await chooseNats(natsOptionsOf(config, folder), signal);
  return { clickhouse, nats, sink, records };
}
