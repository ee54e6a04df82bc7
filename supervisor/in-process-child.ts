import type { ChildExit, RunningChild, WorkerSpec } from './child-spec.ts';

/** A part of this process, once it has started. */
export interface StartedPart {
  /** Ends it in order; aborting the signal cuts it short. */
  stop(signal: AbortSignal): Promise<void>;
}

export interface InProcessOptions {
  readonly id: string;
  readonly shutdownMs: number;
  /** `fail` reports a fault after the start; the supervisor then restarts the part. */
  readonly start: (fail: (error: unknown) => void, signal: AbortSignal) => Promise<StartedPart>;
}

/** A permanent child that lives inside this process: no probe, because it shares our event loop. */
export function inProcessChild(options: InProcessOptions): WorkerSpec {
  return {
    type: 'worker',
    id: options.id,
    restart: 'permanent',
    probe: null,
    shutdownMs: options.shutdownMs,
    start: async (signal) => {
      const exit = Promise.withResolvers<ChildExit>();
      const fail = (error: unknown): void => exit.resolve({ reason: 'failed', error });
      const part = await options.start(fail, signal);
      return runningPart(part, exit);
    },
  };
}

function runningPart(part: StartedPart, exit: PromiseWithResolvers<ChildExit>): RunningChild {
  return {
    pid: null,
    exited: exit.promise,
    stop: async (signal) => {
      await part.stop(signal);
      exit.resolve({ reason: 'normal' });
    },
  };
}
