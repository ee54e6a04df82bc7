import { isJsonObject } from './record-fault.ts';

/** Names of fields from the record inwards; `*` stands for each entry of a list. */
export type RecordPath = readonly string[];

export function pathOf(dotted: string): RecordPath {
  return dotted.split('.');
}

/** @returns undefined where the way ends early; a path with `*` leads nowhere here. */
export function valueAt(record: unknown, path: RecordPath): unknown {
  let value = record;
  for (const name of path) {
    if (!isJsonObject(value)) return undefined;
    value = value[name];
  }
  return value;
}

/**
 * The record with what stands at the path changed, if `change` changes it. What does not change is shared with the
 * record, which stays as it was.
 */
export function withChanged(
  value: unknown,
  path: RecordPath,
  change: (value: unknown) => unknown,
  depth = 0,
): unknown {
  const name = path[depth];
  if (name === undefined) return change(value);
  if (name === '*') {
    if (!Array.isArray(value)) return value;
    const entries = value.map((entry: unknown) => withChanged(entry, path, change, depth + 1));
    return entries.some((entry, index) => entry !== value[index]) ? entries : value;
  }
  if (!isJsonObject(value) || value[name] === undefined) return value;
  const inside = withChanged(value[name], path, change, depth + 1);
  return inside === value[name] ? value : { ...value, [name]: inside };
}
