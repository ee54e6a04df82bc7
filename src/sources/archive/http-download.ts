import { unreachable } from './archive-errors.ts';
import { printableUrl } from './archive-layout.ts';
import type { HttpClient } from './http-client.ts';
import type { ResponseHead } from './http-transport.ts';
import { cutShort, htmlPage, isHtml, oversized, versionOf } from './range-response.ts';

export interface Download {
  readonly bytes: Buffer;
  readonly etag: string | null;
  readonly lastModified: string | null;
}

export interface DownloadOptions {
  readonly bytesMax: number;
  /** Sent as If-None-Match and If-Modified-Since: what is already here. */
  readonly known: { readonly etag: string | null; readonly lastModified: string | null } | null;
}

/**
 * Fetches a whole small file; null when the server says that the known version still stands.
 * @throws {OperatingError} ARCHIVE_NOT_FOUND; ARCHIVE_UNREACHABLE; ARCHIVE_CORRUPT for a body above `bytesMax`.
 */
export async function download(
  client: HttpClient,
  url: URL,
  options: DownloadOptions,
  signal: AbortSignal,
): Promise<Download | null> {
  const body = new DownloadBody(printableUrl(url), options);
  await client.get(
    {
      url,
      headers: () => conditions(options.known),
      onHead: (head) => body.begin(head),
      onEnd: () => body.requireComplete(),
      progress: () => 0,
    },
    signal,
  );
  return body.result();
}

function conditions(known: DownloadOptions['known']): Record<string, string> {
  const headers: Record<string, string> = {};
  if (known?.etag) headers['if-none-match'] = known.etag;
  if (known?.lastModified) headers['if-modified-since'] = known.lastModified;
  return headers;
}

class DownloadBody {
  readonly #name: string;
  readonly #options: DownloadOptions;
  #pieces: Buffer[] = [];
  #received = 0;
  #announced: number | undefined;
  #head: ResponseHead | undefined;

  constructor(name: string, options: DownloadOptions) {
    this.#name = name;
    this.#options = options;
  }

  /** Starts over: called once for every try. */
  begin(head: ResponseHead): ((piece: Buffer) => void) | undefined {
    this.#pieces = [];
    this.#received = 0;
    this.#head = head;
    if (head.status === 304 && this.#options.known !== null) return undefined;
    if (head.status !== 200) {
      const fields = { url: this.#name, status: head.status };
      throw unreachable(`reading ${this.#name}: expected status 200, got ${head.status}`, fields);
    }
    // Some servers answer so for every file they do not have; an index can be done without.
    if (isHtml(head)) throw htmlPage(this.#name, { retryable: false });
    const length = head.header('content-length');
    this.#announced = length === undefined ? undefined : Number(length);
    if ((this.#announced ?? 0) > this.#options.bytesMax)
      throw oversized(this.#name, this.#options.bytesMax);
    return (piece) => {
      this.#received += piece.length;
      if (this.#received > this.#options.bytesMax)
        throw oversized(this.#name, this.#options.bytesMax);
      this.#pieces.push(Buffer.from(piece));
    };
  }

  requireComplete(): void {
    if (this.#announced === undefined || this.#head?.status === 304) return;
    if (this.#received !== this.#announced) {
      throw cutShort(this.#name, this.#announced, this.#received);
    }
  }

  result(): Download | null {
    if (this.#head === undefined || this.#head.status === 304) return null;
    const { etag, lastModified } = versionOf(this.#head, this.#received);
    return { bytes: Buffer.concat(this.#pieces), etag, lastModified };
  }
}
