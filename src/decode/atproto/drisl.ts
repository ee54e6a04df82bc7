import type { JsonObject, JsonValue } from '../../model/stream-event.ts';
import {
  ARRAY,
  BYTES,
  DrislCursor,
  NEGATIVE,
  SIMPLE,
  TAG,
  TEXT,
  UNSIGNED,
} from './drisl-cursor.ts';
import { recordCidText } from './record-cid.ts';

export interface DrislOptions {
  /** Whether a finite float64 is a value. The records of AT Protocol have none. */
  readonly floats: boolean;
}

/**
 * One value that fills the bytes from `start` to `end`, as AT Protocol's JSON: links are `{"$link": "b…"}`, byte
 * strings `{"$bytes": "…"}` in base64 without padding (atproto.com/specs/data-model).
 * @throws {OperatingError} RECORD_MALFORMED.
 */
export function decodeDrisl(
  bytes: Buffer,
  start: number,
  end: number,
  options: DrislOptions,
): JsonValue {
  const cursor = new DrislCursor(bytes, start, end);
  const value = readValue(cursor, options.floats, 0);
  cursor.expectEnd();
  return value;
}

function readValue(cursor: DrislCursor, floats: boolean, depth: number): JsonValue {
  const offset = cursor.at;
  const major = cursor.bytes[offset]! >> 5;
  if (major === TAG) return { $link: recordCidText(cursor.bytes, cursor.readCidStart()) };
  if (major === SIMPLE) return cursor.readSimple(floats);
  cursor.readHead();
  switch (major) {
    case UNSIGNED:
      return cursor.argument;
    case NEGATIVE:
      if (cursor.argument < Number.MAX_SAFE_INTEGER) return -1 - cursor.argument;
      throw cursor.malformed(offset, 'a number from -(2^53 - 1)', '-(2^53)');
    case BYTES:
      return readBytes(cursor);
    case TEXT:
      return cursor.textBody();
    case ARRAY:
      cursor.checkDepth(depth, offset);
      return readArray(cursor, floats, depth);
    default:
      cursor.checkDepth(depth, offset);
      return readMap(cursor, floats, depth);
  }
}

function readBytes(cursor: DrislCursor): JsonObject {
  const start = cursor.at;
  cursor.at += cursor.argument;
  const text = cursor.bytes.toString('base64', start, cursor.at);
  const padding = (3 - (cursor.argument % 3)) % 3;
  return { $bytes: padding === 0 ? text : text.slice(0, -padding) };
}

function readArray(cursor: DrislCursor, floats: boolean, depth: number): JsonValue[] {
  const values: JsonValue[] = [];
  for (let left = cursor.argument; left > 0; left--) {
    values.push(readValue(cursor, floats, depth + 1));
  }
  return values;
}

function readMap(cursor: DrislCursor, floats: boolean, depth: number): JsonObject {
  const values: Record<string, JsonValue> = {};
  let previous = -1;
  for (let left = cursor.argument; left > 0; left--) {
    const offset = cursor.at;
    const key = cursor.readKey(previous);
    previous = offset;
    const value = readValue(cursor, floats, depth + 1);
    if (key === '__proto__') defineOwn(values, key, value);
    else values[key] = value;
  }
  return values;
}

/** An assignment would set the prototype; a key of the network is never more than a key. */
function defineOwn(target: object, key: string, value: JsonValue): void {
  Object.defineProperty(target, key, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}
