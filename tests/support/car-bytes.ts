import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { encode } from '@ipld/dag-cbor';

/** Builds small CAR files for tests from node bytes, with the plainest possible code. */

const nodesFolder = new URL('../fixtures/ledger/nodes/', import.meta.url);

/** A header without roots: `{roots: [], version: 1}`. */
export const rootlessHeader = Buffer.concat([Buffer.of(17), encode({ roots: [], version: 1 })]);

export function varintBytes(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}

export function cidOf(node: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from('01711220', 'hex'), hash('sha256', node, 'buffer')]);
}

export function sectionOf(node: Uint8Array): Buffer {
  return Buffer.concat([varintBytes(36 + node.length), cidOf(node), node]);
}

/** dag-cbor of a link: tag 42 around 00 and the CID. */
export function linkOf(cid: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(0xd8, 0x2a, 0x58, cid.length + 1, 0), cid]);
}

/** A frame of a split payload; lists of links stay below 24. */
export function frameNode(frame: {
  readonly hash: bigint | null;
  readonly index: number;
  readonly total: number;
  readonly data: Uint8Array;
  readonly next: readonly Uint8Array[];
}): Buffer {
  const fields = [6, frame.hash, frame.index, frame.total, frame.data].map((field) =>
    encode(field),
  );
  const next = [Buffer.of(0x80 | frame.next.length), ...frame.next.map(linkOf)];
  return Buffer.concat([Buffer.of(0x86), ...fields, ...next]);
}

/** A lone frame, as a value for `encode`. */
export function loneFrame(data: Uint8Array): unknown[] {
  return [6, null, null, null, data];
}

export function transactionNode(
  wire: Uint8Array,
  metadata: Uint8Array,
  slot: number,
  index: number,
): Uint8Array {
  return encode([0, loneFrame(wire), loneFrame(metadata), slot, index]);
}

/** A Block without entries, with the given slot. */
export function emptyBlockNode(slot: number): Buffer {
  const noRewards = Buffer.from('d82a450001550000', 'hex');
  const fields = [slot, [], [], [slot - 1, 0, null]].map((field) => encode(field));
  return Buffer.concat([Buffer.of(0x86, 2), ...fields, noRewards]);
}

/** Node vectors of real archives: name to bytes. */
export function nodeVectors(): Map<string, Buffer> {
  const names = readdirSync(nodesFolder).filter((name) => name.endsWith('.cbor'));
  return new Map(names.sort().map((name) => [name, readFileSync(new URL(name, nodesFolder))]));
}

/** Some wire transactions of mainnet slot 254,170,887 by their position in the block. */
export function wireTransactions(): { readonly index: number; readonly wire: Buffer }[] {
  const file = new URL('../fixtures/ledger/transactions-254170887.json', import.meta.url);
  const list = JSON.parse(readFileSync(file, 'utf8')) as { index: number; wire: string }[];
  return list.map(({ index, wire }) => ({ index, wire: Buffer.from(wire, 'base64') }));
}

/**
 * A CAR of about twenty kilobytes: real vectors of old epochs, real transactions in the layout of today, a Block
 * behind each of the two groups.
 */
export function smallCar(): Buffer {
  const sections: Buffer[] = [rootlessHeader];
  for (const [name, node] of nodeVectors()) {
    if (!name.startsWith('block') && !name.startsWith('epoch')) sections.push(sectionOf(node));
  }
  sections.push(sectionOf(emptyBlockNode(16_848_004)));
  for (const { wire, index } of wireTransactions()) {
    sections.push(
      sectionOf(transactionNode(wire, Buffer.alloc(index % 300, 7), 254_170_887, index)),
    );
  }
  sections.push(sectionOf(emptyBlockNode(254_170_887)));
  return Buffer.concat(sections);
}
