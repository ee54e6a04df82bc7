import type { Config } from '../src/config/config.ts';
import { OperatingError } from '../src/core/errors.ts';
import { type ClickhouseChoice, chooseClickhouse } from './children/clickhouse-choice.ts';
import { resolveClickhouseMode } from './children/clickhouse-mode.ts';
import { chooseNats } from './children/nats-choice.ts';
import type { DataFolder } from './data-folder.ts';
import type { Services } from './tree.ts';

/** `all` is what runs as a service; `bookkeeping` is what a single command needs, and goes on without ClickHouse. */
export type ServiceNeed = 'all' | 'bookkeeping';

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
  const natsOptions = {
    mode: need === 'all' ? config.natsMode : 'off',
    url: config.natsUrl,
    port: config.natsPort,
    monitorPort: config.natsMonitorPort,
    binPath: config.natsBin,
    binDir: folder.bin,
  } as const;
  const clickhouse = await pickClickhouse(config, folder, say, signal).catch((error: unknown) => {
    const missing = error instanceof OperatingError && error.code === 'BINARY_MISSING';
    if (need === 'all' || !missing) throw error;
    say(`going on without ClickHouse: ${error.message}`);
    return { type: 'off' } as const;
  });
  return { clickhouse, nats: await chooseNats(natsOptions, signal) };
}

function pickClickhouse(
  config: Config,
  folder: DataFolder,
  say: (sentence: string) => void,
  signal: AbortSignal,
): Promise<ClickhouseChoice> {
  const { mode, warning } = resolveClickhouseMode(config.clickhouseMode);
  if (warning !== null) say(warning);
  const options = {
    mode,
    dsn: config.clickhouseDsn,
    port: config.clickhousePort,
    binPath: config.clickhouseBin,
    binDir: folder.bin,
  };
  return chooseClickhouse(options, say, signal);
}
