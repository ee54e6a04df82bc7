import assert from 'node:assert/strict';
import { backoffDelayMs } from '../src/core/backoff.ts';
import { OperatingError } from '../src/core/errors.ts';
import { Actor, type Reply } from './actor.ts';
import type {
  ChildExit,
  ChildSnapshot,
  ChildSpec,
  RunningChild,
  SupervisorSpec,
} from './child-spec.ts';
import { type RestartHistory, recentRestarts, spendRestart } from './restart-budget.ts';
import {
  type ChildEnd,
  type Launch,
  SupervisedChild,
  type SupervisionContext,
} from './supervised-child.ts';

type Message =
  | { readonly type: 'start'; readonly reply: Reply<void> }
  | { readonly type: 'end'; readonly end: ChildEnd }
  | { readonly type: 'restart'; readonly restart: ScheduledRestart }
  | { readonly type: 'stop' };

interface ScheduledRestart {
  readonly children: readonly SupervisedChild[];
  readonly timer: NodeJS.Timeout;
}

/** Every child can tell of its end once a life; the rest is start, restarts and one stop. */
const MAILBOX_MAX = 1_000;

/**
 * Starts children in order, watches them, restarts them by strategy within the budget, and stops them in
 * reverse order. Knows no child by name.
 *
 * - new → `start`: every child becomes ready, one after the other → running. One that does not: what was
 *   started is stopped in reverse order, `start` rejects, ended.
 * - running → a child ends unasked: what the strategy says is stopped in reverse order, and after a pause
 *   that grows with the restarts inside the window started in order → running.
 * - running → the budget is spent, or a restart failed in a way no other try can mend: children are stopped
 *   in reverse order; `exited` resolves as failed, which is how it escalates. At the root the entry ends
 *   the process with a non-zero code then.
 * - any → `stop`: a start under way is aborted, children are stopped in reverse order; `exited` resolves as
 *   normal. When a signal passed to any call of `stop` aborts, children are ended at once.
 */
export class Supervisor implements RunningChild {
  readonly pid = null;
  readonly exited: Promise<ChildExit>;
  readonly #spec: SupervisorSpec;
  readonly #path: string;
  readonly #context: SupervisionContext;
  readonly #children: readonly SupervisedChild[];
  readonly #actor: Actor<Message>;
  readonly #exit = Promise.withResolvers<ChildExit>();
  /** Aborts starts that are under way. */
  readonly #startScope = new AbortController();
  readonly #atOnce = new AbortController();
  #history: RestartHistory = [];
  #scheduled: ScheduledRestart[] = [];
  #stopping = false;
  #ended = false;

