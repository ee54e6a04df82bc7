import { encodeCidText } from '../decode/cid.ts';

/** Which archive an index belongs to; stands in the file's name and in its metadata. */
export interface IndexIdentity {
  readonly epoch: number;
  /** 36 bytes: the CID of the Epoch node. */
  readonly root: Uint8Array;
  /** `mainnet` for the public archive. */
  readonly network: string;
}

export type IndexKind =
  | 'slot-to-cid'
  | 'cid-to-offset-and-size'
  | 'sig-to-cid'
  | 'sig-exists'
  | 'slot-to-blocktime';

export function indexFileName(identity: IndexIdentity, kind: IndexKind): string {
  return `epoch-${identity.epoch}-${encodeCidText(identity.root)}-${identity.network}-${kind}.index`;
}

/**
 * Key-value block shared by the index formats: u8 count, then u8 key length, key, u8 value length, value.
 * Source: rpcpool/yellowstone-faithful, indexmeta.
 */
export function indexMetadata(identity: IndexIdentity, kind: IndexKind | null): Buffer {
  const epoch = Buffer.alloc(8);
  epoch.writeBigUInt64LE(BigInt(identity.epoch));
  const pairs: [string, Uint8Array][] = [
    ['epoch', epoch],
    ['rootCid', identity.root],
    ['network', Buffer.from(identity.network)],
  ];
  if (kind !== null) pairs.push(['kind', Buffer.from(kind)]);
  const parts = pairs.flatMap(([key, value]) => [
    Buffer.from([key.length]),
    Buffer.from(key),
    Buffer.from([value.length]),
    value,
  ]);
  return Buffer.concat([Buffer.from([pairs.length]), ...parts]);
}
