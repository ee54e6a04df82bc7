import { setTimeout as sleep } from 'node:timers/promises';
import { OperatingError } from '../../core/errors.ts';
import type { StreamLease } from '../../model/record-batch.ts';
import type { RecordStore } from '../../sinks/records/record-store.ts';
import { untilReachable } from '../until-reachable.ts';

export interface LeaseOptions {
  readonly store: RecordStore;
  readonly stream: string;
  /** Name of this process among those that want the lease. */
  readonly holder: string;
  readonly leaseMs: number;
  readonly onFault: (error: OperatingError) => void;
}

/** One renewal may be late, or two. */
const RENEWALS_PER_LEASE = 3;

/** Resolves when the stream is ours to write; until then another instance does. */
export async function awaitLease(
  { store, stream, holder, leaseMs, onFault }: LeaseOptions,
  onStandby: () => void,
  signal: AbortSignal,
): Promise<StreamLease> {
  for (let told = false; ; ) {
    const take = () => store.acquireLease(stream, holder, leaseMs);
    const lease = await untilReachable(take, onFault, signal);
    if (lease !== null) return lease;
    if (!told) onStandby();
    told = true;
    await sleep(leaseMs / RENEWALS_PER_LEASE, undefined, { signal });
  }
}

/**
 * Prolongs the lease until the signal aborts. A database that is away is waited out: whoever writes next has to prove
 * the lease anyway.
 * @throws {OperatingError} LEASE_LOST.
 */
export async function keepLease(
  { store, leaseMs, onFault }: LeaseOptions,
  lease: StreamLease,
  signal: AbortSignal,
): Promise<void> {
  while (true) {
    await sleep(leaseMs / RENEWALS_PER_LEASE, undefined, { signal });
    try {
      await store.renewLease(lease);
    } catch (error) {
      if (!(error instanceof OperatingError) || !error.retryable || error.code === 'LEASE_LOST') {
        throw error;
      }
      onFault(error);
    }
  }
}
