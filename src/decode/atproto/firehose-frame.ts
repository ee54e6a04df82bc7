import { OperatingError } from '../../core/errors.ts';
import type { JsonObject, StreamEvent } from '../../model/stream-event.ts';
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
import { decodeDrisl } from './drisl.ts';
import { DrislCursor, NEGATIVE, UNSIGNED } from './drisl-cursor.ts';
import {
  isCount,
  isJsonObject,
  readAccount,
  readDid,
  readIdentity,
  readSync,
} from './event-shapes.ts';
import { decodeFirehoseCommit } from './firehose-commit.ts';
import { rfc3339Micros } from './rfc3339-micros.ts';

/**
 * A message of `com.atproto.sync.subscribeRepos`: two DRISL values, header `{op, t}` and body
 * (atproto.com/specs/event-stream). The events are those that Jetstream sends for it, with `time_us` the frame's
 * own `time`; Jetstream puts its clock there.
 */
export function decodeFirehoseFrame(bytes: Buffer, wants: WantsCollection): DecodedFrame {
  try {
    const cursor = new DrislCursor(bytes, 0, bytes.length);
    const type = readHeader(cursor);
    if (type === '#commit') return decodeFirehoseCommit(cursor, wants);
    const body = decodeDrisl(bytes, cursor.at, bytes.length, { floats: false });
    if (!isJsonObject(body)) {
      return rejectedFrame(bytes, refusal('ErrInvalidCBOR', 'expected a map as body'));
    }
    return decodeBody(bytes, type, body);
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    return rejectedFrame(bytes, refusal('ErrInvalidCBOR', error.message));
  }
}

/** The type of the body, `error` for an error. */
function readHeader(cursor: DrislCursor): string {
  let type = '';
  let message: boolean | undefined;
  let previous = -1;
  for (let left = cursor.readMapCount(); left > 0; left--) {
    const offset = cursor.at;
    const key = cursor.readKey(previous);
    previous = offset;
    if (key === 't') type = cursor.readText();
    else if (key === 'op') message = readOperation(cursor);
    else cursor.skip();
  }
  if (message === undefined) throw cursor.malformed(0, 'an op in the header', 'none');
  return message ? type : 'error';
}

function readOperation(cursor: DrislCursor): boolean {
  const offset = cursor.at;
  const major = cursor.readHead();
  if (major === UNSIGNED && cursor.argument === 1) return true;
  // -1 is written as negative number 0.
  if (major === NEGATIVE && cursor.argument === 0) return false;
  throw cursor.malformed(offset, 'operation 1, or -1 for an error', 'another value');
}

function decodeBody(bytes: Buffer, type: string, body: JsonObject): DecodedFrame {
  if (type === 'error') return noticeFrame('error', body['error'], body['message']);
  if (type === '#info') return noticeFrame('info', body['name'], body['message']);
  const { seq, time } = body;
  const timeUs = typeof time === 'string' ? (rfc3339Micros(time) ?? null) : null;
  const frame = { ...EMPTY_FRAME, seq: isCount(seq) ? seq : null, timeUs };
  const event = readEvent(type, body, timeUs ?? 0);
  if (!isRefusal(event)) return { ...frame, events: [event] };
  const about = { key: null, rev: null, timeUs: timeUs ?? 0 };
  return { ...frame, rejects: [rejection(bytes, event, about)] };
}

function readEvent(type: string, body: JsonObject, timeUs: number): StreamEvent | Refusal {
  const did = readDid(body['did']);
  if (type !== '#identity' && type !== '#account' && type !== '#sync') {
    return refusal('ErrUnsupportedKind', 'expected #commit, #identity, #account, #sync or #info');
  }
  if (typeof did !== 'string') return did;
  if (type === '#identity') {
    const identity = readIdentity(body, did);
    return isRefusal(identity) ? identity : { did, time_us: timeUs, kind: 'identity', identity };
  }
  if (type === '#account') {
    const account = readAccount(body, did);
    return isRefusal(account) ? account : { did, time_us: timeUs, kind: 'account', account };
  }
  const sync = readSync(body, did);
  return isRefusal(sync) ? sync : { did, time_us: timeUs, kind: 'sync', sync };
}
