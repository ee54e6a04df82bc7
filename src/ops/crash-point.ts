/**
 * Named points at which a crash test ends the process the hard way, as a power cut would.
 * Inert unless the entry of the process armed one; the points stand where a crash matters most.
 */
export type CrashPoint =
  | 'worker-after-fetch'
  | 'worker-after-results'
  | 'records-before-commit'
  | 'shard-before-commit'
  | 'shard-after-commit'
  | 'outbox-before-commit'
  | 'delivery-before-post'
  | 'delivery-after-post'
  | 'delivery-after-commit'
  | 'ingest-before-rename'
  | 'ingest-after-rename';

const POINTS: ReadonlySet<string> = new Set<CrashPoint>([
  'worker-after-fetch',
  'worker-after-results',
  'records-before-commit',
  'shard-before-commit',
  'shard-after-commit',
  'outbox-before-commit',
  'delivery-before-post',
  'delivery-after-post',
  'delivery-after-commit',
  'ingest-before-rename',
  'ingest-after-rename',
]);

let armed: CrashPoint | undefined;
let passesLeft = 0;

export function isCrashPoint(name: string): name is CrashPoint {
  return POINTS.has(name);
}

/** Kills this process with SIGKILL when `name` is passed for the `pass`th time (1 is the first). */
export function armCrashPoint(name: CrashPoint, pass: number): void {
  armed = name;
  passesLeft = pass;
}

export function crashPoint(name: CrashPoint): void {
  if (armed !== name) return;
  passesLeft--;
  if (passesLeft <= 0) process.kill(process.pid, 'SIGKILL');
}
