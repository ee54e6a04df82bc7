import { readFileSync } from 'node:fs';
import { zstdCompressSync } from 'node:zlib';
import type { StreamEvent } from '../../src/model/stream-event.ts';
import type { StreamProtocol } from '../../src/model/stream-frame.ts';

/** What a connection asked for. */
export interface Subscription {
  readonly protocol: StreamProtocol;
  readonly collections: readonly string[];
  readonly dids: readonly string[];
  /** True begins with what comes next. */
  readonly live: boolean;
  /** Inclusive. */
  readonly fromSeq: number;
  readonly fromTimeUs: number;
  readonly dictionary: 'v1' | 'v2' | null;
  readonly requiresHello: boolean;
}

interface Refusal {
  readonly status: number;
  readonly body: string;
}

const SEQ_BELOW = 1e15;
const V2_DICTIONARY = '20260811';

const dictionaryFolder = new URL('../../src/decode/atproto/dictionaries/', import.meta.url);
const dictionaries = {
  v1: readFileSync(new URL('legacy_subscribe.zdict', dictionaryFolder)),
  v2: readFileSync(new URL('subscribe_events_20260811.zdict', dictionaryFolder)),
};

/** As the servers do it: one zstd frame for each message. */
export function compressText(text: string, dictionary: 'v1' | 'v2'): Buffer {
  return zstdCompressSync(Buffer.from(text), { dictionary: dictionaries[dictionary] });
}

export function subscriptionOf(
  protocol: StreamProtocol,
  query: URLSearchParams,
  { oldestSeq }: { readonly oldestSeq: number },
): Subscription | Refusal {
  const text = query.get('cursor');
  const cursor = text === null ? null : Number(text);
  if (cursor !== null && (!Number.isSafeInteger(cursor) || cursor < 0)) {
    return bad('InvalidRequest', 'invalid cursor');
  }
  const v1 = protocol === 'v1';
  if (protocol === 'v2' && query.has('wantedCollections')) {
    return bad('InvalidRequest', 'unknown parameter wantedCollections');
  }
  if (protocol === 'v2' && cursor !== null && cursor < SEQ_BELOW && cursor < oldestSeq) {
    return bad('CursorTooOld', 'the cursor is older than the archive');
  }
  const dictionary = query.get('zstdDictionary');
  if (dictionary !== null && dictionary !== V2_DICTIONARY) {
    return bad('UnknownZstdDictionary', dictionary);
  }
  const bySeq = cursor !== null && cursor < SEQ_BELOW;
  return {
    protocol,
    collections: query.getAll(v1 ? 'wantedCollections' : 'collections'),
    dids: query.getAll(v1 ? 'wantedDids' : 'dids'),
    live: cursor === null,
    fromSeq: bySeq ? cursor : 0,
    fromTimeUs: cursor === null || bySeq ? 0 : cursor,
    dictionary: dictionary !== null ? 'v2' : query.get('compress') === 'true' ? 'v1' : null,
    requiresHello: query.get('requireHello') === 'true',
  };
}

function bad(error: string, message: string): Refusal {
  return { status: 400, body: JSON.stringify({ error, message }) };
}

/** Events about accounts pass whatever collections are wanted. */
export function wants(event: StreamEvent, { collections, dids }: Subscription): boolean {
  if (dids.length > 0 && !dids.includes(event.did)) return false;
  if (event.kind !== 'commit') return true;
  const { collection } = event.commit;
  return (
    collections.length === 0 ||
    collections.some((wanted) =>
      wanted.endsWith('.*') ? collection.startsWith(wanted.slice(0, -1)) : collection === wanted,
    )
  );
}

const EVENT_TYPE = 'network.bsky.jetstream.subscribeEvents';

/** An event in the words of version 2. */
export function v2Text(event: StreamEvent, seq: number): string {
  const time = `${new Date(Math.floor(event.time_us / 1000)).toISOString().slice(0, -1)}${String(event.time_us % 1000).padStart(3, '0')}Z`;
  const about = { $type: `${EVENT_TYPE}#${event.kind}`, seq, did: event.did, time };
  return JSON.stringify({ $type: 'message', payload: { ...about, ...detailsOf(event) } });
}

function detailsOf(event: StreamEvent): object {
  switch (event.kind) {
    case 'commit':
      return event.commit;
    case 'account':
      return { account: event.account };
    case 'identity':
      return { identity: event.identity };
    case 'sync':
      return { sync: event.sync };
  }
}
