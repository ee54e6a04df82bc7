import { createHash } from 'node:crypto';
import { encode } from '@atcute/cbor';
import { encodeCidText } from '../../src/decode/cid.ts';

/** A change as `com.atproto.sync.subscribeRepos` lists it, with the record that goes into the CAR. */
export interface MadeOp {
  readonly action: string;
  readonly path: string;
  /** AT Protocol's JSON. */
  readonly record?: unknown;
}

export interface MadeCommit {
  readonly repo: string;
  readonly rev: string;
  readonly seq: number;
  readonly time: string;
  readonly ops: readonly MadeOp[];
  readonly [field: string]: unknown;
}

/** Header and body as a relay sends them. */
export function frameOf(type: string, body: unknown): Buffer {
  return Buffer.concat([encode({ op: 1, t: type }), encode(body)]);
}

export function commitFrame(commit: MadeCommit): Buffer {
  return frameOf('#commit', commitBody(commit));
}

/** The body of a `#commit` whose CAR has a block for each record; fields given besides replace what is made. */
export function commitBody({ ops, ...fields }: MadeCommit): object {
  const blocks = ops.flatMap(({ record }) => (record === undefined ? [] : [encode(record)]));
  const made = {
    ops: ops.map(({ action, path, record }) => ({
      ...{ action, path },
      cid: record === undefined ? null : { $link: cidOf(encode(record)) },
    })),
    blocks: { $bytes: carOf(blocks).toString('base64').replace(/=+$/, '') },
    tooBig: false,
  };
  return { ...made, ...fields };
}

/** A CAR whose root is its first block, or a made-up one. */
export function carOf(blocks: readonly Uint8Array[]): Buffer {
  const root = { $link: cidOf(blocks[0] ?? Buffer.from('none')) };
  const header = encode({ version: 1, roots: [root] });
  const sections = blocks.map((block) => Buffer.concat([cidBytesOf(block), block]));
  return Buffer.concat([header, ...sections].flatMap((part) => [varint(part.length), part]));
}

export function cidOf(block: Uint8Array): string {
  return encodeCidText(cidBytesOf(block));
}

function cidBytesOf(block: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(1, 0x71, 0x12, 32), createHash('sha256').update(block).digest()]);
}

function varint(value: number): Buffer {
  return value < 128
    ? Buffer.of(value)
    : Buffer.concat([Buffer.of((value & 127) | 128), varint(value >>> 7)]);
}
