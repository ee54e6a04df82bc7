import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { errorText, OperatingError } from '../../src/core/errors.ts';
import { safeFileName } from '../../src/protocols/iq/safe-file-name.ts';
import type { BuiltFile } from './build-file.ts';
import type { DecidedUpload } from './decided-upload.ts';

/** Characters of the session that tell files of the same name apart. */
const SESSION_PREFIX_LENGTH = 8;

/**
 * Writes a rebuilt file into a folder under a safe name, whole or not at all, and returns its path.
 * Writing it again gives the same bytes under the same name.
 * @throws {OperatingError} SINK_REFUSED when the folder cannot be written, DISK_FULL without space.
 */
export function writeOutFile(folder: string, upload: DecidedUpload, file: BuiltFile): string {
  const prefix = upload.session.slice(0, SESSION_PREFIX_LENGTH);
  const name = `${prefix}-${safeFileName(upload.filename, upload.session, file.bytes)}`;
  const path = join(folder, name);
  const partial = join(folder, `.${name}.${process.pid}.partial`);
  try {
    mkdirSync(folder, { recursive: true });
    const handle = openSync(partial, 'w');
    try {
      for (let at = 0; at < file.bytes.length; ) at += writeSync(handle, file.bytes, at);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(partial, path);
    return path;
  } catch (error) {
    rmSync(partial, { force: true });
    throw writeError(error, path);
  }
}

function writeError(error: unknown, path: string): OperatingError {
  const full = (error as NodeJS.ErrnoException).code === 'ENOSPC';
  return new OperatingError(
    full ? 'DISK_FULL' : 'SINK_REFUSED',
    `writing ${path}: ${errorText(error)}`,
    { retryable: full, fields: { path }, cause: error },
  );
}
