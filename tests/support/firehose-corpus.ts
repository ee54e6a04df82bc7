import { existsSync, readFileSync } from 'node:fs';
import { zstdDecompressSync } from 'node:zlib';
import type { StreamEvent } from '../../src/model/stream-event.ts';

/** Real relay frames and the events that Jetstream v1 sent for them at the same time. */
export interface FirehoseCorpus {
  readonly frames: readonly Buffer[];
  /** As sent, without line ends. */
  readonly lines: readonly string[];
  /** The lines compressed with the first dictionary, in the same order. */
  readonly compressed: readonly Buffer[];
}

const shared = new URL('../../../shared/fixtures/atproto/jetstream/', import.meta.url);
const cut = new URL('../fixtures/atproto/corpus/', import.meta.url);

/** Twelve frames without anybody's posts. */
export function corpusCut(): FirehoseCorpus {
  return read(cut, new URL('expected_v1.zstdframes.bin', cut));
}

/** All 150 frames, or undefined where the folder beside the project is missing. */
export function wholeCorpus(): FirehoseCorpus | undefined {
  const folder = new URL('corpus/', shared);
  if (!existsSync(folder)) return undefined;
  return read(folder, new URL('zstd_v1_generated/expected_v1.zstdframes.bin', shared));
}

function read(folder: URL, compressed: URL): FirehoseCorpus {
  const lines = readFileSync(new URL('expected_v1.jsonl', folder), 'utf8').trimEnd().split('\n');
  return {
    frames: splitFrames(zstdDecompressSync(readFileSync(new URL('frames.bin.zst', folder)))),
    lines,
    compressed: splitFrames(readFileSync(compressed)),
  };
}

/** `[u32 little-endian length][bytes]…`. */
function splitFrames(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32LE(at);
    frames.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return frames;
}

/** What the corpus matches events by: commits by repository, revision, path and operation, others by number. */
export function eventIdentity(event: StreamEvent): string {
  if (event.kind === 'commit') {
    const { rev, collection, rkey, operation } = event.commit;
    return [event.did, rev, collection, rkey, operation].join(' ');
  }
  if (event.kind === 'sync') return [event.did, event.kind, event.sync.rev].join(' ');
  const { seq } = event.kind === 'identity' ? event.identity : event.account;
  return [event.did, event.kind, seq].join(' ');
}
