import { OperatingError } from '../../core/errors.ts';
import type { StreamEndpoint } from '../../model/stream-frame.ts';

export interface StreamSubscription {
  /** NSIDs, or prefixes that end in `.*`. */
  readonly collections: readonly string[];
  readonly dids: readonly string[];
  /** Null begins at the tip. */
  readonly cursor: number | null;
  readonly compress: boolean;
  readonly messageBytesMax: number;
}

/** The server takes no more. Source: bluesky-social/jetstream, `/subscribe`. */
const COLLECTIONS_MAX = 100;
const DIDS_MAX = 10_000;
/** Longer lists make an address that servers and proxies refuse; they are sent in a message instead. */
export const URL_DIDS_MAX = 100;
/** A whole name, or all names below one. Source: AT Protocol, NSID syntax; prefixes are Jetstream's. */
const NSID_OR_PREFIX =
  /^[a-z][a-z0-9-]{0,62}(?:\.[a-z0-9](?:[a-z0-9-]{0,62})?)+(?:\.[a-z][a-z0-9]{0,62}|\.\*)$/i;
const NSID_LENGTH_MAX = 317;
/** Number of the dictionary of `subscribe_events_20260811.zdict`. */
const V2_DICTIONARY = '20260811';

/** `network.bsky.jetstream.subscribeEvents` is spoken under this name. */
export function subprotocolsOf({ protocol }: StreamEndpoint): string[] {
  return protocol === 'v2' ? ['xrpc.v1.json'] : [];
}

/**
 * The address to connect to. A query that the configured address has is kept.
 * @throws {OperatingError} CONFIG for more collections or accounts than a server takes, and for what is no collection.
 */
export function streamUrl(endpoint: StreamEndpoint, wanted: StreamSubscription): string {
  checkLength('collections', wanted.collections, COLLECTIONS_MAX);
  checkNames(wanted.collections);
  checkLength('accounts', wanted.dids, DIDS_MAX);
  const url = new URL(endpoint.url);
  const { cursor } = wanted;
  if (cursor !== null) url.searchParams.set('cursor', String(cursor));
  if (endpoint.protocol === 'v1') addV1(url.searchParams, wanted);
  if (endpoint.protocol === 'v2') addV2(url.searchParams, wanted);
  return url.href;
}

function addV1(query: URLSearchParams, wanted: StreamSubscription): void {
  for (const collection of wanted.collections) query.append('wantedCollections', collection);
  if (wanted.dids.length > URL_DIDS_MAX) query.set('requireHello', 'true');
  else for (const did of wanted.dids) query.append('wantedDids', did);
  query.set('maxMessageSizeBytes', String(wanted.messageBytesMax));
  if (wanted.compress) query.set('compress', 'true');
}

function addV2(query: URLSearchParams, wanted: StreamSubscription): void {
  for (const collection of wanted.collections) query.append('collections', collection);
  for (const did of wanted.dids) query.append('dids', did);
  query.set('maxMessageSizeBytes', String(wanted.messageBytesMax));
  if (wanted.compress) query.set('zstdDictionary', V2_DICTIONARY);
}

function checkNames(collections: readonly string[]): void {
  const wrong = collections.find(
    (name) => name.length > NSID_LENGTH_MAX || !NSID_OR_PREFIX.test(name),
  );
  if (wrong === undefined) return;
  const shown = wrong.slice(0, NSID_LENGTH_MAX);
  throw new OperatingError(
    'CONFIG',
    `subscribing: expected collections such as app.bsky.feed.post or app.bsky.*, received "${shown}"`,
    { retryable: false },
  );
}

function checkLength(what: string, list: readonly string[], max: number): void {
  if (list.length <= max) return;
  throw new OperatingError(
    'CONFIG',
    `subscribing: expected at most ${max} ${what}, received ${list.length}`,
    { retryable: false },
  );
}
