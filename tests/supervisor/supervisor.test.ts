import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { OperatingError } from '../../src/core/errors.ts';
import type {
  ChildExit,
  LivenessProbe,
  RunningChild,
  SupervisorSpec,
  WorkerSpec,
} from '../../supervisor/child-spec.ts';
import { Supervisor } from '../../supervisor/supervisor.ts';
import type { SupervisorEvent } from '../../supervisor/supervisor-events.ts';
import { until } from '../support/until.ts';

const never = new AbortController().signal;

/** A child inside this process whose lives the test can end, and which writes down what happens to it. */
class Subject {
  readonly id: string;
  readonly story: string[];
  lives = 0;
  failStarts = 0;
  startError: unknown = new OperatingError('CHILD_FAILED', 'no start', { retryable: true });
  /** When set, `stop` waits until the signal aborts. */
  stubborn = false;
  holdStart: Promise<void> | null = null;
  #exit = Promise.withResolvers<ChildExit>();

  constructor(id: string, story: string[]) {
    this.id = id;
    this.story = story;
  }

  spec(options: Partial<WorkerSpec> = {}): WorkerSpec {
    const start = (signal: AbortSignal): Promise<RunningChild> => this.#start(signal);
    return {
      type: 'worker',
      id: this.id,
      start,
      probe: null,
      restart: 'permanent',
      shutdownMs: 20,
      ...options,
    };
  }

  end(exit: ChildExit = { reason: 'failed', error: new Error(`${this.id} broke`) }): void {
    this.#exit.resolve(exit);
  }

  async #start(signal: AbortSignal): Promise<RunningChild> {
    if (this.holdStart !== null) {
      await Promise.race([
        this.holdStart,
        new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(new Error('start aborted'))),
        ),
      ]);
    }
    if (this.failStarts > 0) {
      this.failStarts--;
      throw this.startError;
    }
    this.lives++;
    this.story.push(`+${this.id}`);
    const exit = Promise.withResolvers<ChildExit>();
    this.#exit = exit;
    return { pid: 1000 + this.lives, exited: exit.promise, stop: (limit) => this.#stop(limit) };
  }

  async #stop(limit: AbortSignal): Promise<void> {
    if (this.stubborn && !limit.aborted) {
      await new Promise((resolve) => limit.addEventListener('abort', resolve, { once: true }));
      this.story.push(`!${this.id}`);
    } else this.story.push(`-${this.id}`);
    this.#exit.resolve({ reason: 'normal' });
  }
}

interface TreeOptions extends Partial<SupervisorSpec> {
  readonly nowMs?: () => number;
}

function tree(t: TestContext, options: TreeOptions) {
  const events: SupervisorEvent[] = [];
  const spec: SupervisorSpec = {
    type: 'supervisor',
    id: 'root',
    strategy: 'one_for_one',
    budget: { restartsMax: 3, windowMs: 60_000 },
    backoff: { firstMs: 1, maxMs: 4 },
    children: [],
    ...options,
  };
  const context = {
    nowMs: options.nowMs ?? (() => performance.now()),
    random: () => 0.5,
    onEvent: (event: SupervisorEvent) => events.push(event),
  };
  const root = new Supervisor(spec, context);
  t.after(() => root.stop(AbortSignal.abort()));
  return { root, events };
}

function subjects(...ids: string[]): { story: string[]; all: Subject[] } {
  const story: string[] = [];
  return { story, all: ids.map((id) => new Subject(id, story)) };
}

function pick(all: readonly Subject[], index: number): Subject {
  const subject = all[index];
  assert(subject);
  return subject;
}

test('children start in order and stop in reverse order', async (t) => {
  const { story, all } = subjects('a', 'b', 'c');
  const { root } = tree(t, { children: all.map((subject) => subject.spec()) });
  await root.start(never);
  await root.stop(never);
  assert.deepEqual(story, ['+a', '+b', '+c', '-c', '-b', '-a']);
  assert.deepEqual(await root.exited, { reason: 'normal' });
});

for (const [strategy, expected] of [
  ['one_for_one', ['+b']],
  ['rest_for_one', ['-c', '+b', '+c']],
  ['one_for_all', ['-c', '-a', '+a', '+b', '+c']],
] as const) {
  test(`${strategy} restarts exactly ${expected.join(' ')} when the second of three breaks`, async (t) => {
    const { story, all } = subjects('a', 'b', 'c');
    const { root } = tree(t, { strategy, children: all.map((subject) => subject.spec()) });
    await root.start(never);
    story.length = 0;
    pick(all, 1).end();
    await until('all run again', () => story.length === expected.length);
    assert.deepEqual(story, expected);
    assert(root.snapshot().every((child) => child.state === 'running'));
    assert.deepEqual(
      root.snapshot().map((child) => child.restarts),
      [0, 1, 0],
    );
  });
}

