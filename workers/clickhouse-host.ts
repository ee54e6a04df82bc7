import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/**
 * The process that holds the embedded ClickHouse engine and nothing else, so that the engine can be
 * ended, restarted and given memory like any server. It calls the library's `chdb_query_cmdline`, which is
 * `clickhouse-local`; from version 26.7 on that can serve ClickHouse's own HTTP interface.
 *
 * The engine serves while its last query runs, and that one reads a FIFO whose other end is open here:
 * closing it is the orderly stop. SIGTERM, SIGINT and the end of standard input (the supervisor has gone) do so.
 * Exit code 0 when it was asked to stop, 1 when the engine ended by itself; its words are on standard error.
 */

const { values } = parseArgs({
  options: {
    library: { type: 'string' },
    path: { type: 'string' },
    port: { type: 'string' },
    config: { type: 'string' },
  },
});
const { library = '', path = '', port = '', config = '' } = values;

// The engine must be called on a thread of ffi-rs: on Node's own stack it refuses to run.
const { open, load, DataType } = createRequire(import.meta.url)('ffi-rs');

removeStaleFifos(path);
const fifoPath = join(path, `keepalive-${process.pid}.fifo`);
execFileSync('mkfifo', ['-m', '600', fifoPath]);
// Reading and writing: opening a FIFO for one direction alone waits for the other side.
const fifo = openSync(fifoPath, 'r+');

/** Pause between two tries to end a read of the FIFO that began after our end was closed. */
const STOP_RETRY_MS = 50;

let stopping = false;
function stop(): void {
  if (stopping) return;
  stopping = true;
  closeSync(fifo);
  setInterval(endLateRead, STOP_RETRY_MS);
}

/**
 * The engine serves a moment before its query opens the FIFO. Stopped in between, that query would wait for a writer
 * for ever; one that comes and goes at once ends it.
 */
function endLateRead(): void {
  try {
    closeSync(openSync(fifoPath, constants.O_WRONLY | constants.O_NONBLOCK));
  } catch (_error) {
    // Nobody reads, or the FIFO is gone: there is nothing to end.
  }
}
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
process.stdin.on('end', stop).on('error', stop).resume();

const query = [
  'SYSTEM START LISTEN HTTP',
  `SELECT count() FROM file('${escapeSql(fifoPath)}', 'LineAsString') FORMAT Null SETTINGS storage_file_read_method = 'read'`,
].join('; ');
const argv = [
  'clickhouse-local',
  ...['--config-file', config, '--path', path, '--http_port', port],
  ...['--listen_host', '127.0.0.1', '--log-level', 'warning', '--query', query],
];
open({ library: 'engine', path: library });
await load({
  library: 'engine',
  funcName: 'chdb_query_cmdline',
  retType: DataType.Void,
  paramsType: [DataType.I32, DataType.StringArray],
  paramsValue: [argv.length, argv],
  runInNewThread: true,
});
rmSync(fifoPath, { force: true });
process.exit(stopping ? 0 : 1);

/** A host that was killed leaves its FIFO behind; only one host works on a folder at a time. */
function removeStaleFifos(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (/^keepalive-\d+\.fifo$/.test(name)) rmSync(join(folder, name), { force: true });
  }
}

function escapeSql(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
}
