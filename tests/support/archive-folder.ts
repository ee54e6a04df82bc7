import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ArchiveOptions } from '../../src/sources/archive/archive.ts';

export interface TemporaryFolder {
  readonly path: string;
  [Symbol.dispose](): void;
}

export function temporaryFolder(): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), 'millrace-archive-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Lays the files of one epoch out as `<base>/<epoch>/…`, leaving out those that `keep` refuses. */
export function layOutEpoch(
  base: string,
  epoch: number,
  from: string,
  keep: (name: string) => boolean = () => true,
): void {
  const folder = join(base, String(epoch));
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(from).filter(keep)) {
    symlinkSync(join(from, name), join(folder, name));
  }
}

export const archiveOptions: ArchiveOptions = {
  connectionsMax: 4,
  timeoutMs: 2000,
  triesMax: 3,
  random: () => 0,
  userAgent: 'millrace/0.0.0-test',
  backoff: { firstMs: 1, maxMs: 4 },
  readAhead: { partBytes: 64 * 1024, partsMax: 3 },
};

export function localLocation(base: string) {
  return {
    carBase: base,
    indexBase: base,
    network: 'mainnet',
    cacheDir: null,
    forceLegacyIndex: false,
  };
}
