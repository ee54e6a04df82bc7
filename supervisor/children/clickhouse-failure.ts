import { OperatingError } from '../../src/core/errors.ts';
import { type PortClaim, portTaken } from '../port-claim.ts';

/** Of a line that is repeated in a message. */
const SHOWN_CHARACTERS_MAX = 200;

export interface ClickhouseFailureContext {
  readonly claim: PortClaim;
  readonly dataDir: string;
}

/** Said of definitions that cannot be read, which stand below `metadata` and `store`, and of broken parts. */
const DAMAGED =
  /Code: 231\b|in file (?:metadata|store)\/|while loading database|from metadata file/;

/**
 * ClickHouse's error numbers (its source, `src/Common/ErrorCodes.cpp`): 76 CANNOT_OPEN_FILE, said of a
 * folder that another server holds; 210 NETWORK_ERROR, said of a port; 231 TOO_MANY_UNEXPECTED_DATA_PARTS;
 * 243 NOT_ENOUGH_SPACE.
 */
export function explainClickhouseFailure(
  lines: readonly string[],
  context: ClickhouseFailureContext,
): OperatingError | null {
  const { claim, dataDir } = context;
  for (const line of lines.toReversed()) {
    if (/Code: 210\b.*Address already in use/.test(line)) return portTaken(claim, new Error(line));
    if (/Code: 76\b.*Cannot lock file/.test(line)) return folderLocked(dataDir, line);
    if (/Code: 243\b|No space left on device/.test(line)) return diskFull(dataDir, line);
    if (DAMAGED.test(line)) return damaged(dataDir, line);
    if (/Permission denied|Read-only file system/.test(line)) return notWritable(dataDir, line);
  }
  return null;
}

function folderLocked(path: string, line: string): OperatingError {
  return new OperatingError(
    'DATA_FOLDER',
    `starting ClickHouse on ${path}: another server already works on this folder; stop it, or name another folder in MILLRACE_DATA_DIR`,
    { retryable: false, fields: { path }, cause: new Error(line) },
  );
}

/** Nothing is lost that cannot be had again: what ClickHouse holds is a copy of the store's bookkeeping. */
function damaged(path: string, line: string): OperatingError {
  return new OperatingError(
    'DATA_FOLDER',
    `starting ClickHouse on ${path}: what stands there cannot be read (${line.slice(0, SHOWN_CHARACTERS_MAX)}); move that folder away to begin with empty tables, sessions and files are not in it`,
    { retryable: false, fields: { path }, cause: new Error(line) },
  );
}

function diskFull(path: string, line: string): OperatingError {
  return new OperatingError(
    'DISK_FULL',
    `running ClickHouse on ${path}: the disk is full; make room on it`,
    { retryable: false, fields: { path }, cause: new Error(line) },
  );
}

function notWritable(path: string, line: string): OperatingError {
  return new OperatingError(
    'DATA_FOLDER',
    `starting ClickHouse on ${path}: it may not write there; give this user the right to, or name another folder in MILLRACE_DATA_DIR`,
    { retryable: false, fields: { path }, cause: new Error(line) },
  );
}
