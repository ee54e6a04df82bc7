import { writeSync } from 'node:fs';

/**
 * Writes all of `bytes` at `position`: one call of the system may take fewer.
 * @throws the file system's error, such as ENOSPC.
 */
export function writeWhole(file: number, bytes: Uint8Array, position: number): void {
  for (let from = 0; from < bytes.length; ) {
    from += writeSync(file, bytes, from, bytes.length - from, position + from);
  }
}
