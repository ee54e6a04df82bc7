import { createSectionHasher, type SectionHasher } from '../../decode/section-hasher.ts';

/** Of this thread; as many as tasks ever ran in it at once. */
const spare: { readonly hasher: SectionHasher; readonly windowBytes: number }[] = [];

/**
 * A hasher that no other task of this thread uses. Earlier ones are used again, because a new one first has to find
 * out which way of hashing is the quicker one here, which takes longer than a small shard.
 */
export function borrowHasher(windowBytes: number): SectionHasher {
  const at = spare.findIndex((one) => one.windowBytes === windowBytes);
  const [found] = at < 0 ? [] : spare.splice(at, 1);
  if (found !== undefined) return found.hasher;
  return createSectionHasher({ windowBytes, strategy: 'auto', now: () => performance.now() });
}

/** One whose window had to grow is not kept: the memory for a giant section is needed once in a while only. */
export function returnHasher(hasher: SectionHasher, windowBytes: number): void {
  if (hasher.window.length === windowBytes) spare.push({ hasher, windowBytes });
}
