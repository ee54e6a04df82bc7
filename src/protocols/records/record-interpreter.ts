import assert from 'node:assert';
import { createSecretKey, type KeyObject } from 'node:crypto';
import { isValidHandle } from '@atproto/syntax';
import type { RecordChange, Rejection, RejectReason } from '../../model/record-change.ts';
import type {
  AccountEvent,
  CommitEvent,
  IdentityEvent,
  StreamEvent,
} from '../../model/stream-event.ts';
import { eventFault } from './event-fault.ts';
import { isoTimeOf } from './iso-time.ts';
import type { ReadContext } from './read-context.ts';
import type { RecordCollections } from './record-collections.ts';
import { recordDigest } from './record-digest.ts';
import { faultText, type RecordFault } from './record-fault.ts';

/** Collections of the seed's own namespace that nobody mapped are refused by name instead of passed over. */
const NAMESPACE = 'app.subcult.';
const SECRET_BYTES_MIN = 16;
/** Servers may come to send other ones than are known today. */
const STATUS = /^[a-zA-Z-]{1,64}$/;

export interface InterpreterOptions {
  readonly collections: RecordCollections;
  /** Keys the places that are shown instead of true ones; at least 16 bytes, the same for ever. */
  readonly jitterSecret: Buffer;
}

/** Events so far. */
export interface InterpreterCounts {
  /** All of them. */
  readonly processed: number;
  /** Commits of wanted collections; what came of them is a change or a rejection. */
  readonly matched: number;
  /** Commits of other collections, and `sync` events. */
  readonly discarded: number;
  readonly rejected: ReadonlyMap<RejectReason, number>;
}

/** Makes of one event what is to be stored. Throws for no event whatever. */
export class RecordInterpreter {
  readonly #collections: RecordCollections;
  readonly #jitterSecret: KeyObject;
  /** Whether the seed's collections are indexed at all. */
  readonly #namespaced: boolean;
  readonly #rejected = new Map<RejectReason, number>();
  #processed = 0;
  #matched = 0;
  #discarded = 0;

  constructor(options: InterpreterOptions) {
    assert(options.jitterSecret.length >= SECRET_BYTES_MIN, 'the jitter secret is too short');
    this.#collections = options.collections;
    this.#jitterSecret = createSecretKey(options.jitterSecret);
    this.#namespaced = options.collections.nsids.some((nsid) => nsid.startsWith(NAMESPACE));
  }

  get counts(): InterpreterCounts {
    return {
      ...{ processed: this.#processed, matched: this.#matched, discarded: this.#discarded },
      rejected: this.#rejected,
    };
  }

  /** Whether a commit of the collection comes to anything; all others need not be decoded. */
  wants(collection: string): boolean {
    if (this.#collections.find(collection) !== null) return true;
    return this.#namespaced && collection.startsWith(NAMESPACE);
  }

  /**
   * @returns null for what is none of ours: other collections, and `sync`, which says that a repository was set anew
   * but not to what; its commits follow.
   */
  interpret(event: StreamEvent): RecordChange | Rejection | null {
    this.#processed += 1;
    if (
      event.kind === 'sync' ||
      (event.kind === 'commit' && !this.wants(event.commit.collection))
    ) {
      this.#discarded += 1;
      return null;
    }
    if (event.kind === 'commit') this.#matched += 1;
    const fault = eventFault(event);
    if (fault !== null) return this.#reject(event, fault);
    switch (event.kind) {
      case 'commit':
        return this.#commit(event);
      case 'account':
        return this.#account(event);
      case 'identity':
        return this.#identity(event);
    }
  }

  #commit(event: CommitEvent): RecordChange | Rejection | null {
    const { did, time_us: timeUs, commit } = event;
    const key = { did, collection: commit.collection, rkey: commit.rkey };
    const collection = this.#collections.find(commit.collection);
    if (collection === null) {
      const expected = `one of ${this.#collections.nsids.join(', ')}`;
      const reason = 'ErrUnsupportedCollection';
      return this.#reject(event, { reason, path: 'collection', expected, received: 'another' });
    }
    const { rev } = commit;
    if (commit.operation === 'delete') return { type: 'delete', key, rev, timeUs };
    const context: ReadContext = { key, timeUs, jitterSecret: this.#jitterSecret, fault: null };
    const outcome = collection.map(commit.record, context);
    if ('fault' in outcome) return this.#reject(event, outcome.fault);
    const { record, lexiconRevision } = outcome;
    return { type: 'upsert', key, rev, cid: commit.cid, timeUs, lexiconRevision, record };
  }

  #account(event: AccountEvent): RecordChange | Rejection {
    const { active, status = '', time } = event.account;
    const iso = isoTimeOf(time);
    if (iso === null) return this.#reject(event, timeFault('account.time'));
    const known = STATUS.test(status) ? status : null;
    return { type: 'account', did: event.did, active, status: known, time: iso };
  }

  #identity(event: IdentityEvent): RecordChange | Rejection {
    const { handle = '', time } = event.identity;
    const iso = isoTimeOf(time);
    if (iso === null) return this.#reject(event, timeFault('identity.time'));
    const valid = isValidHandle(handle) ? handle : null;
    return { type: 'identity', did: event.did, handle: valid, time: iso };
  }

  #reject(event: StreamEvent, fault: RecordFault): Rejection {
    this.#rejected.set(fault.reason, (this.#rejected.get(fault.reason) ?? 0) + 1);
    return rejectionOf(event, fault);
  }
}

function timeFault(path: string): RecordFault {
  const expected = 'an RFC 3339 time';
  return { reason: 'ErrInvalidTimestamp', path, expected, received: 'another value' };
}

/** Names the record only where its name is fit for a database. */
function rejectionOf(event: StreamEvent, fault: RecordFault): Rejection {
  const named = event.kind === 'commit' && eventFault(event) === null;
  const commit = event.kind === 'commit' ? event.commit : null;
  const record = commit !== null && commit.operation !== 'delete' ? commit.record : event;
  return {
    ...{ reason: fault.reason, detail: faultText(fault) },
    key: named
      ? { did: event.did, collection: event.commit.collection, rkey: event.commit.rkey }
      : null,
    rev: named ? event.commit.rev : null,
    timeUs: Number.isSafeInteger(event.time_us) ? event.time_us : 0,
    digest: recordDigest(record),
  };
}
