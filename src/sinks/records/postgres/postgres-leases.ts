import { OperatingError } from '../../../core/errors.ts';
import type { StreamLease } from '../../../model/record-batch.ts';

/*
 * All times are of the database's clock, so that two machines agree on when a lease is over; and of the moment itself,
 * since `now()` is that of the transaction's begin.
 */

/**
 * Takes the lease, with a token greater than all before it, unless another holder's time is not over: no row then.
 * Values: stream, holder, milliseconds.
 */
export const TAKE_LEASE = `
  INSERT INTO indexer_leases AS l (stream, holder, token, lease, expires_at)
  VALUES ($1, $2, 1, $3::float8 * interval '1 ms', clock_timestamp() + $3::float8 * interval '1 ms')
  ON CONFLICT (stream) DO UPDATE SET holder = excluded.holder, token = l.token + 1,
    lease = excluded.lease, expires_at = clock_timestamp() + excluded.lease
  WHERE l.holder = excluded.holder OR l.expires_at <= clock_timestamp()
  RETURNING token::float8 AS token`;

/**
 * A lease whose time is over is still ours while nobody has taken it. The row stays locked until the transaction ends:
 * nobody takes the lease before what is written under it is durable. Values: stream, holder, token.
 */
export const PROLONG_LEASE = `
  UPDATE indexer_leases SET expires_at = clock_timestamp() + lease
  WHERE stream = $1 AND holder = $2 AND token = $3
  RETURNING 1 AS held`;

/** The row stays, for the tokens to grow on. Values as above. */
export const GIVE_UP_LEASE = `
  UPDATE indexer_leases SET holder = '', expires_at = '-infinity'
  WHERE stream = $1 AND holder = $2 AND token = $3`;

export function leaseLost({ stream, holder, token }: StreamLease): OperatingError {
  const message = `writing what comes from ${stream}: ${holder} holds the lease with token ${token} no more; another process writes it`;
  return new OperatingError('LEASE_LOST', message, { retryable: false, fields: { stream, token } });
}
