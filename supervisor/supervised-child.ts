import { errorText, OperatingError } from '../src/core/errors.ts';
import type {
  ChildExit,
  ChildSnapshot,
  ChildSpec,
  ChildState,
  RunningChild,
} from './child-spec.ts';
import { withDeadline } from './deadline.ts';
import { watchLiveness } from './liveness.ts';
import type { RestartHistory } from './restart-budget.ts';
import type { SupervisorEvent } from './supervisor-events.ts';

/** What every part of a tree is given from outside. */
export interface SupervisionContext {
  /** A clock that never goes back, in milliseconds. */
  readonly nowMs: () => number;
  /** Value in [0, 1), for the jitter of restarts. */
  readonly random: () => number;
  readonly onEvent: (event: SupervisorEvent) => void;
}

/** A child of a supervisor spec is itself a supervisor; who makes one is passed in. */
export interface Launch {
  readonly ready: Promise<RunningChild>;
  readonly children: () => readonly ChildSnapshot[];
}

/** A life that ended, or must end because it went silent, though nobody asked for it. */
export interface ChildEnd {
  readonly child: SupervisedChild;
  /** Tells this life from later ones of the same child. */
  readonly life: RunningChild;
  readonly exit: ChildExit;
  /** True when it went silent and still has to be ended. */
  readonly alive: boolean;
}

export interface SupervisedChildOptions {
  readonly spec: ChildSpec;
  readonly path: string;
  readonly context: SupervisionContext;
  readonly launch: (spec: ChildSpec, path: string, signal: AbortSignal) => Launch;
  readonly onEnd: (end: ChildEnd) => void;
}

/** How long a child that was told to end at once may take before its supervisor goes on without it. */
const LAST_RESORT_MS = 5_000;

/** One place in a supervisor's list: the child's current life, and what is remembered over lives. */
export class SupervisedChild {
  readonly path: string;
  readonly spec: ChildSpec;
  state: ChildState = 'new';
  /** Its own recent restarts, for the growing pause. */
  history: RestartHistory = [];
  restarts = 0;
  readonly #options: SupervisedChildOptions;
  #life: RunningChild | null = null;
  #liveness: AbortController | null = null;
  #children: () => readonly ChildSnapshot[] = () => [];
  #probeLatencyMs: number | null = null;
  #lastError: string | null = null;

  constructor(options: SupervisedChildOptions) {
    this.#options = options;
    this.path = options.path;
    this.spec = options.spec;
  }

  /** True while `life` is the one that counts. */
  isCurrent(life: RunningChild): boolean {
    return this.#life === life;
  }

  /** Resolves when ready; rejects with what the child's start rejected with. */
  async start(signal: AbortSignal): Promise<void> {
    const { context, launch, onEnd } = this.#options;
    const startedMs = context.nowMs();
    this.state = 'starting';
    try {
      const launched = launch(this.spec, this.path, signal);
      this.#children = launched.children;
      const life = await launched.ready;
      this.#life = life;
      this.state = 'running';
      void life.exited.then((exit) => onEnd({ child: this, life, exit, alive: false }));
      this.#watch(life);
      const tookMs = Math.round(context.nowMs() - startedMs);
      context.onEvent({ type: 'ready', path: this.path, pid: life.pid, tookMs });
    } catch (error) {
      this.noteEnd('failed', error);
      throw error;
    }
  }

  /** Ends the current life, if there is one; never rejects. */
  async stop(atOnce: AbortSignal): Promise<void> {
    const life = this.#life;
    if (life === null) {
      if (this.state === 'waiting') this.state = 'stopped';
      return;
    }
    const { context } = this.#options;
    const startedMs = context.nowMs();
    this.noteEnd('stopping', null);
    try {
      await stopWithin(life, this.spec.type === 'worker' ? this.spec.shutdownMs : null, atOnce);
      const tookMs = Math.round(context.nowMs() - startedMs);
      context.onEvent({ type: 'stopped', path: this.path, tookMs });
    } catch (error) {
      this.#lastError = errorText(error);
      context.onEvent({ type: 'stop-failed', path: this.path, error });
    }
    this.state = 'stopped';
  }

  /** The current life is over, or about to be: nothing it does from now on counts. */
  noteEnd(state: ChildState, error: unknown): void {
    this.#liveness?.abort();
    this.#liveness = null;
    this.#life = null;
    this.state = state;
    if (error !== null) this.#lastError = errorText(error);
  }

  snapshot(): ChildSnapshot {
    return {
      id: this.spec.id,
      type: this.spec.type,
      state: this.state,
      restarts: this.restarts,
      pid: this.#life?.pid ?? null,
      probeLatencyMs: this.#probeLatencyMs,
      lastError: this.#lastError,
      children: this.#children(),
    };
  }

  #watch(life: RunningChild): void {
    if (this.spec.type !== 'worker' || this.spec.probe === null) return;
    const { context, onEnd } = this.#options;
    const watch = new AbortController();
    this.#liveness = watch;
    const onSilent = (silentMs: number, lastError: string): void => {
      context.onEvent({ type: 'silent', path: this.path, silentMs, error: lastError });
      const error = silence(this.path, silentMs, lastError);
      onEnd({ child: this, life, exit: { reason: 'failed', error }, alive: true });
    };
    const onAnswer = (latencyMs: number): void => {
      this.#probeLatencyMs = Math.round(latencyMs * 100) / 100;
    };
    void watchLiveness(this.spec.probe, { onAnswer, onSilent }, context.nowMs, watch.signal);
  }
}

function silence(path: string, silentMs: number, lastError: string): OperatingError {
  return new OperatingError(
    'CHILD_FAILED',
    `probing ${path}: no answer for ${Math.round(silentMs)} ms, last ${lastError}`,
    { retryable: true, fields: { child: path, silentMs: Math.round(silentMs) } },
  );
}

/** Stops in order, at once after `shutdownMs`; null leaves a supervisor the time its own children need. */
async function stopWithin(
  life: RunningChild,
  shutdownMs: number | null,
  atOnce: AbortSignal,
): Promise<void> {
  if (shutdownMs === null) return life.stop(atOnce);
  await withDeadline(shutdownMs, (limit) => stopOrGiveUp(life, limit), atOnce);
}

async function stopOrGiveUp(life: RunningChild, limit: AbortSignal): Promise<void> {
  const { promise: gaveUp, reject } = Promise.withResolvers<never>();
  const giveUp = (): void =>
    reject(new Error(`did not end within ${LAST_RESORT_MS} ms of being ended at once`));
  let lastResort: NodeJS.Timeout | undefined;
  const onLimit = (): void => {
    lastResort = setTimeout(giveUp, LAST_RESORT_MS);
  };
  if (limit.aborted) onLimit();
  else limit.addEventListener('abort', onLimit, { once: true });
  try {
    await Promise.race([life.stop(limit), gaveUp]);
  } finally {
    limit.removeEventListener('abort', onLimit);
    clearTimeout(lastResort);
  }
}
