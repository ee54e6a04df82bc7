import { hash } from 'node:crypto';
import { NODE_CID_BYTES, NODE_CID_PREFIX_LE } from '../decode/cid.ts';

/** What a Block links to when the slot paid no rewards: CIDv1, raw (55), identity hash of no bytes. */
export const NO_REWARDS_CID: Uint8Array = Uint8Array.of(0x01, 0x55, 0x00, 0x00);

/** The 36 bytes that name a node. */
export function nodeCid(node: Uint8Array): Buffer {
  const cid = Buffer.allocUnsafe(NODE_CID_BYTES);
  const digestStart = cid.writeUInt32LE(NODE_CID_PREFIX_LE);
  hash('sha256', node, 'buffer').copy(cid, digestStart);
  return cid;
}
