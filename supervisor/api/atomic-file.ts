import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorText, OperatingError } from '../../src/core/errors.ts';

/** Hidden, and nobody else's. */
const DRAFT_PREFIX = '.millrace-draft-';

/**
 * Writes a file so that under its name there is nothing or all of it, even after a power cut:
 * a hidden file beside it is written, flushed and renamed, then the folder is flushed.
 * @throws {OperatingError} DISK_FULL or DATA_FOLDER.
 */
export async function writeFileAtomically(
  path: string,
  content: Uint8Array | string,
  beforeRename: () => void,
): Promise<void> {
  const folder = dirname(path);
  const draft = join(folder, `${DRAFT_PREFIX}${randomUUID()}`);
  try {
    await mkdir(folder, { recursive: true });
    const file = await open(draft, 'wx');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    beforeRename();
    await rename(draft, path);
    await syncFolder(folder);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {});
    throw mapFileError(error, path);
  }
}

/** Removes what a writer that was killed left in the folder; for use before anything is written. */
export async function sweepDrafts(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    if (name.startsWith(DRAFT_PREFIX)) await rm(join(folder, name), { force: true });
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function mapFileError(error: unknown, path: string): OperatingError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  const remedy = full ? 'free space on that disk' : 'make that folder writable';
  const message = `writing ${path}: ${errorText(error)}; ${remedy}`;
  const fields = { path, system: code };
  const options = { retryable: true, fields, cause: error };
  return new OperatingError(full ? 'DISK_FULL' : 'DATA_FOLDER', message, options);
}
