import { OperatingError } from '../../src/core/errors.ts';
import { type PortClaim, portTaken } from '../port-claim.ts';

export interface ClickhouseFailureContext {
  readonly claim: PortClaim;
  readonly dataDir: string;
}

/**
 * ClickHouse's error numbers (its source, `src/Common/ErrorCodes.cpp`): 76 CANNOT_OPEN_FILE, said of a
 * folder that another server holds; 210 NETWORK_ERROR, said of a port; 243 NOT_ENOUGH_SPACE.
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
