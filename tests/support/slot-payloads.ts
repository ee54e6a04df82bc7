import { decodeCarHeader, decodeSection, SECTION_BYTES_MAX } from '../../src/decode/car-frame.ts';
import { encodeCidText } from '../../src/decode/cid.ts';
import type { DataFrame } from '../../src/decode/data-frame.ts';
import { joinDataFrame } from '../../src/decode/join-data-frame.ts';
import { decodeLedgerNode, NODE_KIND } from '../../src/decode/ledger-node.ts';

const limits = { payloadBytesMax: 32 << 20, framesMax: 100_000 };

/** The payloads of a slot as they are stored: compressed, continued frames joined. */
export interface SlotPayloads {
  readonly slot: number;
  /** In the order of the block. */
  readonly metadata: readonly Uint8Array[];
  readonly rewards: Uint8Array | null;
}

/** Reads a whole CAR with the general decoders, slot by slot. */
export function* slotPayloads(car: Buffer): Generator<SlotPayloads> {
  let frames = new Map<string, DataFrame>();
  let metadata: Uint8Array[] = [];
  let rewards: Uint8Array | null = null;
  const join = (frame: DataFrame): Uint8Array =>
    joinDataFrame(frame, (cid) => frames.get(encodeCidText(cid)), limits);
  for (let at = decodeCarHeader(car)?.end ?? 0; at < car.length; ) {
    const section = decodeSection(car, at, car.length, SECTION_BYTES_MAX);
    if (typeof section === 'number') throw new RangeError(`section at ${at} is cut off`);
    at = section.end;
    const node = decodeLedgerNode(car, section.nodeStart, section.end);
    if (node.kind === NODE_KIND.dataFrame) {
      frames.set(encodeCidText(car.subarray(section.digestStart - 4, section.nodeStart)), node);
    } else if (node.kind === NODE_KIND.transaction) metadata.push(join(node.metadata));
    else if (node.kind === NODE_KIND.rewards) rewards = join(node.data);
    else if (node.kind === NODE_KIND.block) {
      yield { slot: node.slot, metadata, rewards };
      frames = new Map();
      metadata = [];
      rewards = null;
    }
  }
}
