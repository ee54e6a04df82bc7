import { OperatingError } from '../../../core/errors.ts';
import type { StreamLease } from '../../../model/record-batch.ts';
import type { SqliteConnection } from './sqlite-connection.ts';

interface LeaseRow {
  readonly holder: string;
  readonly token: number;
  readonly expires_at: number;
}

/** Takes the lease, with a token greater than all before it, unless another holder's time is not over. */
export function takeLease(
  connection: SqliteConnection,
  { stream, holder }: Omit<StreamLease, 'token'>,
  leaseMs: number,
  nowMs: number,
): StreamLease | null {
  const sql = 'SELECT holder, token, expires_at FROM indexer_leases WHERE stream = ?';
  const known = connection.get<LeaseRow>(sql, stream);
  if (known !== undefined && known.holder !== holder && known.expires_at > nowMs) return null;
  const token = (known?.token ?? 0) + 1;
  connection.run(
    'INSERT INTO indexer_leases VALUES (?, ?, ?, ?, ?) ON CONFLICT (stream) DO UPDATE SET holder = excluded.holder, token = excluded.token, lease_ms = excluded.lease_ms, expires_at = excluded.expires_at',
    ...[stream, holder, token, leaseMs, nowMs + leaseMs],
  );
  return { stream, holder, token };
}

/** A lease whose time is over is still ours while nobody has taken it. @throws {OperatingError} LEASE_LOST. */
export function prolongLease(
  connection: SqliteConnection,
  { stream, holder, token }: StreamLease,
  nowMs: number,
): void {
  const prolonged = connection.run(
    'UPDATE indexer_leases SET expires_at = ? + lease_ms WHERE stream = ? AND holder = ? AND token = ?',
    ...[nowMs, stream, holder, token],
  );
  if (prolonged > 0) return;
  const message = `writing what comes from ${stream}: ${holder} holds the lease with token ${token} no more; another process writes it`;
  throw new OperatingError('LEASE_LOST', message, { retryable: false, fields: { stream, token } });
}

/** The row stays, for the tokens to grow on. */
export function giveUpLease(
  connection: SqliteConnection,
  { stream, holder, token }: StreamLease,
): void {
  connection.run(
    "UPDATE indexer_leases SET holder = '', expires_at = 0 WHERE stream = ? AND holder = ? AND token = ?",
    ...[stream, holder, token],
  );
}
