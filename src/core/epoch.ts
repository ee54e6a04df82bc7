/**
 * Slots of one mainnet epoch. Mainnet had no warm-up epochs, so epoch E is always
 * slots E * 432,000 up to but not including (E + 1) * 432,000.
 * Source: anza-xyz/agave sdk `DEFAULT_SLOTS_PER_EPOCH`.
 */
export const SLOTS_PER_EPOCH = 432_000;

export function epochOfSlot(slot: number): number {
  return Math.floor(slot / SLOTS_PER_EPOCH);
}

export function firstSlotOfEpoch(epoch: number): number {
  return epoch * SLOTS_PER_EPOCH;
}
