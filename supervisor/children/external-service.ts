import type { ChildExit, LivenessProbe, WorkerSpec } from '../child-spec.ts';

export interface ExternalServiceOptions {
  readonly id: string;
  readonly check: LivenessProbe['check'];
  readonly probeIntervalMs: number;
  readonly probeTimeoutMs: number;
}

/**
 * A service that somebody else runs, in the tree only so that `/health` shows how it does.
 * Its absence restarts nothing: what uses it has its own retries.
 */
export function externalService(options: ExternalServiceOptions): WorkerSpec {
  const { id, check, probeIntervalMs, probeTimeoutMs } = options;
  return {
    type: 'worker',
    id,
    restart: 'permanent',
    shutdownMs: 0,
    probe: { check, intervalMs: probeIntervalMs, timeoutMs: probeTimeoutMs, silentMsMax: null },
    start: async () => {
      const { promise: exited, resolve } = Promise.withResolvers<ChildExit>();
      return { pid: null, exited, stop: async () => resolve({ reason: 'normal' }) };
    },
  };
}
