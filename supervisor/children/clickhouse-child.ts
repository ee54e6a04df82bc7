import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkerSpec } from '../child-spec.ts';
import type { DataFolder } from '../data-folder.ts';
import type { PortClaim } from '../port-claim.ts';
import type { LocalClickhouse } from './clickhouse-choice.ts';
import { explainClickhouseFailure } from './clickhouse-failure.ts';
import { clickhouseServerXml, clickhouseUsersXml } from './clickhouse-settings.ts';
import { probeHttp } from './http-probe.ts';
import { type ServiceTuning, serviceChild } from './service-child.ts';
import { typescriptLoader } from './typescript-loader.ts';

export interface ClickhouseChildOptions {
  readonly folder: DataFolder;
  readonly memoryBytesMax: number;
  readonly tuning: ServiceTuning;
}

const HOST_URL = new URL('../../workers/clickhouse-host.ts', import.meta.url);

/** A quarter of the machine, from 512 MiB to 4 GiB: archive windows and workers need the rest. */
export function clickhouseMemoryBytes(machineBytes: number): number {
  return Math.min(4 * 2 ** 30, Math.max(512 * 2 ** 20, Math.floor(machineBytes / 4)));
}

/** A ClickHouse server on this machine: ready and alive while `GET /ping` answers `Ok.`. */
export function clickhouseChild(
  choice: LocalClickhouse,
  options: ClickhouseChildOptions,
): WorkerSpec {
  const { folder, tuning } = options;
  const configPath = join(folder.run, 'clickhouse-config.xml');
  const claim: PortClaim = {
    host: '127.0.0.1',
    port: choice.port,
    purpose: 'ClickHouse',
    remedy:
      'set MILLRACE_CLICKHOUSE_PORT to another port, or JETSTREAMER_CLICKHOUSE_MODE=remote to use the server that runs there',
  };
  return serviceChild({
    id: 'clickhouse',
    folder,
    tuning,
    ...commandFor(choice, folder, configPath),
    ports: [claim],
    prepare: () => writeSettings(choice, options, configPath),
    check: (signal) =>
      probeHttp({ url: `${choice.dsn}/ping`, accept: (body) => body === 'Ok.\n' }, signal),
    explain: (lines) => explainClickhouseFailure(lines, { claim, dataDir: folder.clickhouse }),
  });
}

interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

function commandFor(choice: LocalClickhouse, folder: DataFolder, configPath: string): Command {
  if (choice.type === 'binary') {
    return {
      command: choice.path,
      args: ['server', `--config-file=${configPath}`],
      // Its own watchdog would stand between the supervisor and the server.
      env: { CLICKHOUSE_WATCHDOG_ENABLE: '0' },
    };
  }
  const args = ['--library', choice.library, '--path', folder.clickhouse];
  return {
    command: process.execPath,
    args: [
      ...typescriptLoader(),
      fileURLToPath(HOST_URL),
      ...args,
      '--port',
      String(choice.port),
      '--config',
      configPath,
    ],
    env: {},
  };
}

function writeSettings(
  choice: LocalClickhouse,
  options: ClickhouseChildOptions,
  configPath: string,
): void {
  const { folder, memoryBytesMax } = options;
  const usersPath = join(folder.run, 'clickhouse-users.xml');
  for (const part of ['tmp', 'user_files', 'format_schemas']) {
    mkdirSync(join(folder.clickhouse, part), { recursive: true });
  }
  const xml = clickhouseServerXml({
    kind: choice.type,
    dataDir: folder.clickhouse,
    port: choice.port,
    memoryBytesMax,
    usersPath,
  });
  writeFileSync(configPath, xml);
  writeFileSync(usersPath, clickhouseUsersXml());
}
