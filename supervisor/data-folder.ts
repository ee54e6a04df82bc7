import { accessSync, constants, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { errorText, OperatingError } from '../src/core/errors.ts';

/** Where run-time state lives; every path is absolute. */
export interface DataFolder {
  readonly root: string;
  /** Provisioned programs. */
  readonly bin: string;
  readonly clickhouse: string;
  readonly nats: string;
  readonly logs: string;
  /** Process records and generated settings of children. */
  readonly run: string;
}

/**
 * Makes the folders that are missing.
 * @throws {OperatingError} DATA_FOLDER or DISK_FULL, naming the path and what to do.
 */
export function openDataFolder(path: string): DataFolder {
  const root = resolve(path);
  const folder: DataFolder = {
    root,
    bin: join(root, 'bin'),
    clickhouse: join(root, 'clickhouse'),
    nats: join(root, 'nats'),
    logs: join(root, 'logs'),
    run: join(root, 'run'),
  };
  for (const part of Object.values(folder)) {
    try {
      mkdirSync(part, { recursive: true });
      accessSync(part, constants.W_OK | constants.X_OK);
    } catch (error) {
      throw dataFolderError(part, error);
    }
  }
  return folder;
}

/** The error for something below the data folder that could not be written. */
export function dataFolderError(path: string, cause: unknown): OperatingError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  const remedy = full
    ? 'make room on that disk'
    : 'give this user the right to write there, or name another folder in MILLRACE_DATA_DIR';
  return new OperatingError(
    full ? 'DISK_FULL' : 'DATA_FOLDER',
    `writing ${path} in the data folder: received ${errorText(cause)}; ${remedy}`,
    { retryable: false, fields: { path }, cause },
  );
}
