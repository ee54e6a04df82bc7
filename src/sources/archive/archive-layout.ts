import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OperatingError } from '../../core/errors.ts';

/**
 * Where the files of an epoch stand below a base. Old Faithful's file server and its mirrors keep
 * them as `<epoch>/<file>`; a local folder may also hold them flat.
 */
export type ArchiveBase =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'http'; readonly url: URL };

/**
 * A folder path, a file: URL, or an http(s) URL; the last may carry a password and a query.
 * @throws {OperatingError} CONFIG for any other kind of URL.
 */
export function parseArchiveBase(text: string): ArchiveBase {
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(text)) return { kind: 'folder', path: text };
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) return { kind: 'http', url };
  if (url?.protocol === 'file:') return { kind: 'folder', path: fileURLToPath(url) };
  const scheme = text.slice(0, text.indexOf(':'));
  const message = `archive base: expected a folder or an http(s) URL, got one that begins with ${scheme}:`;
  throw new OperatingError('CONFIG', message, { retryable: false });
}

/** Unlike a relative URL join this keeps the last segment of a base without a trailing slash. */
export function fileUrl(base: URL, epoch: number, name: string): URL {
  const url = new URL(base);
  url.pathname = `${base.pathname.replace(/\/+$/, '')}/${epoch}/${encodeURIComponent(name)}`;
  return url;
}

/** Places where a file of the epoch may be, best first. */
export function filePaths(folder: string, epoch: number, name: string): readonly string[] {
  return [join(folder, String(epoch), name), join(folder, name)];
}

export const carName = (epoch: number) => `epoch-${epoch}.car`;
export const slotRangesName = (epoch: number) => `epoch-${epoch}-slot-ranges.raw`;
export const slotsTextName = (epoch: number) => `${epoch}.slots.txt`;

export type CompactIndexKind = 'slot-to-cid' | 'cid-to-offset-and-size';

/** Names of the classic indexes carry the root of the CAR that they were made for. */
export function compactIndexName(
  kind: CompactIndexKind,
  car: { readonly epoch: number; readonly rootCid: string; readonly network: string },
): string {
  return `epoch-${car.epoch}-${car.rootCid}-${car.network}-${kind}.index`;
}

/** The URL for messages and logs: user, password, query and fragment are left out. */
export function printableUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}
