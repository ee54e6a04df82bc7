import type { CarCursor } from './car.ts';
import { type Refusal, refusal, type WantsCollection } from './decoded-frame.ts';
import { type DrislCursor, TEXT } from './drisl-cursor.ts';
import { isNsid, isRecordKey } from './identifier-syntax.ts';
import { INTERNED_BYTES_MAX, internAscii } from './interned-text.ts';
import { RECORD_CID_BYTES } from './record-cid.ts';

/** Most changes of one commit (com.atproto.sync.subscribeRepos, `ops`). */
export const OPS_MAX = 200;

const SLASH = 0x2f;
const PREFIX_BYTES = 4;

/** A change in a wanted collection, with offsets into the frame. */
export interface RepoOp {
  readonly operation: 'create' | 'update' | 'delete';
  readonly collection: string;
  readonly rkey: string;
  /** Of the record's CID, or -1. */
  readonly cidStart: number;
  /** Of the block that has this CID, or -1 where none was found. */
  blockStart: number;
  blockEnd: number;
  /** Why it cannot be used, known before its record was looked for. */
  readonly wrong: Refusal | null;
}

/** Collects the wanted ones of a list of changes into `ops`, and returns how many others there are. */
export function readOps(cursor: DrislCursor, wants: WantsCollection, ops: RepoOp[]): number {
  const offset = cursor.at;
  const count = cursor.readArrayCount();
  if (count > OPS_MAX) throw cursor.malformed(offset, `up to ${OPS_MAX} changes`, `${count}`);
  let unwanted = 0;
  for (let left = count; left > 0; left--) {
    const op = readOp(cursor, wants);
    if (op === null) unwanted++;
    else ops.push(op);
  }
  return unwanted;
}

function readOp(cursor: DrislCursor, wants: WantsCollection): RepoOp | null {
  let action = '';
  let cidStart = -1;
  let pathStart = -1;
  let pathEnd = -1;
  let previous = -1;
  for (let left = cursor.readMapCount(); left > 0; left--) {
    const offset = cursor.at;
    const key = cursor.readKey(previous);
    previous = offset;
    if (key === 'cid') cidStart = cursor.skipNull() ? -1 : cursor.readCidStart();
    else if (key === 'action') action = cursor.readText();
    else if (key === 'path') {
      if (cursor.readHead() !== TEXT) throw cursor.malformed(offset, 'a text as path', 'another');
      pathStart = cursor.at;
      pathEnd = pathStart + cursor.argument;
      cursor.at = pathEnd;
    } else cursor.skip();
  }
  const { bytes } = cursor;
  const slash = pathStart < 0 ? -1 : bytes.indexOf(SLASH, pathStart);
  if (slash < 0 || slash >= pathEnd) {
    throw cursor.malformed(pathStart, 'a path of collection and key', 'none');
  }
  const collection = asciiText(bytes, pathStart, slash);
  if (!wants(collection)) return null;
  const rkey = bytes.toString('latin1', slash + 1, pathEnd);
  const operation = action === 'create' || action === 'delete' ? action : 'update';
  const wrong = checkOp(action, collection, rkey, cidStart);
  return { operation, collection, rkey, cidStart, blockStart: -1, blockEnd: -1, wrong };
}

/** Where bytes are no ASCII they become other characters, which no syntax of ours allows. */
function asciiText(bytes: Buffer, start: number, end: number): string {
  const known = end - start <= INTERNED_BYTES_MAX ? internAscii(bytes, start, end) : undefined;
  return known ?? bytes.toString('latin1', start, end);
}

function checkOp(
  action: string,
  collection: string,
  rkey: string,
  cidStart: number,
): Refusal | null {
  if (!isNsid(collection)) return refusal('ErrInvalidFieldValue', 'expected an NSID in the path');
  if (!isRecordKey(rkey))
    return refusal('ErrInvalidFieldValue', 'expected a record key in the path');
  if (action === 'delete') return null;
  if (action !== 'create' && action !== 'update') {
    return refusal('ErrInvalidFieldValue', 'expected create, update or delete as action');
  }
  return cidStart >= 0 ? null : refusal('ErrMissingRecord', `expected a cid of ${action}`);
}

/** Finds, in one walk over the blocks, those that the changes name; it ends with the last that is looked for. */
export function findBlocks(car: CarCursor, ops: readonly RepoOp[]): void {
  const { bytes } = car;
  let missing = ops.filter(({ cidStart }) => cidStart >= 0).length;
  while (missing > 0 && car.next()) {
    const word = bytes.readInt32LE(car.cidStart + PREFIX_BYTES);
    for (const op of ops) {
      const { cidStart } = op;
      if (cidStart < 0 || op.blockStart >= 0) continue;
      if (bytes.readInt32LE(cidStart + PREFIX_BYTES) !== word) continue;
      if (!sameCid(bytes, cidStart, car.cidStart)) continue;
      op.blockStart = car.blockStart;
      op.blockEnd = car.blockEnd;
      missing--;
    }
  }
}

function sameCid(bytes: Buffer, a: number, b: number): boolean {
  return bytes.compare(bytes, a, a + RECORD_CID_BYTES, b, b + RECORD_CID_BYTES) === 0;
}
