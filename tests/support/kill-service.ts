import assert from 'node:assert/strict';
import type { ChildSnapshot } from '../../supervisor/child-spec.ts';
import type { Millrace } from '../../supervisor/start-millrace.ts';

/** A child of the tree, at whatever depth, as it stands now. */
export function childOf(millrace: Millrace, id: string): ChildSnapshot {
  const all = (list: readonly ChildSnapshot[]): ChildSnapshot[] =>
    list.flatMap((one) => [one, ...all(one.children)]);
  const found = all(millrace.snapshot()).find((one) => one.id === id);
  assert(found !== undefined, `no child ${id}`);
  return found;
}

/** Kills the process of a child the hard way. @returns its id. */
export function killService(millrace: Millrace, id: string): number {
  const { pid } = childOf(millrace, id);
  assert(pid !== null, `${id} has no process`);
  process.kill(pid, 'SIGKILL');
  return pid;
}
