import { OperatingError } from '../../src/core/errors.ts';

/** @throws {OperatingError} CANCELLED when the signal aborted: what a job did so far stands in the store. */
export function throwIfCancelled(signal: AbortSignal): void {
  if (!signal.aborted) return;
  throw new OperatingError('CANCELLED', 'the job was interrupted; running it again resumes it', {
    retryable: true,
  });
}
