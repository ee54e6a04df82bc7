import { hash } from 'node:crypto';
import { fromUint8Array } from '@atcute/car';
import { type BytesWrapper, type CidLinkWrapper, decode, decodeFirst } from '@atcute/cbor';

interface RepoOp {
  readonly action: string;
  readonly path: string;
  readonly cid: CidLinkWrapper | null;
}

interface CommitBody {
  readonly repo: string;
  readonly rev: string;
  readonly time: string;
  readonly ops: readonly RepoOp[];
  readonly blocks: BytesWrapper;
}

/**
 * A decoder of relay frames as a consumer would make it of @atcute/cbor and @atcute/car, to measure ours against:
 * the records of all changes of a commit, found by CID in a map of the CAR's blocks. It leaves links as objects of its
 * library.
 * @param verify whether the digest of each record is checked, as ours does.
 */
export function decodeByAtcute(frame: Uint8Array, verify: boolean): unknown[] {
  const [header, rest] = decodeFirst(frame) as [{ t: string }, Uint8Array];
  const body = decode(rest);
  if (header.t !== '#commit') return [body];
  const { repo, rev, time, ops, blocks } = body as CommitBody;
  const byCid = new Map<string, Uint8Array>();
  for (const { cid, bytes } of fromUint8Array(blocks.buf)) byCid.set(keyOf(cid.bytes), bytes);
  return ops.map(({ action, path, cid }) => {
    const [collection, rkey] = path.split('/');
    const commit: Record<string, unknown> = { rev, operation: action, collection, rkey };
    if (cid !== null) {
      const block = byCid.get(keyOf(cid.bytes));
      if (block === undefined) throw new Error(`no block for ${path}`);
      if (verify && hash('sha256', block, 'buffer').compare(cid.bytes, 4) !== 0) {
        throw new Error(`another digest of ${path}`);
      }
      commit['record'] = decode(block);
      commit['cid'] = cid.$link;
    }
    return { did: repo, time_us: Date.parse(time) * 1000, kind: 'commit', commit };
  });
}

function keyOf(cid: Uint8Array): string {
  return Buffer.from(cid.buffer, cid.byteOffset, cid.length).toString('latin1');
}
