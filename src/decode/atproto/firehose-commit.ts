import type { RecordKey, Rejection } from '../../model/record-change.ts';
import type { CommitChange, StreamEvent } from '../../model/stream-event.ts';
import { CarCursor } from './car.ts';
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
import type { DrislCursor } from './drisl-cursor.ts';
import { findBlocks, type RepoOp, readOps } from './firehose-ops.ts';
import { isDid, isTid } from './identifier-syntax.ts';
import { readRecord } from './record-block.ts';
import { rfc3339Micros } from './rfc3339-micros.ts';

/** What a commit's body says besides its changes; offsets into the frame. */
interface CommitBody {
  repo: string;
  rev: string;
  seq: number;
  time: string;
  tooBig: boolean;
  blocksStart: number;
  blocksEnd: number;
  readonly ops: RepoOp[];
  unwanted: number;
}

/**
 * The body of a `#commit` (com.atproto.sync.subscribeRepos): one event for each change in a wanted collection. Where
 * there is none, the CAR with the blocks is passed over. A record is the block whose CID the change names, and its
 * digest is checked. Signatures and the tree of the repository are not: a relay is trusted as Jetstream is.
 * @throws {OperatingError} RECORD_MALFORMED when frame or CAR is not what it should be.
 */
export function decodeFirehoseCommit(cursor: DrislCursor, wants: WantsCollection): DecodedFrame {
  const body = readBody(cursor, wants);
  const { repo, rev, seq, ops } = body;
  const frame = cursor.bytes.subarray(0, cursor.end);
  const timeUs = rfc3339Micros(body.time);
  if (timeUs === undefined) {
    return rejectedFrame(frame, refusal('ErrInvalidTimestamp', 'expected an RFC 3339 time'));
  }
  const about = { key: null, rev: isTid(rev) ? rev : null, timeUs };
  const whole = { ...EMPTY_FRAME, unwanted: body.unwanted, seq, timeUs };
  const wrong = checkBody(body);
  if (wrong !== null) return { ...whole, rejects: [rejection(frame, wrong, about)] };
  if (ops.length === 0) return whole;
  if (body.blocksEnd > 0) {
    findBlocks(new CarCursor(cursor.bytes, body.blocksStart, body.blocksEnd), ops);
  }
  const events: StreamEvent[] = [];
  const rejects: Rejection[] = [];
  for (const op of ops) {
    const commit = readChange(cursor.bytes, op, rev);
    if (!isRefusal(commit)) events.push({ did: repo, time_us: timeUs, kind: 'commit', commit });
    else rejects.push(rejection(frame, commit, { ...about, key: keyOf(repo, op) }));
  }
  return { ...whole, events, rejects };
}

function readBody(cursor: DrislCursor, wants: WantsCollection): CommitBody {
  const body: CommitBody = {
    ...{ repo: '', rev: '', seq: -1, time: '', tooBig: false },
    ...{ blocksStart: 0, blocksEnd: 0, ops: [], unwanted: 0 },
  };
  let previous = -1;
  for (let left = cursor.readMapCount(); left > 0; left--) {
    const offset = cursor.at;
    const key = cursor.readKey(previous);
    previous = offset;
    switch (key) {
      case 'ops':
        body.unwanted = readOps(cursor, wants, body.ops);
        break;
      case 'rev':
        body.rev = cursor.readText();
        break;
      case 'seq':
        body.seq = cursor.readUnsigned();
        break;
      case 'repo':
        body.repo = cursor.readText();
        break;
      case 'time':
        body.time = cursor.readText();
        break;
      case 'blocks':
        body.blocksStart = cursor.readBytesStart();
        body.blocksEnd = cursor.at;
        break;
      case 'tooBig':
        body.tooBig = cursor.readBoolean();
        break;
      default:
        cursor.skip();
    }
  }
  cursor.expectEnd();
  return body;
}

function checkBody({ repo, rev, seq, tooBig }: CommitBody): Refusal | null {
  if (!isDid(repo)) return refusal('ErrMissingDID', 'expected a DID as repo');
  if (!isTid(rev)) return refusal('ErrInvalidFieldValue', 'expected a TID as rev');
  if (seq < 0) return refusal('ErrMissingField', 'expected a seq, received none');
  if (!tooBig) return null;
  return refusal('ErrMessageTooLarge', 'the relay left the changes out of a commit too big for it');
}

function readChange(bytes: Buffer, op: RepoOp, rev: string): CommitChange | Refusal {
  const { operation, collection, rkey } = op;
  if (op.wrong !== null) return op.wrong;
  if (operation === 'delete') return { rev, operation, collection, rkey };
  const read = readRecord(bytes, op);
  if (isRefusal(read)) return read;
  return { rev, operation, collection, rkey, record: read.record, cid: read.cid };
}

function keyOf(did: string, { collection, rkey }: RepoOp): RecordKey {
  return { did, collection, rkey };
}
