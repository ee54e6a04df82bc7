import {
  isDid,
  isRecordCidText,
  isRecordKey,
  isTid,
} from '../../decode/atproto/identifier-syntax.ts';
import type { CommitEvent, StreamEvent } from '../../model/stream-event.ts';
import type { RecordFault } from './record-fault.ts';

/** TIDs by rights; the seed's own envelope has other ones, or none. */
const REVISION = /^[a-zA-Z0-9_~.:-]{0,64}$/;
const CID = /^[a-zA-Z0-9+=]{0,256}$/;

/** What names an event has to be fit for keys of a database before anything is made of it. */
export function eventFault(event: StreamEvent): RecordFault | null {
  if (!isDid(event.did)) return faultAt('ErrMissingDID', 'did', 'a DID');
  if (!Number.isSafeInteger(event.time_us)) {
    return faultAt('ErrInvalidTimestamp', 'time_us', 'whole microseconds');
  }
  return event.kind === 'commit' ? commitFault(event) : null;
}

function commitFault({ commit }: CommitEvent): RecordFault | null {
  if (!isRecordKey(commit.rkey)) return faultAt('ErrMissingPath', 'rkey', 'a record key');
  if (!isTid(commit.rev) && !REVISION.test(commit.rev)) {
    return faultAt('ErrInvalidFieldValue', 'rev', 'a revision of at most 64 characters');
  }
  if (commit.operation === 'delete') return null;
  if (isRecordCidText(commit.cid) || CID.test(commit.cid)) return null;
  return faultAt('ErrInvalidRecordCID', 'cid', 'a CID');
}

function faultAt(reason: RecordFault['reason'], path: string, expected: string): RecordFault {
  return { reason, path, expected, received: 'another value' };
}
