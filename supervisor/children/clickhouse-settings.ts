import { join } from 'node:path';

export interface ClickhouseSettingsOptions {
  readonly kind: 'binary' | 'embedded';
  readonly dataDir: string;
  readonly port: number;
  /** Most memory the server may take. */
  readonly memoryBytesMax: number;
  /** Path of the users file that `clickhouseUsersXml` gives. */
  readonly usersPath: string;
}

const MIB = 2 ** 20;

const CHATTY_LOGGERS = ['BgSchPool', 'BgStrmSchPool', 'BgMBSchPool', 'BgDistSchPool'].map(
  (pool) => `BackgroundSchedulePool/${pool}`,
);

/**
 * The server's settings file: loopback only, its own folder, and bounds for a small machine.
 * Names are those of ClickHouse's documentation, "Server Settings".
 */
export function clickhouseServerXml(options: ClickhouseSettingsOptions): string {
  const { dataDir, port, memoryBytesMax, usersPath } = options;
  const settings: Record<string, string | number> = {
    users_config: usersPath,
    max_server_memory_usage: memoryBytesMax,
    mark_cache_size: 64 * MIB,
    uncompressed_cache_size: 0,
    index_mark_cache_size: 16 * MIB,
    background_pool_size: 4,
    max_concurrent_queries: 64,
    max_connections: 256,
    // An idle keep-alive connection would otherwise hold up every stop for five seconds.
    shutdown_wait_unfinished: 1,
  };
  const serverOnly: Record<string, string | number> = {
    path: `${dataDir}/`,
    tmp_path: `${join(dataDir, 'tmp')}/`,
    user_files_path: `${join(dataDir, 'user_files')}/`,
    format_schema_path: `${join(dataDir, 'format_schemas')}/`,
    listen_host: '127.0.0.1',
    http_port: port,
    default_profile: 'default',
    default_database: 'default',
  };
  const all = options.kind === 'binary' ? { ...serverOnly, ...settings } : settings;
  return [
    '<clickhouse>',
    ...Object.entries(all).map(([name, value]) => `  <${name}>${escapeXml(value)}</${name}>`),
    // The defaults of these expect a pool of 16 threads; a server with a smaller pool refuses them.
    '  <merge_tree>',
    '    <number_of_free_entries_in_pool_to_execute_mutation>2</number_of_free_entries_in_pool_to_execute_mutation>',
    '    <number_of_free_entries_in_pool_to_lower_max_size_of_merge>2</number_of_free_entries_in_pool_to_lower_max_size_of_merge>',
    '    <number_of_free_entries_in_pool_to_execute_optimize_entire_partition>2</number_of_free_entries_in_pool_to_execute_optimize_entire_partition>',
    '  </merge_tree>',
    '  <logger>',
    '    <level>warning</level>',
    '    <console>1</console>',
    // These say at warning level, several times a second, that a pause is over.
    '    <levels>',
    ...CHATTY_LOGGERS.map(
      (name) => `      <logger><name>${name}</name><level>error</level></logger>`,
    ),
    '    </levels>',
    '  </logger>',
    '</clickhouse>',
    '',
  ].join('\n');
}

/**
 * One user without a password, who can only come from this machine. The embedded engine logs in as it,
 * so that a password here would lock the engine out of itself.
 */
export function clickhouseUsersXml(): string {
  return `<clickhouse>
  <profiles>
    <default>
      <output_format_json_quote_64bit_integers>1</output_format_json_quote_64bit_integers>
    </default>
  </profiles>
  <users>
    <default>
      <password></password>
      <networks><ip>127.0.0.1</ip><ip>::1</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
    </default>
  </users>
  <quotas><default></default></quotas>
</clickhouse>
`;
}

function escapeXml(value: string | number): string {
  return String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
