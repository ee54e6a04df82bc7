import type { EventForm, SwapEvent } from './dex-program.ts';

/** Offsets of u64 amounts, and of the pool's key where there is one, in an event behind its id. */
interface EventOffsets {
  readonly amountIn: number;
  readonly amountOut: number;
  readonly pool: number | null;
}

/** @param id the eight bytes, in hex, that Anchor derives from the event's name. */
export function anchorEvent(id: string, read: EventForm['read']): EventForm {
  return { channel: 'anchor', id: Buffer.from(id, 'hex'), read };
}

/** Reads an event whose amounts stand at fixed places. Layouts grow at their end, so longer ones are accepted. */
export function readEventAt(bytes: Buffer, offsets: EventOffsets): SwapEvent | undefined {
  const { amountIn, amountOut, pool } = offsets;
  if (bytes.length < Math.max(amountIn, amountOut) + 8) return undefined;
  if (pool !== null && bytes.length < pool + 32) return undefined;
  return {
    pool: pool === null ? null : bytes.subarray(pool, pool + 32),
    amountIn: bytes.readBigUInt64LE(amountIn),
    amountOut: bytes.readBigUInt64LE(amountOut),
    transferFeeIn: null,
    transferFeeOut: null,
  };
}
