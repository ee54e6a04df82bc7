import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { RunningChild, WorkerSpec } from '../../supervisor/child-spec.ts';
import { clickhouseChild } from '../../supervisor/children/clickhouse-child.ts';
import {
  type ClickhouseChoice,
  chooseClickhouse,
} from '../../supervisor/children/clickhouse-choice.ts';
import { findEmbeddedEngine } from '../../supervisor/children/embedded-engine.ts';
import { findProgram } from '../../supervisor/children/find-program.ts';
import { natsChild } from '../../supervisor/children/nats-child.ts';
import { defaultServiceTuning } from '../../supervisor/children/service-child.ts';
import { type DataFolder, openDataFolder } from '../../supervisor/data-folder.ts';
import { natsReleaseFor } from '../../supervisor/provision/nats-release.ts';
import { provisionNatsServer } from '../../supervisor/provision/nats-server.ts';
import { freePort } from './free-port.ts';
import { tempFolder } from './temp-folder.ts';

const never = new AbortController().signal;

/** Reason to skip a test that needs a real ClickHouse, or false. */
export const clickhouseMissing: string | false =
  findEmbeddedEngine() === null ? 'the embedded ClickHouse engine is not installed' : false;

export interface TestService {
  readonly spec: WorkerSpec;
  readonly folder: DataFolder;
  readonly port: number;
  readonly url: string;
}

/** A spec for a real embedded ClickHouse on a free port; nothing is started yet. */
export async function embeddedClickhouse(
  t: TestContext,
  given: { readonly root?: string; readonly port?: number } = {},
): Promise<TestService> {
  const folder = openDataFolder(given.root ?? join(tempFolder(t), 'data'));
  const port = given.port ?? (await freePort());
  const choice: ClickhouseChoice = await chooseClickhouse(
    { mode: 'embedded', dsn: null, port, binPath: null, binDir: folder.bin },
    () => undefined,
    never,
  );
  if (choice.type !== 'embedded') throw new Error(`chose ${choice.type}`);
  const spec = clickhouseChild(choice, {
    folder,
    memoryBytesMax: 1_000_000_000,
    tuning: defaultServiceTuning,
  });
  return { spec, folder, port, url: choice.dsn };
}

const repositoryBin = fileURLToPath(new URL('../../data/bin', import.meta.url));

/**
 * A nats-server for tests: the one of this machine or of the git-ignored data folder, fetched there once as
 * `doctor --fix` would. Null where none can be had, as on a machine without network.
 */
export async function natsServerForTests(): Promise<string | null> {
  const query = { name: 'nats-server', configured: null, binDir: repositoryBin };
  const found = await findProgram(query, never);
  if (found !== null) return found.path;
  const release = natsReleaseFor(process.platform, process.arch);
  const options = { binDir: repositoryBin, release, apt: true, say: () => undefined };
  return provisionNatsServer(options, never).catch(() => null);
}

/** A spec for a real nats-server on free ports; nothing is started yet. */
export async function localNats(
  t: TestContext,
  path: string,
): Promise<TestService & { readonly monitorPort: number }> {
  const folder = openDataFolder(join(tempFolder(t), 'data'));
  const port = await freePort();
  const monitorPort = await freePort();
  const url = `nats://127.0.0.1:${port}`;
  const spec = natsChild(
    { type: 'binary', url, path, port, monitorPort },
    { folder, storeBytesMax: 2 ** 28, tuning: defaultServiceTuning },
  );
  return { spec, folder, port, url, monitorPort };
}

/** Starts the service; it ends with the test. */
export async function startService(t: TestContext, service: TestService): Promise<RunningChild> {
  const child = await service.spec.start(never);
  t.after(() => child.stop(AbortSignal.abort()));
  return child;
}
