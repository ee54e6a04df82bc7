import { LookupTableMemory } from '../../decode/lookup-table-memory.ts';
import type { ShardTask } from './read-shard.ts';

/** Lookup tables that are remembered: 64 bytes each, and far more than a shard of mainnet loads from. */
const LOOKUP_TABLES_MAX = 16_384;
/** Kept at most: a thread runs one task at a time, and jobs differ seldom. */
const SPARE_MAX = 2;

/** Of this thread. */
const spare: { readonly key: string; readonly tables: LookupTableMemory }[] = [];

/** What was learned holds for the same wanted keys, and for a chain that is verified no further. */
export interface TablesUse extends Pick<ShardTask, 'archive' | 'verify'> {
  /** Plain data that says which keys are wanted. */
  readonly wanted: unknown;
}

/** What earlier shards of the same thread and kind learned, or a new memory; no other task uses it. */
export function borrowTables(use: TablesUse): LookupTableMemory {
  const key = keyOf(use);
  const at = spare.findIndex((one) => one.key === key);
  const [found] = at < 0 ? [] : spare.splice(at, 1);
  return found?.tables ?? new LookupTableMemory(LOOKUP_TABLES_MAX);
}

/** To be called when the shard was read; what a broken one taught is not to be trusted. */
export function returnTables(use: TablesUse, tables: LookupTableMemory): void {
  spare.push({ key: keyOf(use), tables });
  if (spare.length > SPARE_MAX) spare.shift();
}

function keyOf({ archive, verify, wanted }: TablesUse): string {
  return JSON.stringify([archive, verify, wanted]);
}
