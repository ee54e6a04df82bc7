import { hash } from 'node:crypto';
import { NODE_CID_BYTES } from '../decode/cid.ts';

/** CIDv1 (01), dag-cbor (71), sha2-256 (12) of 32 bytes (20): every node of the archive is named so. */
const PREFIX = Buffer.from([0x01, 0x71, 0x12, 0x20]);

/** What a Block links to when the slot paid no rewards: CIDv1, raw (55), identity hash of no bytes. */
export const NO_REWARDS_CID: Uint8Array = Uint8Array.of(0x01, 0x55, 0x00, 0x00);

/** The 36 bytes that name a node. */
export function nodeCid(node: Uint8Array): Buffer {
  const cid = Buffer.allocUnsafe(NODE_CID_BYTES);
  PREFIX.copy(cid);
  hash('sha256', node, 'buffer').copy(cid, PREFIX.length);
  return cid;
}
