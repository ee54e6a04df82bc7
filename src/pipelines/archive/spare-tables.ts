import { LookupTableMemory } from '../../decode/lookup-table-memory.ts';
import type { SessionsShardTask } from '../../model/worker-task.ts';

/** Lookup tables that are remembered: 64 bytes each, and far more than a shard of mainnet loads from. */
const LOOKUP_TABLES_MAX = 16_384;
/** Kept at most: a thread runs one task at a time, and jobs differ seldom. */
const SPARE_MAX = 2;

/** Of this thread. */
const spare: { readonly key: string; readonly tables: LookupTableMemory }[] = [];

/** What earlier shards of the same thread and kind learned, or a new memory; no other task uses it. */
export function borrowTables(task: SessionsShardTask): LookupTableMemory {
  const key = keyOf(task);
  const at = spare.findIndex((one) => one.key === key);
  const [found] = at < 0 ? [] : spare.splice(at, 1);
  return found?.tables ?? new LookupTableMemory(LOOKUP_TABLES_MAX);
}

/** To be called when the shard was read; what a broken one taught is not to be trusted. */
export function returnTables(task: SessionsShardTask, tables: LookupTableMemory): void {
  spare.push({ key: keyOf(task), tables });
  if (spare.length > SPARE_MAX) spare.shift();
}

/** What was learned holds for the same wanted keys, and for a chain that is verified no further. */
function keyOf({ archive, filter, verify }: SessionsShardTask): string {
  return JSON.stringify([archive, filter, verify]);
}
