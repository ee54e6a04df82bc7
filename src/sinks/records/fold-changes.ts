import type {
  AccountChange,
  DeleteChange,
  IdentityChange,
  RecordChange,
  UpsertChange,
} from '../../model/record-change.ts';
import { eventTimeMs } from './event-time.ts';
import { keyText } from './key-text.ts';

/** What is left of a batch when later changes have replaced earlier ones. */
export interface FoldedChanges {
  /** One of each record, in the order of the stream. */
  readonly records: readonly (UpsertChange | DeleteChange)[];
  /** One of each account. */
  readonly accounts: readonly AccountChange[];
  readonly identities: readonly IdentityChange[];
  /** Changes of records that others of the batch replaced. */
  readonly skipped: number;
}

/**
 * Of each record only the greatest revision counts, whatever order they came in; of two with the same revision, which
 * are the same change, the first. Of accounts and identities the newest time counts.
 */
export function foldChanges(changes: readonly RecordChange[]): FoldedChanges {
  const records = new Map<string, UpsertChange | DeleteChange>();
  const accounts = new Map<string, AccountChange>();
  const identities = new Map<string, IdentityChange>();
  let skipped = 0;
  for (const change of changes) {
    if (change.type === 'account') keepNewest(accounts, change);
    else if (change.type === 'identity') keepNewest(identities, change);
    else {
      const text = keyText(change.key);
      const known = records.get(text);
      if (known !== undefined) skipped++;
      if (known !== undefined && known.rev >= change.rev) continue;
      // Taken out first, so that the map keeps the order of what counts.
      records.delete(text);
      records.set(text, change);
    }
  }
  return {
    records: [...records.values()],
    accounts: [...accounts.values()],
    identities: [...identities.values()],
    skipped,
  };
}

function keepNewest<Change extends { readonly did: string; readonly time: string }>(
  kept: Map<string, Change>,
  change: Change,
): void {
  const known = kept.get(change.did);
  if (known !== undefined && eventTimeMs(known.time) >= eventTimeMs(change.time)) return;
  kept.set(change.did, change);
}
