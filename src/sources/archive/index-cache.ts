import { createHash, hash, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorText } from '../../core/errors.ts';
import { printableUrl } from './archive-layout.ts';
import type { Download } from './http-download.ts';

/** What stands beside a cached file; the hash is what tells a torn file from a whole one. */
interface CacheRecord {
  readonly url: string;
  readonly size: number;
  readonly sha256: string;
  readonly etag: string | null;
  readonly lastModified: string | null;
}

/**
 * Downloaded indexes in a folder, shared by workers without locks: files appear whole under their
 * names by rename, and a file that does not fit the record beside it counts as absent.
 */
export class IndexCache {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The cached file, or null when there is none that is whole. */
  read(url: URL): Download | null {
    try {
      const bytes = readFileSync(this.#path(url, 'bin'));
      const record: unknown = JSON.parse(readFileSync(this.#path(url, 'json'), 'utf8'));
      if (!isCacheRecord(record) || record.size !== bytes.length) return null;
      if (record.sha256 !== hash('sha256', bytes)) return null;
      return { bytes, etag: record.etag, lastModified: record.lastModified };
    } catch {
      // Absent, unreadable and malformed all mean the same here: fetch it again.
      return null;
    }
  }

  /** Keeps a download. @returns why it could not be kept, or null: a cache may be missing. */
  write(url: URL, file: Download): string | null {
    const { bytes, etag, lastModified } = file;
    const record: CacheRecord = {
      url: printableUrl(url),
      size: bytes.length,
      sha256: hash('sha256', bytes),
      etag,
      lastModified,
    };
    try {
      mkdirSync(this.#folder, { recursive: true });
      this.#replace(this.#path(url, 'bin'), bytes);
      this.#replace(this.#path(url, 'json'), JSON.stringify(record));
      return null;
    } catch (error) {
      return `keeping ${record.url} in ${this.#folder}: ${errorText(error)}`;
    }
  }

  #replace(path: string, content: Buffer | string): void {
    const temporary = `${path}.${randomUUID()}.tmp`;
    try {
      writeFileSync(temporary, content);
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  }

  /** A name made of a hash: nothing of a URL reaches a path. */
  #path(url: URL, suffix: 'bin' | 'json'): string {
    const key = createHash('sha256').update(url.href).digest('hex').slice(0, 32);
    return join(this.#folder, `${key}.${suffix}`);
  }
}

function isCacheRecord(value: unknown): value is CacheRecord {
  if (typeof value !== 'object' || value === null) return false;
  const record: Partial<Record<string, unknown>> = { ...value };
  const isTextOrNull = (field: unknown) => field === null || typeof field === 'string';
  return (
    typeof record['size'] === 'number' &&
    typeof record['sha256'] === 'string' &&
    isTextOrNull(record['etag']) &&
    isTextOrNull(record['lastModified'])
  );
}
