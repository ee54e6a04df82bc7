import { existsSync } from 'node:fs';
import Table from 'cli-table3';
import type { Command } from 'commander';
import { openDataFolder } from '../../supervisor/data-folder.ts';
import {
  type DoctorResult,
  fixAndCheckAgain,
  runDoctor,
} from '../../supervisor/provision/doctor.ts';
import { type DoctorOptions, doctorChecks } from '../../supervisor/provision/doctor-checks.ts';
import { natsReleaseFor } from '../../supervisor/provision/nats-release.ts';
import { clickhouseOptionsOf, natsOptionsOf } from '../../supervisor/service-options.ts';
import type { Config } from '../config/config.ts';
import { splitCredentials } from '../core/address-credentials.ts';
import { errorText } from '../core/errors.ts';
import { checkRpc } from '../pipelines/rpc/rpc-reachability.ts';
import type { CliContext } from './cli-context.ts';
import { EXIT_USAGE } from './exit-code.ts';
import { RemoteSupervisor } from './remote-supervisor.ts';

/** Room for indexes of some epochs, a ClickHouse of bookkeeping and the chunks of open sessions. */
const DISK_BYTES_MIN = 2 * 2 ** 30;
const REACH_TIMEOUT_MS = 10_000;

export function addDoctorCommand(program: Command, context: CliContext): void {
  program
    .command('doctor')
    .description('check binaries, ports, disk, versions and reachability')
    .option('--fix', 'get what is missing, as far as that needs no root')
    .option('--json', 'print one JSON object a check')
    .action((flags: { fix?: boolean; json?: boolean }) => doctor(flags, context));
}

async function doctor(
  flags: { fix?: boolean; json?: boolean },
  context: CliContext,
): Promise<void> {
  const checks = doctorChecks(optionsOf(context.config()));
  const results =
    flags.fix === true
      ? await fixAndCheckAgain(checks, context.note, context.signal)
      : await runDoctor(checks, context.signal);
  if (flags.json === true) for (const result of results) context.out(JSON.stringify(result));
  else context.out(resultsTable(results));
  if (results.some((result) => !result.ok)) context.setExitCode(EXIT_USAGE);
}

function optionsOf(config: Config): DoctorOptions {
  const folder = openDataFolder(config.dataDir);
  const host = config.apiHost;
  const remote = new RemoteSupervisor(config);
  const local = '127.0.0.1';
  return {
    dataDir: config.dataDir,
    diskBytesMin: DISK_BYTES_MIN,
    clickhouse: clickhouseOptionsOf(config, folder).options,
    nats: natsOptionsOf(config, folder),
    natsRelease: natsReleaseFor(process.platform, process.arch),
    ports: [
      { host, port: config.apiPort, purpose: 'the API', remedy: 'set MILLRACE_API_PORT' },
      {
        host: local,
        port: config.clickhousePort,
        purpose: 'ClickHouse',
        remedy: 'set MILLRACE_CLICKHOUSE_PORT',
      },
      { host: local, port: config.natsPort, purpose: 'NATS', remedy: 'set MILLRACE_NATS_PORT' },
      { host: local, port: config.sinkPort, purpose: 'the sink', remedy: 'set MILLRACE_SINK_PORT' },
    ],
    supervisorRuns: (signal) => remote.answers(signal),
    reachable: [
      {
        id: 'archive',
        ask: (signal) => askArchive(config.archiveCarBase, signal),
        remedy: 'set JETSTREAMER_ARCHIVE_BASE to a folder or a mirror that can be reached',
      },
      {
        id: 'rpc',
        ask: (signal) => askRpc(config, signal),
        remedy: 'set IQ_RPC_URL to an endpoint that can be reached',
      },
    ],
  };
}

async function askArchive(base: string, signal: AbortSignal): Promise<string> {
  if (!/^https?:/i.test(base)) {
    if (!existsSync(base)) throw new Error(`no folder at ${base}`);
    return `the folder ${base}`;
  }
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(REACH_TIMEOUT_MS)]);
  const { href, authorization } = splitCredentials(base);
  const headers = authorization === null ? {} : { authorization };
  const { host } = new URL(href);
  const asked = fetch(href, { method: 'HEAD', headers, signal: deadline });
  const reply = await asked.catch((error: Error) => {
    // fetch says only that it failed; why stands in the cause.
    throw new Error(`${host}: ${errorText(error.cause ?? error)}`, { cause: error });
  });
  return `${host} answers with status ${reply.status}`;
}

async function askRpc(config: Config, signal: AbortSignal): Promise<string> {
  const health = await checkRpc(
    {
      url: config.rpcUrl,
      requestsPerSecond: config.rpcRequestsPerSecond,
      concurrency: 1,
      timeoutMs: REACH_TIMEOUT_MS,
      triesMax: 1,
    },
    signal,
  );
  return `${new URL(config.rpcUrl).host} is at slot ${health.slot}`;
}

function resultsTable(results: readonly DoctorResult[]): string {
  const table = new Table({
    head: ['check', '', 'found', 'remedy'],
    style: { head: [], border: [] },
  });
  for (const { id, ok, detail, remedy, fixed } of results) {
    table.push([id, ok ? (fixed ? 'mended' : 'ok') : 'WRONG', detail, remedy ?? '']);
  }
  return table.toString();
}
