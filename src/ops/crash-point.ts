import { OperatingError } from '../core/errors.ts';

/**
 * Named points at which a crash test ends the process the hard way, as a power cut would.
 * Inert unless the entry of the process armed one; the points stand where a crash matters most.
 */
export type CrashPoint =
  | 'blocks-before-pack-end'
  | 'blocks-after-pack'
  | 'worker-after-fetch'
  | 'worker-after-results'
  | 'worker-thread-exit'
  | 'records-before-commit'
  | 'shard-before-commit'
  | 'shard-after-commit'
  | 'outbox-before-commit'
  | 'delivery-before-post'
  | 'delivery-after-post'
  | 'delivery-after-commit'
  | 'ingest-before-rename'
  | 'ingest-after-rename'
  | 'sink-before-insert'
  | 'sink-before-ack'
  | 'sink-after-ack'
  | 'candles-before-publish'
  | 'candles-after-publish'
  | 'candles-before-settle'
  | 'batch-before-commit'
  | 'batch-after-commit';

const POINTS: ReadonlySet<string> = new Set<CrashPoint>([
  'blocks-before-pack-end',
  'blocks-after-pack',
  'worker-after-fetch',
  'worker-after-results',
  'worker-thread-exit',
  'records-before-commit',
  'shard-before-commit',
  'shard-after-commit',
  'outbox-before-commit',
  'delivery-before-post',
  'delivery-after-post',
  'delivery-after-commit',
  'ingest-before-rename',
  'ingest-after-rename',
  'sink-before-insert',
  'sink-before-ack',
  'sink-after-ack',
  'candles-before-publish',
  'candles-after-publish',
  'candles-before-settle',
  'batch-before-commit',
  'batch-after-commit',
]);

let armed: CrashPoint | undefined;
let passesLeft = 0;

export function isCrashPoint(name: string): name is CrashPoint {
  return POINTS.has(name);
}

/**
 * Kills this process with SIGKILL when `name` is passed for the `pass`th time (1 is the first); `worker-thread-exit`
 * ends only the worker thread that passes it. Every thread is armed and counts for itself.
 */
export function armCrashPoint(name: CrashPoint, pass: number): void {
  armed = name;
  passesLeft = pass;
}

export function crashPoint(name: CrashPoint): void {
  if (armed !== name) return;
  passesLeft--;
  if (passesLeft > 0) return;
  // In a worker thread this ends the thread alone.
  if (name === 'worker-thread-exit') process.exit(1);
  process.kill(process.pid, 'SIGKILL');
}

/** `name` or `name:count`, for crash tests. @throws {OperatingError} CONFIG. */
export function parseCrashPoint(
  text: string | null,
): { readonly name: CrashPoint; readonly pass: number } | null {
  if (text === null) return null;
  const [name = '', count = '1'] = text.split(':');
  if (isCrashPoint(name) && /^\d+$/.test(count)) return { name, pass: Number(count) };
  throw new OperatingError('CONFIG', `MILLRACE_CRASH_POINT: no such point: "${text}"`, {
    retryable: false,
  });
}
