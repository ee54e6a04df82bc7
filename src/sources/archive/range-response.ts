import type { OperatingError } from '../../core/errors.ts';
import { corrupt, unreachable } from './archive-errors.ts';
import type { ResponseHead } from './http-transport.ts';

/** What tells one version of a remote file from another. */
export interface FileVersion {
  readonly size: number;
  readonly etag: string | null;
  readonly lastModified: string | null;
}

export interface AskedRange {
  /** Printable URL, for messages. */
  readonly name: string;
  readonly first: number;
  /** Inclusive, as HTTP counts. */
  readonly last: number;
}

export function versionOf(head: ResponseHead, size: number): FileVersion {
  return {
    size,
    etag: head.header('etag') ?? null,
    lastModified: head.header('last-modified') ?? null,
  };
}

export function isHtml(head: ResponseHead): boolean {
  return /^text\/html\b/i.test(head.header('content-type') ?? '');
}

/**
 * Believes a head only when it announces exactly the bytes that were asked for.
 * @returns size of the whole file, undefined where the server does not tell.
 * @throws {OperatingError} ARCHIVE_UNREACHABLE; ARCHIVE_CORRUPT when the file has no such bytes.
 */
export function requireRange(head: ResponseHead, asked: AskedRange): number | undefined {
  const { name, first, last } = asked;
  const fields = { url: name, status: head.status, offset: first };
  if (head.status === 416) throw corrupt(`reading ${name}: there are no bytes at ${first}`, fields);
  if (isHtml(head)) throw htmlPage(name, { retryable: true });
  if (head.status !== 206) {
    throw unreachable(
      `reading ${name}: expected status 206 for bytes ${first}-${last}, got ${head.status}; the server must answer range requests`,
      fields,
      { retryable: head.status !== 200 },
    );
  }
  const text = head.header('content-range') ?? 'none';
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(text);
  if (range === null || Number(range[1]) !== first || Number(range[2]) !== last) {
    throw unreachable(
      `reading ${name}: expected Content-Range bytes ${first}-${last}, got ${text}`,
      fields,
    );
  }
  requireLength(head, name, last - first + 1);
  return range[3] === '*' ? undefined : Number(range[3]);
}

/** @throws {OperatingError} ARCHIVE_UNREACHABLE when the head announces another length. */
function requireLength(head: ResponseHead, name: string, length: number): void {
  const announced = head.header('content-length');
  if (announced === undefined || Number(announced) === length) return;
  throw unreachable(`reading ${name}: expected ${length} bytes, Content-Length is ${announced}`, {
    url: name,
  });
}

export function htmlPage(name: string, options: { retryable: boolean }): OperatingError {
  const message = `reading ${name}: expected archive bytes, got an HTML page`;
  return unreachable(message, { url: name }, options);
}

/** Not worth another try: it would ask for the rest of a range of which everything has come. */
export function overlong(name: string, expected: number): OperatingError {
  const message = `reading ${name}: expected ${expected} bytes, more came`;
  return unreachable(message, { url: name }, { retryable: false });
}

/** A whole file that is longer than a file of its kind can be: another try brings the same. */
export function oversized(name: string, bytesMax: number): OperatingError {
  return corrupt(`reading ${name}: expected at most ${bytesMax} bytes, it has more`, {
    name,
    bytesMax,
  });
}

export function cutShort(name: string, expected: number, received: number): OperatingError {
  return unreachable(`reading ${name}: expected ${expected} bytes, the body ended at ${received}`, {
    url: name,
  });
}
