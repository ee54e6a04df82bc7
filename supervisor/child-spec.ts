import type { BackoffOptions } from '../src/core/backoff.ts';
import type { RestartBudget } from './restart-budget.ts';

/**
 * What a supervisor is told: children as data. Words and meanings are OTP's
 * (Erlang documentation, "Supervisor Behaviour"); what differs is said here.
 */

/** `permanent`: always restarted. `transient`: only after a failure. `temporary`: never. */
export type RestartPolicy = 'permanent' | 'transient' | 'temporary';

/**
 * What is restarted when one child ends: it alone; it and everything started after it; everything.
 * Children that had finished for good are left out.
 */
export type RestartStrategy = 'one_for_one' | 'rest_for_one' | 'one_for_all';

export type ChildExit =
  | { readonly reason: 'normal' }
  | { readonly reason: 'failed'; readonly error: unknown };

/** A child that has become ready. */
export interface RunningChild {
  /** Process id, or null for a child inside this process. */
  readonly pid: number | null;
  /** Resolves once, when the child has ended for whatever reason; never rejects. */
  readonly exited: Promise<ChildExit>;
  /** Ends the child in order, or at once as soon as the signal aborts; resolves when it has ended. */
  stop(signal: AbortSignal): Promise<void>;
}

/** Asks a running child, again and again, whether it still does its work. */
export interface LivenessProbe {
  /** Resolves when the child answered as it should. */
  readonly check: (signal: AbortSignal) => Promise<void>;
  readonly intervalMs: number;
  /** Longest wait for one answer. */
  readonly timeoutMs: number;
  /** Silence after which the child is restarted though it lives; null only reports. */
  readonly silentMsMax: number | null;
}

export interface WorkerSpec {
  readonly type: 'worker';
  readonly id: string;
  /** Resolves when the child is ready, proven by its protocol; leaves nothing behind when it rejects. */
  readonly start: (signal: AbortSignal) => Promise<RunningChild>;
  readonly probe: LivenessProbe | null;
  readonly restart: RestartPolicy;
  /** Time for an orderly stop; after that the child is ended at once. */
  readonly shutdownMs: number;
}

/** A supervisor below a supervisor: always permanent, and its stop takes as long as its children need. */
export interface SupervisorSpec {
  readonly type: 'supervisor';
  readonly id: string;
  readonly strategy: RestartStrategy;
  readonly budget: RestartBudget;
  /** Pause before a restart, growing with the restarts still inside the budget's window. */
  readonly backoff: BackoffOptions;
  /** Started in this order, stopped in reverse. */
  readonly children: readonly ChildSpec[];
}

export type ChildSpec = WorkerSpec | SupervisorSpec;

/** `waiting`: between the end of one life and the start of the next. `finished`: ended for good by itself. */
export type ChildState =
  | 'new'
  | 'starting'
  | 'running'
  | 'waiting'
  | 'stopping'
  | 'stopped'
  | 'finished'
  | 'failed';

/** What `/health` shows of a child. */
export interface ChildSnapshot {
  readonly id: string;
  readonly type: 'worker' | 'supervisor';
  readonly state: ChildState;
  readonly restarts: number;
  readonly pid: number | null;
  /** Duration of the last answered probe; null before the first. */
  readonly probeLatencyMs: number | null;
  readonly lastError: string | null;
  readonly children: readonly ChildSnapshot[];
}
