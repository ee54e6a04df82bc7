import { existsSync } from 'node:fs';
import { notFound } from './archive-errors.ts';
import { type ArchiveBase, filePaths, fileUrl, printableUrl } from './archive-layout.ts';
import { type ByteSource, readBytes } from './byte-source.ts';
import type { HttpClient } from './http-client.ts';
import { download } from './http-download.ts';
import { openHttpFile } from './http-file.ts';
import type { IndexCache } from './index-cache.ts';
import { openLocalFile } from './local-file.ts';
import { oversized } from './range-response.ts';
import type { ReadAheadLimits } from './read-ahead.ts';

/** The files of one epoch below one base. */
export interface EpochFiles {
  /** @throws {OperatingError} ARCHIVE_NOT_FOUND, ARCHIVE_UNREACHABLE. */
  open(name: string, signal: AbortSignal): Promise<ByteSource>;
  /** A small file as a whole, from the cache where the server says that it still stands. */
  load(name: string, bytesMax: number, signal: AbortSignal): Promise<LoadedFile>;
}

export interface LoadedFile {
  /** Path or URL, for messages. */
  readonly name: string;
  readonly bytes: Buffer;
}

export interface RemoteAccess {
  readonly client: HttpClient;
  readonly cache: IndexCache | null;
  readonly readAhead: ReadAheadLimits;
  /** Hears of a download that could not be kept. */
  readonly onCacheFailure: (sentence: string) => void;
}

export function filesOfEpoch(base: ArchiveBase, epoch: number, remote: RemoteAccess): EpochFiles {
  return base.kind === 'folder'
    ? localFiles(base.path, epoch)
    : remoteFiles(base.url, epoch, remote);
}

function localFiles(folder: string, epoch: number): EpochFiles {
  const open = (name: string): ByteSource => {
    const paths = filePaths(folder, epoch, name);
    const path = paths.find((candidate) => existsSync(candidate));
    if (path !== undefined) return openLocalFile(path);
    throw notFound(`opening ${name}: expected it at ${paths.join(' or ')}, no such file`, {
      folder,
      epoch,
      name,
    });
  };
  return {
    open: async (name) => open(name),
    load: async (name, bytesMax, signal) => {
      const source = open(name);
      try {
        if (source.size > bytesMax) throw oversized(source.name, bytesMax);
        const bytes = await readBytes(source, { offset: 0, length: source.size }, signal);
        return { name: source.name, bytes };
      } finally {
        source.close();
      }
    },
  };
}

function remoteFiles(base: URL, epoch: number, remote: RemoteAccess): EpochFiles {
  const { client, cache, readAhead, onCacheFailure } = remote;
  return {
    open: (name, signal) => openHttpFile(client, fileUrl(base, epoch, name), readAhead, signal),
    load: async (name, bytesMax, signal) => {
      const url = fileUrl(base, epoch, name);
      const known = cache?.read(url) ?? null;
      const fetched = await download(client, url, { bytesMax, known }, signal);
      if (fetched === null && known !== null)
        return { name: printableUrl(url), bytes: known.bytes };
      if (fetched === null) throw notFound(`reading ${printableUrl(url)}: nothing came`, { epoch });
      const failure = cache?.write(url, fetched) ?? null;
      if (failure !== null) onCacheFailure(failure);
      return { name: printableUrl(url), bytes: fetched.bytes };
    },
  };
}