test('a transient child that ends in order is left alone, one that breaks is restarted', async (t) => {
  const { story, all } = subjects('once', 'again');
  const { root } = tree(t, {
    children: all.map((subject) => subject.spec({ restart: 'transient' })),
  });
  await root.start(never);
  pick(all, 0).end({ reason: 'normal' });
  pick(all, 1).end();
  await until('the broken one runs again', () => story.length === 3);
  assert.deepEqual(story, ['+once', '+again', '+again']);
  assert.equal(root.snapshot()[0]?.state, 'finished');
});

test('a temporary child is never restarted, whatever happens to it or beside it', async (t) => {
  const { story, all } = subjects('a', 'temp');
  const { root } = tree(t, {
    strategy: 'one_for_all',
    children: [pick(all, 0).spec(), pick(all, 1).spec({ restart: 'temporary' })],
  });
  await root.start(never);
  pick(all, 1).end();
  await until('the end is noted', () => root.snapshot()[1]?.state === 'failed');
  pick(all, 0).end();
  await until('a runs again', () => pick(all, 0).lives === 2);
  assert.deepEqual(story, ['+a', '+temp', '+a']);
});

test('a spent budget stops everything in reverse order and reports the failure', async (t) => {
  const { story, all } = subjects('a', 'b', 'c');
  const { root, events } = tree(t, { children: all.map((subject) => subject.spec()) });
  await root.start(never);
  for (let life = 1; life <= 4; life++) {
    await until('b runs', () => pick(all, 1).lives === life);
    pick(all, 1).end();
  }
  const exit = await root.exited;
  assert(exit.reason === 'failed');
  assert.match(String(exit.error), /b broke/);
  assert.deepEqual(story.slice(-2), ['-c', '-a']);
  assert.equal(events.at(-3)?.type, 'gave-up');
});

test('restarts older than the window do not count', async (t) => {
  let nowMs = 0;
  const { all } = subjects('a');
  const subject = pick(all, 0);
  const { root } = tree(t, {
    budget: { restartsMax: 1, windowMs: 1_000 },
    nowMs: () => nowMs,
    children: [subject.spec()],
  });
  await root.start(never);
  for (let life = 1; life <= 5; life++) {
    await until('it runs', () => subject.lives === life && root.snapshot()[0]?.state === 'running');
    nowMs += 2_000;
    subject.end();
  }
  await until('it runs after five restarts', () => subject.lives === 6);
});

test('pauses before restarts grow with jitter up to a bound', async (t) => {
  const { all } = subjects('a');
  const subject = pick(all, 0);
  const { root, events } = tree(t, {
    budget: { restartsMax: 5, windowMs: 60_000 },
    children: [subject.spec()],
  });
  await root.start(never);
  for (let life = 1; life <= 4; life++) {
    await until('it runs', () => subject.lives === life && root.snapshot()[0]?.state === 'running');
    subject.end();
  }
  await until('it runs a fifth time', () => subject.lives === 5);
  const delays = events.flatMap((event) => (event.type === 'restart' ? [event.delayMs] : []));
  assert.deepEqual(delays, [1, 2, 3, 3]);
});

test('a first start that fails stops what was started and is not tried again', async (t) => {
  const { story, all } = subjects('a', 'b', 'c');
  pick(all, 1).failStarts = 1;
  const { root } = tree(t, { children: all.map((subject) => subject.spec()) });
  await assert.rejects(root.start(never), /no start/);
  assert.deepEqual(story, ['+a', '-a']);
  assert.equal((await root.exited).reason, 'failed');
});

test('a restart whose start fails is tried again until it works', async (t) => {
  const { all } = subjects('a');
  const subject = pick(all, 0);
  const { root } = tree(t, { children: [subject.spec()] });
  await root.start(never);
  subject.failStarts = 2;
  subject.end();
  await until('it runs again', () => subject.lives === 2);
  assert.equal(root.snapshot()[0]?.restarts, 3);
});

test('a restart that fails for good is given up at once', async (t) => {
  const { all } = subjects('a');
  const subject = pick(all, 0);
  const { root } = tree(t, { children: [subject.spec()] });
  await root.start(never);
  subject.failStarts = 1;
  subject.startError = new OperatingError('PORT_TAKEN', 'port 1 is taken', { retryable: false });
  subject.end();
  const exit = await root.exited;
  assert(exit.reason === 'failed');
  assert.equal(exit.error, subject.startError);
});

test('a child that ignores an orderly stop is ended at once after its time', async (t) => {
  const { story, all } = subjects('a', 'b');
  pick(all, 1).stubborn = true;
  const { root } = tree(t, { children: all.map((subject) => subject.spec()) });
  await root.start(never);
  await root.stop(never);
  assert.deepEqual(story, ['+a', '+b', '!b', '-a']);
});

