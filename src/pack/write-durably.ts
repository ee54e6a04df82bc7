import { closeSync, fsyncSync, ftruncateSync, openSync } from 'node:fs';
import { writeWhole } from './write-whole.ts';

/** Tables with a place for every slot are mostly zeros where few slots are packed; file systems keep holes for these. */
const PAGE_BYTES = 4096;
const ZEROS = Buffer.alloc(PAGE_BYTES);

/** Writes a new file and waits until it is on the disk. Pages of zeros become holes of the file. */
export function writeDurably(path: string, content: string | Uint8Array): void {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const file = openSync(path, 'wx');
  try {
    ftruncateSync(file, bytes.length);
    for (let at = 0; at < bytes.length; at += PAGE_BYTES) {
      const page = bytes.subarray(at, at + PAGE_BYTES);
      if (ZEROS.compare(page, 0, page.length, 0, page.length) !== 0) writeWhole(file, page, at);
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
