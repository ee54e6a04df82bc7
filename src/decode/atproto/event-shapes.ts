import type {
  AccountEvent,
  CommitEvent,
  IdentityEvent,
  JsonObject,
  JsonValue,
  SyncEvent,
} from '../../model/stream-event.ts';
import { type Refusal, refusal } from './decoded-frame.ts';
import { DRISL_DEPTH_MAX } from './drisl-cursor.ts';
import { isDid, isNsid, isRecordCidText, isRecordKey, isTid } from './identifier-syntax.ts';
import { rfc3339Micros } from './rfc3339-micros.ts';

/**
 * The parts of an event, checked and copied into one shape each, wherever they came from. Fields that we do not know
 * are left out. A part that is not what it should be becomes a `Refusal`.
 */

const STATUS_CHARACTERS_MAX = 64;
const HANDLE_CHARACTERS_MAX = 253;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether arrays and objects are at most as deep in one another as DRISL allows. */
export function isShallow(value: JsonValue, levels: number = DRISL_DEPTH_MAX): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0) return false;
  if (Array.isArray(value)) return value.every((item: JsonValue) => isShallow(item, levels - 1));
  const object = value as JsonObject;
  for (const key in object) {
    const item = object[key];
    if (typeof item === 'object' && item !== null && !isShallow(item, levels - 1)) return false;
  }
  return true;
}

/** The `did` of an event, or why it has none. */
export function readDid(value: unknown): string | Refusal {
  if (value === undefined || value === null || value === '') {
    return refusal('ErrMissingDID', 'expected a did, received none');
  }
  if (typeof value !== 'string') return wrongType('did', 'a string', value);
  return isDid(value) ? value : wrongValue('did', 'a DID');
}

/** @param fields with collection, rkey, rev, operation and, but for a deletion, record and cid. */
export function readCommit(fields: JsonObject): CommitEvent['commit'] | Refusal {
  const { rev, operation, collection, rkey } = fields;
  if (!isFilled(collection) || !isFilled(rkey)) {
    return refusal('ErrMissingPath', 'expected a collection and an rkey, received not both');
  }
  if (!isNsid(collection)) return wrongValue('collection', 'an NSID');
  if (!isRecordKey(rkey)) return wrongValue('rkey', 'a record key');
  if (typeof rev !== 'string' || !isTid(rev)) return wrongValue('rev', 'a TID');
  if (operation === 'delete') return { rev, operation, collection, rkey };
  if (operation !== 'create' && operation !== 'update') {
    return wrongValue('operation', 'create, update or delete');
  }
  const { record, cid } = fields;
  if (record === undefined || record === null) {
    return refusal('ErrMissingRecord', `expected a record of ${operation}, received none`);
  }
  if (!isJsonObject(record)) return refusal('ErrMalformedJSON', 'expected an object as record');
  if (!isShallow(record)) {
    return refusal('ErrMalformedJSON', `expected a record of at most ${DRISL_DEPTH_MAX} levels`);
  }
  if (typeof cid !== 'string' || !isRecordCidText(cid)) {
    return refusal('ErrInvalidRecordCID', 'expected a CID of sha2-256 as cid');
  }
  return { rev, operation, collection, rkey, record, cid };
}

export function readIdentity(value: unknown, did: string): IdentityEvent['identity'] | Refusal {
  if (!isJsonObject(value)) return wrongType('identity', 'an object', value);
  const { seq, time, handle } = value;
  const wrong = checkUpstream(value, did);
  if (wrong !== null) return wrong;
  const identity = { did, seq: seq as number, time: time as string };
  if (handle === undefined) return identity;
  return typeof handle === 'string' && handle.length <= HANDLE_CHARACTERS_MAX
    ? { ...identity, handle }
    : wrongValue('identity.handle', 'a handle');
}

export function readAccount(value: unknown, did: string): AccountEvent['account'] | Refusal {
  if (!isJsonObject(value)) return wrongType('account', 'an object', value);
  const { active, seq, time, status } = value;
  const wrong = checkUpstream(value, did);
  if (wrong !== null) return wrong;
  if (typeof active !== 'boolean') return wrongType('account.active', 'a boolean', active);
  const account = { active, did, seq: seq as number, time: time as string };
  if (status === undefined) return account;
  return typeof status === 'string' && status.length <= STATUS_CHARACTERS_MAX
    ? { ...account, status }
    : wrongValue('account.status', 'a short text');
}

export function readSync(value: unknown, did: string): SyncEvent['sync'] | Refusal {
  if (!isJsonObject(value)) return wrongType('sync', 'an object', value);
  const { rev, time } = value;
  const wrong = checkUpstream(value, did);
  if (wrong !== null) return wrong;
  if (typeof rev !== 'string' || !isTid(rev)) return wrongValue('sync.rev', 'a TID');
  return { did, rev, time: time as string };
}

/** What identity, account and sync share. The did of both places must be one. */
function checkUpstream(value: JsonObject, did: string): Refusal | null {
  if (value['did'] !== did) return wrongValue('did inside the event', 'the did of the event');
  if (!isCount(value['seq'])) return wrongType('seq', 'a whole number', value['seq']);
  const { time } = value;
  if (typeof time === 'string' && rfc3339Micros(time) !== undefined) return null;
  return refusal('ErrInvalidTimestamp', 'expected an RFC 3339 time inside the event');
}

/** A whole number from 0 on that a double holds exactly. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

export function wrongType(field: string, expected: string, received: unknown): Refusal {
  const was = received === null ? 'null' : typeof received;
  const reason = received === undefined ? 'ErrMissingField' : 'ErrInvalidFieldType';
  return refusal(reason, `expected ${expected} as ${field}, received ${was}`);
}

export function wrongValue(field: string, expected: string): Refusal {
  return refusal('ErrInvalidFieldValue', `expected ${expected} as ${field}`);
}

function isFilled(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
