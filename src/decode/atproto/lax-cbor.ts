import { decodeFirst, encode, type TagDecodeControl, Token, Type } from 'cborg';
import type { JsonObject, JsonValue } from '../../model/stream-event.ts';
import { decodeCidText } from '../cid.ts';
import { isShallowCbor } from './cbor-nesting.ts';
import { cidTextOf, isRecordCid, RECORD_CID_BYTES, recordCidText } from './record-cid.ts';

/** Arrays, maps and tags in one another that are followed. */
export const LAX_DEPTH_MAX = 64;

const CID_TAG = 42;
/** Multibase prefix of binary CIDs. */
const NO_BASE = Buffer.of(0);

/** A link, until it is JSON: the 36 bytes of its CID. */
class Link {
  readonly cid: Uint8Array;

  constructor(cid: Uint8Array) {
    this.cid = cid;
  }
}

const options = { useMaps: true, coerceUndefinedToNull: true, tags: { [CID_TAG]: readLink } };

/**
 * The first CBOR value as AT Protocol's JSON, as lax as the seed's decoder: any key order and number form,
 * arrays and maps without a length, keys of bytes and numbers, of the same keys the last, bytes behind the value. Not
 * lax where JSON cannot follow, as with numbers beyond 2^53, NaN and tags other than links, nor for strings in chunks.
 * @returns undefined where it is no such value.
 */
export function decodeLaxCbor(bytes: Uint8Array): JsonValue | undefined {
  if (!isShallowCbor(bytes, LAX_DEPTH_MAX)) return undefined;
  try {
    return toJson(decodeFirst(bytes, options)[0]);
  } catch {
    // cborg and `toJson` throw nothing but complaints about these bytes.
    return undefined;
  }
}

function readLink(decode: TagDecodeControl): Link {
  const bytes = decode();
  if (!(bytes instanceof Uint8Array) || bytes.length !== RECORD_CID_BYTES + 1 || bytes[0] !== 0) {
    throw new Error('expected the bytes of a CID');
  }
  return new Link(bytes.subarray(1));
}

function toJson(value: unknown): JsonValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (Number.isFinite(value)) return value;
      break;
    case 'object':
      return toJsonObject(value);
  }
  throw new Error(`expected a value that JSON has, received ${typeof value}`);
}

function toJsonObject(value: object | null): JsonValue {
  if (value === null) return null;
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Uint8Array) return { $bytes: base64(value) };
  if (value instanceof Link) return { $link: linkText(value) };
  if (!(value instanceof Map)) throw new Error('expected a map');
  return Object.fromEntries([...value].map(([key, item]) => [keyText(key), toJson(item)]));
}

function keyText(key: unknown): string {
  if (typeof key === 'string') return key;
  if (key instanceof Uint8Array) return Buffer.from(key).toString();
  if (typeof key === 'number' || typeof key === 'boolean') return String(key);
  throw new Error(`expected a plain key, received ${typeof key}`);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '');
}

function linkText({ cid }: Link): string {
  const bytes = Buffer.from(cid);
  if (!isRecordCid(bytes, 0)) throw new Error('expected a CID of sha2-256');
  return recordCidText(bytes, 0);
}

const encodings = { float64: true, typeEncoders: { Object: encodeDataModel } };

/** Links and byte strings; null leaves a plain object to cborg. */
function encodeDataModel(value: JsonObject): Token[] | null {
  const { $bytes, $link } = value;
  if (Object.keys(value).length !== 1) return null;
  if (typeof $bytes === 'string') return [new Token(Type.bytes, Buffer.from($bytes, 'base64'))];
  const cid = typeof $link === 'string' ? decodeCidText($link) : undefined;
  if (cid === undefined) return null;
  return [new Token(Type.tag, CID_TAG), new Token(Type.bytes, Buffer.concat([NO_BASE, cid]))];
}

/** CID of a record given as JSON: that of its DAG-CBOR encoding. */
export function cidOfJson(record: JsonObject): string {
  return cidTextOf(encode(record, encodings));
}
