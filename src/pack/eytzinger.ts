/**
 * Order in which a sorted list of `count` items is stored for cache-friendly binary search:
 * item k of the result stands above items 2k+1 and 2k+2. Returns positions in the sorted list.
 */
export function eytzingerOrder(count: number): Uint32Array {
  const order = new Uint32Array(count);
  let next = 0;
  const place = (at: number): void => {
    if (at >= count) return;
    place(2 * at + 1);
    order[at] = next++;
    place(2 * at + 2);
  };
  place(0);
  return order;
}
