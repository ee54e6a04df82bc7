import { hash } from 'node:crypto';
import type { RecordKey, Rejection, RejectReason } from '../../model/record-change.ts';
import type { StreamEvent } from '../../model/stream-event.ts';
import { isDid, isNsid, isRecordKey } from './identifier-syntax.ts';

/** What a server says about the stream rather than about a repository, e.g. `OutdatedCursor`, `ConsumerTooSlow`. */
export interface StreamNotice {
  /** After an `error` the server closes the stream. */
  readonly type: 'info' | 'error';
  readonly name: string;
  readonly message: string | null;
}

/** All that one frame says. */
export interface DecodedFrame {
  /** In the order of the frame. */
  readonly events: readonly StreamEvent[];
  readonly rejects: readonly Rejection[];
  /** Changes in collections that nobody asked for: neither events nor rejects. */
  readonly unwanted: number;
  /** Sequence number that the server gave the frame, for a position; null where it has none or was not read. */
  readonly seq: number | null;
  /** Unix time in µs that the server gave the frame; null where it has none or was not read. */
  readonly timeUs: number | null;
  readonly notice: StreamNotice | null;
}

/** Which collections matter; called once a change, so it should be fast. */
export type WantsCollection = (collection: string) => boolean;

/** Why something is refused, before the frame around it is known. */
export interface Refusal {
  readonly reason: RejectReason;
  readonly detail: string;
}

/** What is known about something refused. */
export interface RefusedChange {
  readonly key: RecordKey | null;
  readonly rev: string | null;
  readonly timeUs: number;
}

const DETAIL_CHARACTERS_MAX = 500;
/** What a server says is logged, and a message may have millions of characters. */
const NOTICE_NAME_CHARACTERS_MAX = 64;
const NOTICE_MESSAGE_CHARACTERS_MAX = 300;

/** TIDs by rights; the seed's own envelope has other ones, or none. */
const REVISION = /^[a-zA-Z0-9_~.:-]{0,64}$/;

export function refusal(reason: RejectReason, detail: string): Refusal {
  return { reason, detail };
}

export function isRefusal(value: object): value is Refusal {
  return 'reason' in value;
}

/**
 * `bytes` are what is quarantined: their digest goes with the rejection. What names it comes along only where it is a
 * name: anything else may be of any length, and hold anything.
 */
export function rejection(
  bytes: Uint8Array,
  { reason, detail }: Refusal,
  about: RefusedChange,
): Rejection {
  const { timeUs } = about;
  const cut = detail.slice(0, DETAIL_CHARACTERS_MAX);
  const key = about.key !== null && isName(about.key) ? about.key : null;
  const rev = about.rev !== null && REVISION.test(about.rev) ? about.rev : null;
  return { reason, detail: cut, key, rev, timeUs, digest: hash('sha256', bytes, 'hex') };
}

function isName({ did, collection, rkey }: RecordKey): boolean {
  return isDid(did) && isNsid(collection) && isRecordKey(rkey);
}

/** A frame of which nothing can be used. */
export function rejectedFrame(bytes: Uint8Array, why: Refusal): DecodedFrame {
  const about = { key: null, rev: null, timeUs: 0 };
  return { ...EMPTY_FRAME, rejects: [rejection(bytes, why, about)] };
}

export const EMPTY_FRAME: DecodedFrame = {
  events: [],
  rejects: [],
  unwanted: 0,
  seq: null,
  timeUs: null,
  notice: null,
};

/** A frame that says something of the stream itself; both texts are cut where nobody reads on. */
export function noticeFrame(type: 'info' | 'error', name: unknown, message: unknown): DecodedFrame {
  const notice = {
    type,
    name: typeof name === 'string' ? name.slice(0, NOTICE_NAME_CHARACTERS_MAX) : 'Unknown',
    message: typeof message === 'string' ? message.slice(0, NOTICE_MESSAGE_CHARACTERS_MAX) : null,
  };
  return { ...EMPTY_FRAME, notice };
}
