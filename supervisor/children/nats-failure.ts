import { OperatingError } from '../../src/core/errors.ts';
import { type PortClaim, portTaken } from '../port-claim.ts';

export interface NatsFailureContext {
  readonly claims: readonly PortClaim[];
  readonly storeDir: string;
}

/** What nats-server says before it gives up; the words are those of Go's runtime and of its file store. */
export function explainNatsFailure(
  lines: readonly string[],
  context: NatsFailureContext,
): OperatingError | null {
  const { claims, storeDir } = context;
  for (const line of lines.toReversed()) {
    if (/address already in use/.test(line)) {
      const claim = claims.find(({ port }) => line.includes(`:${port}`)) ?? claims[0];
      if (claim !== undefined) return portTaken(claim, new Error(line));
    }
    if (/no space left on device|insufficient storage/i.test(line)) {
      const message = `running NATS on ${storeDir}: the disk is full; make room on it`;
      return folderError('DISK_FULL', message, { storeDir, line });
    }
    if (/permission denied|read-only file system/i.test(line)) {
      const message = `starting NATS on ${storeDir}: it may not write there; give this user the right to, or name another folder in MILLRACE_DATA_DIR`;
      return folderError('DATA_FOLDER', message, { storeDir, line });
    }
  }
  return null;
}

function folderError(
  code: 'DISK_FULL' | 'DATA_FOLDER',
  message: string,
  facts: { readonly storeDir: string; readonly line: string },
): OperatingError {
  const fields = { path: facts.storeDir };
  return new OperatingError(code, message, {
    retryable: false,
    fields,
    cause: new Error(facts.line),
  });
}
