import type { BincodeCursor } from './bincode-cursor.ts';
import {
  INNER_BYTES_MIN,
  INNER_GROUP_BYTES_MIN,
  LOG_BYTES_MIN,
  readStatus,
  skipStraySemicolon,
} from './status-meta-bincode.ts';

/** Where the fields of a record go. `addInner` answers the cell of a row whose seven numbers follow. */
export interface FieldTables {
  failed: boolean;
  fee: number;
  readonly inner: Int32Array;
  addInner(): number;
  addLog(start: number, end: number): void;
}

const COMPUTE_UNITS = Buffer.from(' compute units');

/** Reads a bincode record up to its logs; what stands behind them is none of these fields. */
export function readBincodeFields(cursor: BincodeCursor, fields: FieldTables): void {
  fields.failed = readStatus(cursor) !== null;
  fields.fee = Number(cursor.readU64());
  cursor.skip(cursor.readCount(8) * 8);
  cursor.skip(cursor.readCount(8) * 8);
  if (!cursor.isAtEnd && cursor.readOption()) readInnerGroups(cursor, fields);
  if (!cursor.isAtEnd && cursor.readOption()) readLogs(cursor, fields);
}

function readInnerGroups(cursor: BincodeCursor, fields: FieldTables): void {
  for (let groups = cursor.readCount(INNER_GROUP_BYTES_MIN); groups > 0; groups--) {
    const outer = cursor.readByte();
    for (let left = cursor.readCount(INNER_BYTES_MIN); left > 0; left--) {
      const cell = fields.addInner();
      const { inner } = fields;
      inner[cell] = outer;
      inner[cell + 1] = cursor.readByte();
      inner[cell + 3] = cursor.readShortCount();
      inner[cell + 2] = cursor.at;
      cursor.skip(inner[cell + 3]!);
      inner[cell + 5] = cursor.readShortCount();
      inner[cell + 4] = cursor.at;
      cursor.skip(inner[cell + 5]!);
      inner[cell + 6] = -1;
    }
  }
}

function readLogs(cursor: BincodeCursor, fields: FieldTables): void {
  for (let left = cursor.readCount(LOG_BYTES_MIN); left > 0; left--) {
    const length = cursor.readCount(1);
    const start = cursor.at;
    cursor.skip(length);
    fields.addLog(start, cursor.at);
    if (endsWithComputeUnits(cursor, start)) skipStraySemicolon(cursor, left > 1);
  }
}

function endsWithComputeUnits({ bytes, at }: BincodeCursor, start: number): boolean {
  const from = at - COMPUTE_UNITS.length;
  return from >= start && bytes.compare(COMPUTE_UNITS, 0, COMPUTE_UNITS.length, from, at) === 0;
}
