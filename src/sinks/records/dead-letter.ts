import type { Rejection, UpsertChange } from '../../model/record-change.ts';
import { changeDigest } from './change-digest.ts';
import type { DeadLetter } from './record-store.ts';
import type { DeadLetterRecord } from './record-transaction.ts';

/** A dead letter before it has a number. */
export type NewDeadLetter = Omit<DeadLetter, 'id' | 'firstSeen' | 'lastSeen' | 'seen'>;

/** A row as either database gives it; each has times of its own kind. */
export interface DeadLetterRow<Time> {
  readonly id: number;
  readonly stream: string;
  readonly kind: DeadLetter['kind'];
  readonly reason: string;
  readonly detail: string;
  readonly did: string | null;
  readonly collection: string | null;
  readonly rkey: string | null;
  readonly rev: string | null;
  readonly time_us: number;
  readonly digest: string;
  readonly change: string | null;
  readonly first_seen: Time;
  readonly last_seen: Time;
  readonly seen: number;
}

export function refusedLetter(
  stream: string,
  { reason, detail, change }: DeadLetterRecord,
): NewDeadLetter {
  const { key, rev, timeUs } = change;
  const digest = changeDigest(change);
  return { stream, kind: 'refused', reason, detail, ...key, rev, timeUs, digest, change };
}

export function rejectedLetter(stream: string, rejection: Rejection): NewDeadLetter {
  const { reason, detail, key, rev, timeUs, digest } = rejection;
  const { did = null, collection = null, rkey = null } = key ?? {};
  const place = { did, collection, rkey, rev, timeUs, digest };
  return { stream, kind: 'rejected', reason, detail, ...place, change: null };
}

export function letterOf(row: DeadLetterRow<Date | number>): DeadLetter {
  const { id, stream, kind, reason, detail, did, collection, rkey, rev, digest, seen } = row;
  return {
    ...{ id, stream, kind, reason, detail, did, collection, rkey, rev, digest, seen },
    timeUs: row.time_us,
    change: row.change === null ? null : (JSON.parse(row.change) as unknown),
    firstSeen: new Date(row.first_seen).toISOString(),
    lastSeen: new Date(row.last_seen).toISOString(),
  };
}

/** The change of a refused one as we wrote it. */
export function changeOfLetter({ kind, change }: DeadLetter): UpsertChange | null {
  return kind === 'refused' ? (change as UpsertChange) : null;
}
