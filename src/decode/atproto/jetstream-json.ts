import { isUtf8 } from 'node:buffer';
import type { RecordKey } from '../../model/record-change.ts';
import type { CommitEvent, JsonObject, StreamEvent } from '../../model/stream-event.ts';
import {
  type DecodedFrame,
  EMPTY_FRAME,
  isRefusal,
  noticeFrame,
  type Refusal,
  refusal,
  rejectedFrame,
  rejection,
  type WantsCollection,
} from './decoded-frame.ts';
import {
  isCount,
  isJsonObject,
  readAccount,
  readCommit,
  readDid,
  readIdentity,
  readSync,
  wrongType,
} from './event-shapes.ts';
import { rfc3339Micros } from './rfc3339-micros.ts';

const V2_TYPE_PREFIX = 'network.bsky.jetstream.subscribeEvents#';

/** An event's envelope, of either version, in the words of version 1. */
interface Envelope {
  readonly did: string;
  readonly timeUs: number;
  readonly cursor: number | undefined;
  readonly kind: string;
  /** Holds `commit`'s fields themselves in version 2. */
  readonly fields: JsonObject;
  readonly commit: unknown;
}

/**
 * A text frame of Jetstream: version 1 (`/subscribe`) or, told by its `$type`, version 2
 * (`network.bsky.jetstream.subscribeEvents`, subprotocol xrpc.v1.json). Source: bluesky-social/jetstream.
 */
export function decodeJetstreamJson(bytes: Buffer, wants: WantsCollection): DecodedFrame {
  const value = parseJson(bytes);
  if (!isJsonObject(value)) {
    return rejectedFrame(bytes, refusal('ErrMalformedJSON', 'expected a JSON object'));
  }
  const type = value['$type'];
  if (type === 'message' && isJsonObject(value['payload'])) {
    return decodeV2(bytes, value['payload'], wants);
  }
  if (type === 'error' || (typeof value['error'] === 'string' && value['kind'] === undefined)) {
    return noticeFrame('error', value['error'], value['message']);
  }
  const { time_us: timeUs, kind, cursor, commit } = value;
  if (type !== undefined && kind === undefined) {
    return rejectedFrame(bytes, refusal('ErrUnsupportedKind', 'expected a message or an error'));
  }
  const did = readDid(value['did']);
  if (typeof did !== 'string') return rejectedFrame(bytes, did);
  if (!isCount(timeUs)) return rejectedFrame(bytes, wrongType('time_us', 'µs', timeUs));
  if (cursor !== undefined && !isCount(cursor)) {
    return rejectedFrame(bytes, wrongType('cursor', 'a whole number', cursor));
  }
  const name = typeof kind === 'string' ? kind : '';
  return decodeEvent(bytes, { did, timeUs, cursor, kind: name, fields: value, commit }, wants);
}

function decodeV2(bytes: Buffer, payload: JsonObject, wants: WantsCollection): DecodedFrame {
  const { $type: type, seq, time } = payload;
  const kind =
    typeof type === 'string' && type.startsWith(V2_TYPE_PREFIX)
      ? type.slice(V2_TYPE_PREFIX.length)
      : '';
  if (kind === 'info') return noticeFrame('info', payload['name'], payload['message']);
  const did = readDid(payload['did']);
  if (typeof did !== 'string') return rejectedFrame(bytes, did);
  const timeUs = typeof time === 'string' ? rfc3339Micros(time) : undefined;
  if (timeUs === undefined) {
    return rejectedFrame(bytes, refusal('ErrInvalidTimestamp', 'expected an RFC 3339 time'));
  }
  if (!isCount(seq)) return rejectedFrame(bytes, wrongType('seq', 'a whole number', seq));
  const envelope = { did, timeUs, cursor: seq, kind, fields: payload, commit: payload };
  return decodeEvent(bytes, envelope, wants);
}

function decodeEvent(bytes: Buffer, envelope: Envelope, wants: WantsCollection): DecodedFrame {
  const { did, timeUs, cursor } = envelope;
  const frame = { ...EMPTY_FRAME, seq: cursor ?? null, timeUs };
  const { commit } = envelope;
  const collection = isJsonObject(commit) ? commit['collection'] : undefined;
  if (envelope.kind === 'commit' && typeof collection === 'string' && !wants(collection)) {
    return { ...frame, unwanted: 1 };
  }
  const event = readEvent(envelope);
  if (!isRefusal(event)) {
    return { ...frame, events: [cursor === undefined ? event : { ...event, cursor }] };
  }
  const fields = isJsonObject(commit) && envelope.kind === 'commit' ? commit : {};
  const rev = typeof fields['rev'] === 'string' ? fields['rev'] : null;
  const about = { key: keyOf(did, fields), rev, timeUs };
  return { ...frame, rejects: [rejection(bytes, event, about)] };
}

function readEvent(envelope: Envelope): StreamEvent | Refusal {
  const { did, timeUs, kind, fields } = envelope;
  switch (kind) {
    case 'commit':
      return readCommitEvent(envelope);
    case 'identity': {
      const identity = readIdentity(fields['identity'], did);
      return isRefusal(identity) ? identity : { did, time_us: timeUs, kind, identity };
    }
    case 'account': {
      const account = readAccount(fields['account'], did);
      return isRefusal(account) ? account : { did, time_us: timeUs, kind, account };
    }
    case 'sync': {
      const sync = readSync(fields['sync'], did);
      return isRefusal(sync) ? sync : { did, time_us: timeUs, kind, sync };
    }
    default:
      return refusal('ErrUnsupportedKind', 'expected commit, identity, account or sync');
  }
}

function readCommitEvent({ did, timeUs, commit }: Envelope): CommitEvent | Refusal {
  if (!isJsonObject(commit)) {
    return refusal('ErrMissingRecord', 'expected a commit object, received none');
  }
  const change = readCommit(commit);
  if (isRefusal(change)) return change;
  return { did, time_us: timeUs, kind: 'commit', commit: change };
}

function keyOf(did: string, { collection, rkey }: JsonObject): RecordKey | null {
  return typeof collection === 'string' && typeof rkey === 'string'
    ? { did, collection, rkey }
    : null;
}

/** Undefined where the bytes are not UTF-8 or not JSON. */
function parseJson(bytes: Buffer): unknown {
  const text = bytes.toString('utf8');
  if (text.includes('\ufffd') && !isUtf8(bytes)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
