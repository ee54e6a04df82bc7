import type { CommitChange, CommitEvent } from '../../src/model/stream-event.ts';

export const OWN_DID = 'did:plc:ewvi7nxzyoun6zhxrhs64oiz';
export const OTHER_DID = 'did:plc:44ybard66vv44zksje25o7dz';
export const RECORD_CID = 'bafyreiclp443lavogvhj3d2ob2cxbfuscni2k5jk7bebjzg7khl3esabwq';
/** 2023-11-14T22:13:20.123Z. */
export const EVENT_TIME_US = 1_700_000_000_123_456;

type Creation = CommitEvent & { readonly commit: Exclude<CommitChange, { operation: 'delete' }> };

/** A record of `OWN_DID` as a stream tells of it; whatever is given as a record goes in. */
export function commitOf(collection: string, record: unknown, rkey = 'r1'): Creation {
  return {
    ...{ did: OWN_DID, time_us: EVENT_TIME_US, kind: 'commit' },
    commit: {
      ...{ rev: '3mptbypluud2a', operation: 'create', collection, rkey, cid: RECORD_CID },
      record: record as never,
    },
  };
}