  constructor(spec: SupervisorSpec, context: SupervisionContext, path = spec.id) {
    this.#spec = spec;
    this.#path = path;
    this.#context = context;
    this.exited = this.#exit.promise;
    this.#actor = new Actor<Message>({
      name: path,
      mailboxMax: MAILBOX_MAX,
      handle: (message) => this.#handle(message),
      onBug: (error) => void this.#end(error),
    });
    this.#children = spec.children.map((child) => {
      return new SupervisedChild({
        spec: child,
        path: `${path}/${child.id}`,
        context,
        launch: (childSpec, childPath, signal) => this.#launch(childSpec, childPath, signal),
        onEnd: (end) => this.#actor.tell({ type: 'end', end }),
      });
    });
  }

  /**
   * Resolves when every child is ready; to be called once.
   * @throws what the first child that did not start rejected with, after the others have been stopped.
   */
  async start(signal: AbortSignal): Promise<void> {
    const onAbort = (): void => this.#startScope.abort(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    assert(this.#actor.tell({ type: 'start', reply: { resolve, reject } }));
    await promise.finally(() => signal.removeEventListener('abort', onAbort));
  }

  async stop(signal: AbortSignal): Promise<void> {
    const atOnce = (): void => this.#atOnce.abort();
    if (signal.aborted) atOnce();
    else signal.addEventListener('abort', atOnce, { once: true });
    if (!this.#stopping) {
      this.#stopping = true;
      this.#startScope.abort(new Error(`${this.#path} is being stopped`));
      this.#actor.tell({ type: 'stop' });
    }
    await this.exited.finally(() => signal.removeEventListener('abort', atOnce));
  }

  snapshot(): readonly ChildSnapshot[] {
    return this.#children.map((child) => child.snapshot());
  }

  async #handle(message: Message): Promise<void> {
    if (this.#ended && message.type !== 'start') return;
    switch (message.type) {
      case 'start':
        return this.#handleStart(message.reply);
      case 'end':
        return this.#handleEnd(message.end);
      case 'restart':
        return this.#handleRestart(message.restart);
      case 'stop':
        return this.#end(null);
    }
  }

  async #handleStart(reply: Reply<void>): Promise<void> {
    const failure = await this.#startInOrder(this.#children);
    if (failure === null) return reply.resolve();
    const aborted = this.#startScope.signal.aborted;
    await this.#end(aborted ? null : failure.error);
    reply.reject(aborted ? this.#cancelled(failure.error) : failure.error);
  }

  async #handleEnd(end: ChildEnd): Promise<void> {
    const { child, life, exit, alive } = end;
    if (!child.isCurrent(life) || this.#stopping) return;
    const failed = exit.reason === 'failed';
    if (failed) {
      this.#context.onEvent({ type: 'ended', path: child.path, error: exit.error });
    }
    if (alive) await child.stop(this.#atOnce.signal);
    const restart = child.spec.type === 'supervisor' ? 'permanent' : child.spec.restart;
    if (restart === 'permanent' || (restart === 'transient' && failed)) {
      child.noteEnd('failed', failed ? exit.error : null);
      return this.#restartAround(child, failed ? exit.error : unaskedEnd(child.path));
    }
    child.noteEnd(failed ? 'failed' : 'finished', failed ? exit.error : null);
    if (!failed) this.#context.onEvent({ type: 'finished', path: child.path });
  }

  async #handleRestart(restart: ScheduledRestart): Promise<void> {
    if (!this.#scheduled.includes(restart) || this.#stopping) return;
    this.#scheduled = this.#scheduled.filter((other) => other !== restart);
    const failure = await this.#startInOrder(restart.children);
    if (failure === null || this.#stopping) return;
    const { error, child } = failure;
    this.#context.onEvent({ type: 'ended', path: child.path, error });
    if (error instanceof OperatingError && !error.retryable) return this.#giveUp(error);
    const left = restart.children.slice(restart.children.indexOf(child));
    await this.#schedule(child, left, error);
  }

  /** Stops what the strategy ties to the child, and starts it all again after a pause. */
  async #restartAround(child: SupervisedChild, error: unknown): Promise<void> {
    const group = this.#groupOf(child);
    for (const other of group.toReversed()) {
      if (other !== child) await other.stop(this.#atOnce.signal);
    }
    await this.#schedule(child, group, error);
  }

  #groupOf(child: SupervisedChild): readonly SupervisedChild[] {
    const place = this.#children.indexOf(child);
    const from = { one_for_one: place, rest_for_one: place, one_for_all: 0 }[this.#spec.strategy];
    const to = this.#spec.strategy === 'one_for_one' ? place + 1 : this.#children.length;
    return this.#children.slice(from, to).filter((other) => {
      const temporary = other.spec.type === 'worker' && other.spec.restart === 'temporary';
      return other === child || (other.state !== 'finished' && !temporary);
    });
  }

  async #schedule(
    cause: SupervisedChild,
    children: readonly SupervisedChild[],
    error: unknown,
  ): Promise<void> {
    const { budget, backoff } = this.#spec;
    const nowMs = this.#context.nowMs();
    const { history, spent } = spendRestart(this.#history, budget, nowMs);
    this.#history = history;
    if (spent) return this.#giveUp(error);
    cause.restarts++;
    const earlier = recentRestarts(cause.history, budget, nowMs);
    cause.history = [...earlier, nowMs];
    const delayMs = backoffDelayMs(earlier.length, backoff, this.#context.random());
    const group = this.#mergeScheduled(children);
    for (const child of group) child.state = 'waiting';
    const timer = setTimeout(() => this.#actor.tell({ type: 'restart', restart }), delayMs);
    const restart: ScheduledRestart = { children: group, timer };
    this.#scheduled.push(restart);
    this.#context.onEvent({ type: 'restart', path: cause.path, delayMs, restarts: cause.restarts });
  }

  /** A restart that already waits for some of the same children becomes part of the new one. */
  #mergeScheduled(children: readonly SupervisedChild[]): readonly SupervisedChild[] {
    const wanted = new Set(children);
    this.#scheduled = this.#scheduled.filter((other) => {
      if (!other.children.some((child) => wanted.has(child))) return true;
      clearTimeout(other.timer);
      for (const child of other.children) wanted.add(child);
      return false;
    });
    return this.#children.filter((child) => wanted.has(child));
  }

  async #startInOrder(
    children: readonly SupervisedChild[],
  ): Promise<{ readonly child: SupervisedChild; readonly error: unknown } | null> {
    for (const child of children) {
      try {
        this.#startScope.signal.throwIfAborted();
        await child.start(this.#startScope.signal);
      } catch (error) {
        return { child, error };
      }
    }
    return null;
  }

  async #giveUp(error: unknown): Promise<void> {
    this.#context.onEvent({ type: 'gave-up', path: this.#path, error });
    await this.#end(error);
  }

  /** Stops everything in reverse order; `error` null means that this was asked for. */
  async #end(error: unknown): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#startScope.abort(new Error(`${this.#path} has ended`));
    for (const { timer } of this.#scheduled) clearTimeout(timer);
    this.#scheduled = [];
    for (const child of this.#children.toReversed()) await child.stop(this.#atOnce.signal);
    this.#exit.resolve(error === null ? { reason: 'normal' } : { reason: 'failed', error });
    void this.#actor.close();
  }

  #cancelled(cause: unknown): OperatingError {
    return new OperatingError('CANCELLED', `starting ${this.#path}: stopped before it was ready`, {
      retryable: false,
      cause,
    });
  }

  #launch(spec: ChildSpec, path: string, signal: AbortSignal): Launch {
    if (spec.type === 'worker') return { ready: spec.start(signal), children: () => [] };
    const nested = new Supervisor(spec, this.#context, path);
    const ready = nested.start(signal).then(() => nested);
    return { ready, children: () => nested.snapshot() };
  }
}

function unaskedEnd(path: string): OperatingError {
  return new OperatingError('CHILD_FAILED', `${path} is permanent but ended by itself`, {
    retryable: true,
    fields: { child: path },
  });
}
