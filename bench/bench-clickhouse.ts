import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clickhouseChild } from '../supervisor/children/clickhouse-child.ts';
import { chooseClickhouse } from '../supervisor/children/clickhouse-choice.ts';
import { findEmbeddedEngine } from '../supervisor/children/embedded-engine.ts';
import { defaultServiceTuning } from '../supervisor/children/service-child.ts';
import { openDataFolder } from '../supervisor/data-folder.ts';
import { freePort } from '../tests/support/free-port.ts';

export interface BenchClickhouse extends AsyncDisposable {
  readonly dsn: string;
}

/** A ClickHouse of its own with an empty folder, or undefined where the engine is not installed. */
export async function startBenchClickhouse(): Promise<BenchClickhouse | undefined> {
  if (findEmbeddedEngine() === null) return undefined;
  const root = mkdtempSync(join(tmpdir(), 'millrace-bench-clickhouse-'));
  const folder = openDataFolder(join(root, 'data'));
  const { signal } = new AbortController();
  const choice = await chooseClickhouse(
    { mode: 'embedded', dsn: null, port: await freePort(), binPath: null, binDir: folder.bin },
    () => undefined,
    signal,
  );
  if (choice.type !== 'embedded') throw new Error(`chose ${choice.type}`);
  const tuning = defaultServiceTuning;
  const child = await clickhouseChild(choice, {
    ...{ folder, tuning, memoryBytesMax: 1_000_000_000 },
  }).start(signal);
  return {
    dsn: choice.dsn,
    [Symbol.asyncDispose]: async () => {
      await child.stop(AbortSignal.abort());
      rmSync(root, { recursive: true, force: true });
    },
  };
}
