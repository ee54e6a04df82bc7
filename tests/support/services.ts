import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { RunningChild, WorkerSpec } from '../../supervisor/child-spec.ts';
import { clickhouseChild } from '../../supervisor/children/clickhouse-child.ts';
import {
  type ClickhouseChoice,
  chooseClickhouse,
} from '../../supervisor/children/clickhouse-choice.ts';
import { findEmbeddedEngine } from '../../supervisor/children/embedded-engine.ts';
import { defaultServiceTuning } from '../../supervisor/children/service-child.ts';
import { type DataFolder, openDataFolder } from '../../supervisor/data-folder.ts';
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

/** Starts the service; it ends with the test. */
export async function startService(t: TestContext, service: TestService): Promise<RunningChild> {
  const child = await service.spec.start(never);
  t.after(() => child.stop(AbortSignal.abort()));
  return child;
}
