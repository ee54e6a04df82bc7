import type { ChainPosition } from '../../model/iq-record.ts';

/** Negative when `a` came first on the chain. A top-level instruction precedes the inner ones it caused. */
export function compareChainPositions(a: ChainPosition, b: ChainPosition): number {
  return (
    a.slot - b.slot ||
    a.transactionIndex - b.transactionIndex ||
    a.outer - b.outer ||
    a.inner - b.inner
  );
}

interface Placed {
  readonly position: ChainPosition;
  readonly signature: string;
}

/**
 * A total order over records: by position, then by signature, so that even records whose positions
 * were numbered by different sources sort the same way in whatever order they were fed.
 */
export function compareOnChain(a: Placed, b: Placed): number {
  const byPosition = compareChainPositions(a.position, b.position);
  if (byPosition !== 0 || a.signature === b.signature) return byPosition;
  return a.signature < b.signature ? -1 : 1;
}
