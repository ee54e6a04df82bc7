import type { Store } from '../../src/store/store.ts';
import { decideInline } from './decide-inline.ts';
import { decideLinkedList } from './decide-linked-list.ts';
import { decideSessionAccount } from './decide-session-account.ts';
import type { DecidedUpload } from './decided-upload.ts';

export interface DecideOptions {
  readonly recoverFailed: boolean;
  readonly chunksMax: number;
}

/** Bounds of what a result lists; what lies beyond is only counted. */
const MISSING_RANGES_MAX = 1000;
const CONFLICTS_MAX = 1000;

/** Every upload known under one key: a session account, a tail signature, or an inline transaction. */
export function decideUploads(key: string, store: Store, options: DecideOptions): DecidedUpload[] {
  const heads = store.sessionRecords.heads(key);
  const { recoverFailed, chunksMax } = options;
  const sessions = decideSessionAccount(heads, {
    ...{ recoverFailed, chunksMax },
    missingRangesMax: MISSING_RANGES_MAX,
    conflictsMax: CONFLICTS_MAX,
  });
  // A list may be closed more than once; the last successful closing instruction speaks for it.
  const tails = heads.filter((head) => head.type === 'tail');
  const tail = tails.findLast((head) => !head.failed) ?? (recoverFailed ? tails.at(-1) : undefined);
  const lists =
    tail === undefined
      ? []
      : [decideLinkedList(tail, store, { recoverFailed, linksMax: chunksMax })];
  const inlines = heads
    .filter((head) => head.type === 'inline')
    .map((head) => decideInline(head, recoverFailed));
  return [...sessions, ...lists, ...inlines];
}