test('a second stop ends everything at once, and stopping again changes nothing', async (t) => {
  const { story, all } = subjects('a', 'b');
  for (const subject of all) subject.stubborn = true;
  const { root } = tree(t, {
    children: all.map((subject) => subject.spec({ shutdownMs: 600_000 })),
  });
  await root.start(never);
  const first = root.stop(never);
  await root.stop(AbortSignal.abort());
  await first;
  await root.stop(never);
  assert.deepEqual(
    story.slice(2).map((step) => step.slice(1)),
    ['b', 'a'],
  );
  assert.deepEqual(await root.exited, { reason: 'normal' });
});

test('stopping while a child is starting aborts the start and stops the others', async (t) => {
  const { story, all } = subjects('a', 'b');
  pick(all, 1).holdStart = new Promise(() => undefined);
  const { root } = tree(t, { children: all.map((subject) => subject.spec()) });
  const started = root.start(never);
  await until('b is starting', () => root.snapshot()[1]?.state === 'starting');
  await root.stop(never);
  await assert.rejects(started, { code: 'CANCELLED' });
  assert.deepEqual(story, ['+a', '-a']);
  assert.deepEqual(await root.exited, { reason: 'normal' });
});

test('stopping during the pause before a restart starts nothing any more', async (t) => {
  const { story, all } = subjects('a');
  const { root } = tree(t, {
    backoff: { firstMs: 600_000, maxMs: 600_000 },
    children: [pick(all, 0).spec()],
  });
  await root.start(never);
  pick(all, 0).end();
  await until('it waits', () => root.snapshot()[0]?.state === 'waiting');
  await root.stop(never);
  assert.deepEqual(story, ['+a']);
  assert.equal(root.snapshot()[0]?.state, 'stopped');
});

test('a supervisor below whose budget is spent is restarted whole by the one above', async (t) => {
  const { story, all } = subjects('x', 'y', 'z');
  const nested: SupervisorSpec = {
    type: 'supervisor',
    id: 'below',
    strategy: 'one_for_one',
    budget: { restartsMax: 0, windowMs: 60_000 },
    backoff: { firstMs: 1, maxMs: 1 },
    children: [pick(all, 1).spec(), pick(all, 2).spec()],
  };
  const { root } = tree(t, { children: [pick(all, 0).spec(), nested] });
  await root.start(never);
  pick(all, 1).end();
  await until('the lower tree runs again', () => pick(all, 2).lives === 2);
  assert.deepEqual(story, ['+x', '+y', '+z', '-z', '+y', '+z']);
  const below = root.snapshot()[1];
  assert.equal(below?.restarts, 1);
  assert.deepEqual(
    below?.children.map((child) => [child.id, child.state]),
    [
      ['y', 'running'],
      ['z', 'running'],
    ],
  );
});

test('a child that stops answering its probe is ended and restarted though it lives', async (t) => {
  const { story, all } = subjects('a');
  const subject = pick(all, 0);
  const probe: LivenessProbe = {
    check: async () => {
      if (subject.lives === 1) throw new Error('no answer');
    },
    intervalMs: 1,
    timeoutMs: 50,
    silentMsMax: 5,
  };
  const { root, events } = tree(t, { children: [subject.spec({ probe })] });
  await root.start(never);
  await until('the second life answers', () => root.snapshot()[0]?.probeLatencyMs !== null);
  assert.deepEqual(story, ['+a', '-a', '+a']);
  assert(events.some((event) => event.type === 'silent'));
  assert.match(root.snapshot()[0]?.lastError ?? '', /no answer for \d+ ms/);
});

test('a probe that never returns counts as silence', async (t) => {
  const { all } = subjects('a');
  const subject = pick(all, 0);
  const probe: LivenessProbe = {
    check: (signal) =>
      subject.lives > 1
        ? Promise.resolve()
        : new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    intervalMs: 1,
    timeoutMs: 5,
    silentMsMax: 5,
  };
  const { root } = tree(t, { children: [subject.spec({ probe })] });
  await root.start(never);
  await until('it was restarted', () => subject.lives === 2);
});

test('a probe without a limit of silence only reports', async (t) => {
  const { all } = subjects('a');
  let asked = 0;
  const check = (): Promise<void> => {
    asked++;
    return Promise.reject(new Error('away'));
  };
  const probe = { check, intervalMs: 1, timeoutMs: 5, silentMsMax: null };
  const { root } = tree(t, { children: [pick(all, 0).spec({ probe })] });
  await root.start(never);
  await until('it was asked many times', () => asked > 20);
  assert.equal(pick(all, 0).lives, 1);
});
