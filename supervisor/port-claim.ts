import { createServer } from 'node:net';
import { OperatingError } from '../src/core/errors.ts';

/** A port a child is going to listen on. */
export interface PortClaim {
  readonly host: string;
  readonly port: number;
  /** Completes "port 8123 for …". */
  readonly purpose: string;
  /** What the user can do when somebody else has it. */
  readonly remedy: string;
}

/**
 * Asked before a child starts: a foreign server on the port would answer the child's readiness probe
 * while the child itself dies.
 * @throws {OperatingError} PORT_TAKEN, naming port, purpose and remedy.
 */
export async function assertPortFree(claim: PortClaim): Promise<void> {
  const server = createServer();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ host: claim.host, port: claim.port, exclusive: true }, resolve);
  try {
    await promise;
  } catch (error) {
    throw portTaken(claim, error);
  }
  await new Promise((closed) => server.close(closed));
}

/** The error for a claim that could not be had; also for children that found out by themselves. */
export function portTaken(claim: PortClaim, cause: unknown): OperatingError {
  const { host, port, purpose, remedy } = claim;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'EADDRINUSE';
  const what = code === 'EADDRINUSE' ? 'another process listens there' : `the system says ${code}`;
  return new OperatingError(
    'PORT_TAKEN',
    `listening on ${host}:${port} for ${purpose}: expected a free port, but ${what}; ${remedy}`,
    { retryable: false, fields: { host, port }, cause },
  );
}
