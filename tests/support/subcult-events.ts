import type { CommitEvent, JsonObject, StreamEvent } from '../../src/model/stream-event.ts';

/** Makes events of `app.subcult.*`; nobody has recorded any. All of it follows from the numbers given. */

const TID_LETTERS = '234567abcdefghijklmnopqrstuvwxyz';
const TID_CHARACTERS = 13;
/** A real CID of a record; what it is of matters to nobody here. */
const CID = 'bafyreiguce4jh7kcbmof3pmcvasifqtw24b6isakj5ve5ga2b4z4alpc4i';
export const FIRST_TIME_US = 1_783_175_888_000_000;

/** A TID; greater numbers sort behind. */
export function tid(number: number): string {
  let text = '';
  for (let rest = number; text.length < TID_CHARACTERS - 1; rest = Math.floor(rest / 32)) {
    text = `${TID_LETTERS[rest % 32]}${text}`;
  }
  return `3${text}`;
}

export function didOf(number: number): string {
  const letters = [...String(number)].map((digit) => 'abcdefghij'[Number(digit)]).join('');
  return `did:plc:${letters.padStart(24, 'z')}`;
}

export interface MadeCommit {
  readonly did: string;
  /** The part behind `app.subcult.`, or a whole NSID. */
  readonly collection: string;
  readonly rkey: string;
  /** Place in the order of revisions, and in time. */
  readonly at: number;
  /** Null deletes. */
  readonly record: JsonObject | null;
  readonly operation?: 'create' | 'update';
}

export function commitEvent(made: MadeCommit): CommitEvent {
  const { did, rkey, at, record, operation = 'create' } = made;
  const collection = made.collection.includes('.')
    ? made.collection
    : `app.subcult.${made.collection}`;
  const place = { rev: tid(at), collection, rkey };
  const base = { did, time_us: FIRST_TIME_US + at * 1000, kind: 'commit' } as const;
  if (record === null) return { ...base, commit: { ...place, operation: 'delete' } };
  const whole = { $type: collection, ...record };
  return { ...base, commit: { ...place, operation, record: whole, cid: CID } };
}

export function accountEvent(
  did: string,
  at: number,
  { active, status }: { readonly active: boolean; readonly status?: string },
): StreamEvent {
  const time_us = FIRST_TIME_US + at * 1000;
  const time = new Date(time_us / 1000).toISOString();
  const account = { active, did, seq: at, time, ...(status === undefined ? {} : { status }) };
  return { did, time_us, kind: 'account', account };
}

export function atUri(did: string, collection: string, rkey: string): string {
  return `at://${did}/app.subcult.${collection}/${rkey}`;
}

/** `count` scenes, each of its own account. */
export function sceneEvents(count: number, from = 1): CommitEvent[] {
  return Array.from({ length: count }, (_, index) => sceneEvent(from + index));
}

export function sceneEvent(number: number): CommitEvent {
  return commitEvent({
    did: didOf(number),
    collection: 'scene',
    rkey: tid(number),
    at: number,
    record: {
      name: `Scene ${number}`,
      description: 'made for a test',
      location: { lat: '52.5200', lng: '13.4050', allowPrecise: false },
      tags: ['made'],
    },
  });
}
