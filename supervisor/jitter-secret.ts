import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorText, OperatingError } from '../src/core/errors.ts';

const SECRET_BYTES = 32;
/** A shorter one could be guessed. */
const GIVEN_BYTES_MIN = 16;

/**
 * The key by which places without consent are moved inside their coarse cell: the given one, else one that is made
 * once and kept in the folder, readable by this user alone, so that places stay where they are.
 * @throws {OperatingError} CONFIG, DATA_FOLDER.
 */
export function jitterSecretOf(given: string | null, folder: string): string {
  if (given !== null) return longEnough(given);
  const path = join(folder, 'jitter-secret');
  try {
    writeFileSync(path, randomBytes(SECRET_BYTES).toString('hex'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    if (!exists) throw unusable(path, error);
  }
  const secret = readFileSync(path, 'utf8').trim();
  if (secret.length < SECRET_BYTES) throw unusable(path, new Error('it is too short'));
  return secret;
}

function longEnough(given: string): string {
  if (Buffer.byteLength(given) >= GIVEN_BYTES_MIN) return given;
  throw new OperatingError(
    'CONFIG',
    `MILLRACE_JITTER_SECRET: expected at least ${GIVEN_BYTES_MIN} bytes, received ${Buffer.byteLength(given)}`,
    { retryable: false },
  );
}

function unusable(path: string, cause: unknown): OperatingError {
  return new OperatingError(
    'DATA_FOLDER',
    `the key of jittered places in ${path}: expected 64 hex digits, received ${errorText(cause)}; remove the file or set MILLRACE_JITTER_SECRET`,
    { retryable: false, fields: { path }, cause },
  );
}
