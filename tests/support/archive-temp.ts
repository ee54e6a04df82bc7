import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TempFolder {
  readonly path: string;
  remove(): void;
}

/** A folder for all tests of a file; for one test alone there is `tempFolder`. */
export function makeTempFolder(): TempFolder {
  const path = mkdtempSync(join(tmpdir(), 'millrace-archive-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}
