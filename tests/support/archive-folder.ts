import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { ArchiveLocation } from '../../src/model/worker-task.ts';
import type { ArchiveOptions } from '../../src/sources/archive/archive.ts';

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

/** Small parts and short waits, so that a small file goes through everything a large one does. */
export const archiveOptions: ArchiveOptions = {
  connectionsMax: 4,
  timeoutMs: 5000,
  triesMax: 3,
  random: () => 0,
  userAgent: 'millrace/0.0.0-test',
  backoff: { firstMs: 1, maxMs: 4 },
  readAhead: { partBytes: 64 * 1024, partsMax: 3 },
};

/** Both bases in one place, nothing cached. */
export function archiveAt(base: string): ArchiveLocation {
  return {
    carBase: base,
    indexBase: base,
    network: 'mainnet',
    cacheDir: null,
    forceLegacyIndex: false,
  };
}
