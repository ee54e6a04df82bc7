import { OperatingError } from '../core/errors.ts';

/** What a decoder wanted at a byte and what stood there. `offset` counts from the start of the bytes it was given. */
export interface MalformedRecord {
  readonly attempted: string;
  readonly offset: number;
  readonly expected: string;
  readonly received: string;
}

/** The error every decoder throws on bytes that break the format; never retryable, the bytes stay what they are. */
export function malformedRecord(what: MalformedRecord): OperatingError {
  return new OperatingError(
    'RECORD_MALFORMED',
    `${what.attempted} at byte ${what.offset}: expected ${what.expected}, received ${what.received}`,
    { retryable: false, fields: { offset: what.offset } },
  );
}

/** The error for a record that claims more than the caller allows; thrown before anything is allocated for it. */
export function recordTooLarge(what: MalformedRecord): OperatingError {
  return new OperatingError(
    'RECORD_TOO_LARGE',
    `${what.attempted} at byte ${what.offset}: expected ${what.expected}, received ${what.received}`,
    { retryable: false, fields: { offset: what.offset } },
  );
}
