import assert from 'node:assert/strict';
import { changed, unreachable } from './archive-errors.ts';
import { printableUrl } from './archive-layout.ts';
import type { ByteSource } from './byte-source.ts';
import type { HttpClient } from './http-client.ts';
import type { ResponseHead } from './http-transport.ts';
import {
  cutShort,
  type FileVersion,
  isHtml,
  overlong,
  requireRange,
  versionOf,
} from './range-response.ts';
import { ReadAhead, type ReadAheadLimits } from './read-ahead.ts';
import { RunReader } from './run-reader.ts';

/**
 * Opens a remote file: one small request tells its size and version.
 * @throws {OperatingError} ARCHIVE_NOT_FOUND, ARCHIVE_UNREACHABLE, or ARCHIVE_CORRUPT when it is empty.
 */
export async function openHttpFile(
  client: HttpClient,
  url: URL,
  limits: ReadAheadLimits,
  signal: AbortSignal,
): Promise<ByteSource> {
  const version = await readVersion(client, url, signal);
  const fetcher = new RangeFetcher(client, url, version);
  const name = printableUrl(url);
  return {
    name,
    size: version.size,
    local: false,
    read: (target, offset, ends) => fetcher.fill(target, offset, () => undefined, ends),
    openRun: (run, window, ends) => {
      const fetchPart = fetcher.fill.bind(fetcher);
      return new RunReader(new ReadAhead(fetchPart, run, limits, ends), run, window);
    },
    close: () => undefined,
  };
}

async function readVersion(
  client: HttpClient,
  url: URL,
  signal: AbortSignal,
): Promise<FileVersion> {
  const name = printableUrl(url);
  let version: FileVersion | undefined;
  let received = 0;
  const onHead = (head: ResponseHead) => {
    const size = requireRange(head, { name, first: 0, last: 0 });
    if (size === undefined) {
      const message = `opening ${name}: the server does not tell the size of the file`;
      throw unreachable(message, { url: name }, { retryable: false });
    }
    version = versionOf(head, size);
    received = 0;
    return (piece: Buffer) => {
      received += piece.length;
      if (received > 1) throw overlong(name, 1);
    };
  };
  const headers = () => ({ range: 'bytes=0-0' });
  await client.get({ url, headers, onHead, progress: () => 0, onEnd: () => undefined }, signal);
  assert(version !== undefined);
  return version;
}

/** Reads ranges of one version of one remote file. */
class RangeFetcher {
  readonly #name: string;
  readonly #client: HttpClient;
  readonly #url: URL;
  readonly #version: FileVersion;

  constructor(client: HttpClient, url: URL, version: FileVersion) {
    this.#name = printableUrl(url);
    this.#client = client;
    this.#url = url;
    this.#version = version;
  }

  /**
   * Fills `target` with the bytes from `offset` on. A try after a broken connection asks only for
   * what is missing. `onBytes` hears how many bytes at the front of the target are there.
   */
  async fill(
    target: Buffer,
    offset: number,
    onBytes: (filled: number) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const name = this.#name;
    assert(offset + target.length <= this.#version.size, `${name}: read behind the end`);
    if (target.length === 0) return;
    const last = offset + target.length - 1;
    let filled = 0;
    const receive = (piece: Buffer) => {
      if (filled + piece.length > target.length) throw overlong(name, target.length);
      piece.copy(target, filled);
      filled += piece.length;
      onBytes(filled);
    };
    await this.#client.get(
      {
        url: this.#url,
        headers: () => this.#headers(offset + filled, last),
        onHead: (head) => {
          this.#requireVersion(head, offset + filled, last);
          return receive;
        },
        onEnd: () => {
          if (filled < target.length) throw cutShort(name, target.length, filled);
        },
        progress: () => filled,
      },
      signal,
    );
  }

  #headers(first: number, last: number): Record<string, string> {
    const { etag, lastModified } = this.#version;
    // A weak ETag never matches in If-Range (RFC 9110, 13.1.5): the whole file would be sent.
    const version = etag !== null && !etag.startsWith('W/') ? etag : lastModified;
    const range = { range: `bytes=${first}-${last}` };
    return version === null ? range : { ...range, 'if-range': version };
  }

  #requireVersion(head: ResponseHead, first: number, last: number): void {
    const name = this.#name;
    const fields = { url: name, offset: first };
    const { etag, lastModified, size } = this.#version;
    const now = versionOf(head, size);
    const replaced = differ(etag, now.etag) || differ(lastModified, now.lastModified);
    if (replaced && !isHtml(head)) {
      throw changed(`reading ${name}: the file on the server was replaced`, fields);
    }
    if (head.status === 416) {
      throw changed(`reading ${name}: ${size} bytes long before, now ends before ${first}`, fields);
    }
    const total = requireRange(head, { name, first, last });
    if (total === undefined || total === size) return;
    throw changed(`reading ${name}: ${size} bytes long before, now ${total}`, fields);
  }
}

/** A server may leave a validator out; only two different ones prove a change. */
function differ(before: string | null, now: string | null): boolean {
  return before !== null && now !== null && before !== now;
}
