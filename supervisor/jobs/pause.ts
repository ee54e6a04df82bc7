import { setTimeout as delay } from 'node:timers/promises';
import { throwIfCancelled } from './throw-if-cancelled.ts';

/** @throws {OperatingError} CANCELLED when the signal aborts first. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    throwIfCancelled(signal);
    throw error;
  }
}
