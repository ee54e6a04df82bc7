import type { BackoffOptions } from '../../core/backoff.ts';
import type { ArchiveLocation } from '../../model/worker-task.ts';
import { parseArchiveBase } from './archive-layout.ts';
import { type EpochArchive, openEpochArchive } from './epoch-archive.ts';
import { filesOfEpoch } from './epoch-files.ts';
import { HttpClient } from './http-client.ts';
import { openHttpTransport } from './http-transport.ts';
import { IndexCache } from './index-cache.ts';
import type { ReadAheadLimits } from './read-ahead.ts';

/**
 * This folder owns reading an Old Faithful archive, local or remote: where its files are, which
 * bytes of the CAR hold which slots, and handing out these bytes in windows. It does not own what
 * the bytes mean: nodes, transactions and the verification of every section belong to src/decode.
 */

export interface ArchiveOptions {
  /** Requests under way at once, for all epochs of the archive together. */
  readonly connectionsMax: number;
  /** How long a server may be silent. */
  readonly timeoutMs: number;
  /** How often a request is tried in all. */
  readonly triesMax: number;
  /** In [0, 1): spreads retries. */
  readonly random: () => number;
  /** For example millrace/1.2.3. */
  readonly userAgent: string;
  readonly backoff?: BackoffOptions;
  readonly readAhead?: ReadAheadLimits;
}

export interface Archive {
  /**
   * Opens the CAR of an epoch and chooses how its slots are found.
   * @throws {OperatingError} ARCHIVE_NOT_FOUND, ARCHIVE_UNREACHABLE, ARCHIVE_CORRUPT, CANCELLED.
   */
  epoch(epoch: number, signal: AbortSignal): Promise<EpochArchive>;
  /** Closes idle connections. Epochs are closed by who opened them. */
  close(): void;
}

const BACKOFF: BackoffOptions = { firstMs: 250, maxMs: 30_000 };
/** Long enough that the round trip of a request is a small part of it. */
const PART_BYTES = 4 * 1024 * 1024;
/** Bounds what read-ahead holds to 32 MB a run. */
const PARTS_MAX = 8;

/** @throws {OperatingError} CONFIG when a base is neither a folder nor an http(s) URL. */
export function openArchive(location: ArchiveLocation, options: ArchiveOptions): Archive {
  const cars = parseArchiveBase(location.carBase);
  const indexes = parseArchiveBase(location.indexBase);
  const { backoff = BACKOFF, connectionsMax, timeoutMs } = options;
  const transport = openHttpTransport({ connectionsMax, timeoutMs });
  const client = new HttpClient({ ...options, backoff, transport });
  const partsMax = Math.max(2, Math.min(connectionsMax, PARTS_MAX));
  const readAhead = options.readAhead ?? { partBytes: PART_BYTES, partsMax };
  const cache = location.cacheDir === null ? null : new IndexCache(location.cacheDir);
  return {
    epoch: (epoch, signal) => {
      const notes: string[] = [];
      const onCacheFailure = (sentence: string) => notes.push(sentence);
      const remote = { client, cache, readAhead, onCacheFailure };
      const { forceLegacyIndex, network } = location;
      const carFiles = filesOfEpoch(cars, epoch, remote);
      const indexFiles = filesOfEpoch(indexes, epoch, remote);
      return openEpochArchive(
        { epoch, cars: carFiles, indexes: indexFiles, network, forceLegacyIndex, notes },
        signal,
      );
    },
    close: () => client.close(),
  };
}
