import type { IqLink } from '../../src/model/iq-record.ts';
import { walkLinkedList } from '../../src/protocols/iq/linked-list.ts';
import { parseUploadMetadata } from '../../src/protocols/iq/upload-metadata.ts';
import type { IqRecordHead } from '../../src/store/record-row.ts';
import type { Store } from '../../src/store/store.ts';
import type { DecidedUpload, UploadPart } from './decided-upload.ts';

type TailHead = Extract<IqRecordHead, { type: 'tail' }>;
type LinkHead = Extract<IqRecordHead, { type: 'link' }>;

export interface LinkedListLimits {
  readonly recoverFailed: boolean;
  readonly linksMax: number;
}

/** Payloads stay in the store until the list is whole, so the walk goes over links without bytes. */
const NO_BYTES = new Uint8Array(0);

/** Follows a list from its tail through the links the store holds. */
export function decideLinkedList(
  tail: TailHead,
  store: Store,
  limits: LinkedListLimits,
): DecidedUpload {
  const chain = loadChain(tail, store, limits.linksMax);
  const links = new Map<string, IqLink>();
  for (const [signature, head] of chain) links.set(signature, { ...head, payload: NO_BYTES });
  const walk = walkLinkedList(tail, links, limits);
  const heads = walk.links.flatMap((link) => chain.get(link.signature) ?? []);
  const metadata = parseUploadMetadata(tail.metadata);
  const slots = [tail, ...heads].map((head) => head.position.slot);
  const whole = walk.state !== 'incomplete';
  return {
    session: tail.tailSignature,
    sessionId: null,
    program: tail.program,
    generation: tail.generation,
    state: walk.state,
    totalChunks: whole ? heads.length : null,
    chunkCount: heads.length,
    missing: [],
    conflicts: [],
    parts: heads.map(partOf),
    payloadBytes: heads.reduce((sum, head) => sum + head.payloadBytes, 0),
    merkleRoot: null,
    filetype: metadata.filetype,
    filename: metadata.filename,
    contentType: tail.contentType,
    firstSlot: Math.min(...slots),
    lastSlot: Math.max(...slots),
    finalizeSlot: tail.position.slot,
    finalizeSignature: tail.signature,
    hint: undefined,
    warnings: walk.state === 'incomplete' ? [`${walk.reason}: ${walk.missingSignature}`] : [],
    awaitsLinks: !whole,
  };
}

function partOf(head: LinkHead): UploadPart {
  return { record: head.id, method: head.method, digest: head.payloadDigest ?? '' };
}

/** The links from the tail backwards, one more than allowed at most; stops where one is missing or seen before. */
function loadChain(tail: TailHead, store: Store, linksMax: number): Map<string, LinkHead> {
  const chain = new Map<string, LinkHead>();
  let signature = tail.tailSignature;
  while (chain.size <= linksMax && !chain.has(signature)) {
    const head = store.sessionRecords.links(signature).find((one) => one.type === 'link');
    if (head === undefined) break;
    chain.set(signature, head);
    signature = head.beforeTx;
  }
  return chain;
}
