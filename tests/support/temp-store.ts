import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { openStore, type Store } from '../../src/store/store.ts';

export const STORE_BYTES_MAX = 2 ** 30;

/** A folder of its own that is gone after the test. */
export function tempFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A real store in a folder of its own, closed and removed after the test. */
export function tempStore(t: TestContext): Store {
  const store = openStore({ folder: tempFolder(t), bytesMax: STORE_BYTES_MAX });
  t.after(() => store.close());
  return store;
}
