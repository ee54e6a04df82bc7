import type { Config } from '../src/config/config.ts';
import type { ClickhouseChoiceOptions } from './children/clickhouse-choice.ts';
import { type ResolvedMode, resolveClickhouseMode } from './children/clickhouse-mode.ts';
import type { NatsChoiceOptions } from './children/nats-choice.ts';
import type { DataFolder } from './data-folder.ts';

/** What the settings say about ClickHouse, with the warning about a mode that was not understood. */
export function clickhouseOptionsOf(
  config: Config,
  folder: DataFolder,
): { readonly options: ClickhouseChoiceOptions; readonly warning: ResolvedMode['warning'] } {
  const { mode, warning } = resolveClickhouseMode(config.clickhouseMode);
  const options = {
    mode,
    dsn: config.clickhouseDsn,
    port: config.clickhousePort,
    binPath: config.clickhouseBin,
    binDir: folder.bin,
  };
  return { options, warning };
}

export function natsOptionsOf(config: Config, folder: DataFolder): NatsChoiceOptions {
  return {
    mode: config.natsMode,
    url: config.natsUrl,
    port: config.natsPort,
    monitorPort: config.natsMonitorPort,
    binPath: config.natsBin,
    binDir: folder.bin,
  };
}
