import type { CommitChange, JsonObject } from '../../model/stream-event.ts';
import {
  type DecodedFrame,
  EMPTY_FRAME,
  isRefusal,
  type Refusal,
  refusal,
  rejectedFrame,
  rejection,
  type WantsCollection,
} from './decoded-frame.ts';
import { isCount, isJsonObject, readDid, wrongType, wrongValue } from './event-shapes.ts';
import { isNsid, isRecordCidText, isRecordKey } from './identifier-syntax.ts';
import { cidOfJson, decodeLaxCbor } from './lax-cbor.ts';

const REV_CHARACTERS_MAX = 64;

/**
 * The CBOR envelope that producers of the seed's own format send: a map `{did, time_us, kind: "commit", commit: {did?,
 * rev, operation, collection, rkey, record}}`. As lax as the seed: of what an operation may be it knows only deletion,
 * and takes everything else as an update; a revision may be any short text, even none; a missing `time_us` is 0. The
 * did of `commit`, which the seed wants, is the envelope's where it is missing, as in Jetstream's own events. A
 * missing CID is worked out from the record.
 */
export function decodeSeedEnvelope(bytes: Buffer, wants: WantsCollection): DecodedFrame {
  const envelope = decodeLaxCbor(bytes);
  if (!isJsonObject(envelope)) {
    return rejectedFrame(bytes, refusal('ErrInvalidCBOR', 'expected a CBOR map as envelope'));
  }
  const { kind, commit, time_us: time = 0 } = envelope;
  if (kind !== 'commit') {
    return rejectedFrame(bytes, refusal('ErrUnsupportedKind', 'expected kind commit'));
  }
  if (!isCount(time)) return rejectedFrame(bytes, wrongType('time_us', 'µs', time));
  if (!isJsonObject(commit)) {
    return rejectedFrame(bytes, refusal('ErrMissingRecord', 'expected a commit, received none'));
  }
  const did = readDid(commit['did'] ?? envelope['did']);
  if (typeof did !== 'string') return rejectedFrame(bytes, did);
  const frame = { ...EMPTY_FRAME, timeUs: time };
  const { collection, rkey, rev } = commit;
  if (typeof collection === 'string' && isNsid(collection) && !wants(collection)) {
    return { ...frame, unwanted: 1 };
  }
  const change = readChange(commit);
  if (!isRefusal(change)) {
    return { ...frame, events: [{ did, time_us: time, kind, commit: change }] };
  }
  const named = typeof collection === 'string' && typeof rkey === 'string';
  const key = named ? { did, collection, rkey } : null;
  const about = { key, rev: typeof rev === 'string' ? rev : null, timeUs: time };
  return { ...frame, rejects: [rejection(bytes, change, about)] };
}

function readChange(commit: JsonObject): CommitChange | Refusal {
  const { rev = '', operation = '', collection, rkey, record } = commit;
  if (typeof collection !== 'string' || collection === '') {
    return refusal('ErrMissingPath', 'expected a collection, received none');
  }
  if (typeof rkey !== 'string' || rkey === '') {
    return refusal('ErrMissingPath', 'expected an rkey, received none');
  }
  if (!isNsid(collection)) return wrongValue('collection', 'an NSID');
  if (!isRecordKey(rkey)) return wrongValue('rkey', 'a record key');
  if (typeof rev !== 'string' || rev.length > REV_CHARACTERS_MAX) {
    return wrongValue('rev', `a text of up to ${REV_CHARACTERS_MAX} characters`);
  }
  if (operation === 'delete') return { rev, operation, collection, rkey };
  if (typeof operation !== 'string') return wrongType('operation', 'a string', operation);
  if (record === undefined || record === null) {
    return refusal('ErrMissingRecord', 'expected a record, received none');
  }
  if (!isJsonObject(record)) return refusal('ErrMalformedJSON', 'expected a map as record');
  const cid = commit['cid'];
  const known = typeof cid === 'string' && isRecordCidText(cid);
  return {
    rev,
    operation: operation === 'create' ? 'create' : 'update',
    ...{ collection, rkey, record },
    cid: known ? cid : cidOfJson(record),
  };
}
