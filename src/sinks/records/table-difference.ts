import type { ColumnSpec, RecordTable, ReferenceSpec } from '../../model/record-table.ts';

export interface TableDifference {
  readonly columns: readonly ColumnSpec[];
  readonly references: readonly ReferenceSpec[];
  /** Changes that would lose data, or that the rows there may not obey; none of them is made. */
  readonly refused: readonly string[];
}

/** What has to be done to a table that was made as `before` says to be as `after` says; unique rules aside. */
export function tableDifference(before: RecordTable, after: RecordTable): TableDifference {
  const columns = additions(before.columns, after.columns, ({ name }) => name);
  const references = additions(before.references, after.references, ({ column }) => column);
  const refused = [...columns.refused, ...references.refused];
  for (const { name, nullable } of columns.added) {
    if (!nullable) refused.push(`column ${name} is new and may not be null`);
  }
  for (const { column, required } of references.added) {
    if (required) refused.push(`reference ${column} is new and required`);
  }
  if (before.collection !== after.collection) refused.push('it holds another collection');
  if (before.place !== after.place) refused.push('whether it has places');
  if (!same(before.checks, after.checks)) refused.push('its checks');
  return { columns: columns.added, references: references.added, refused };
}

function additions<Item>(
  before: readonly Item[],
  after: readonly Item[],
  nameOf: (item: Item) => string,
): { added: Item[]; refused: string[] } {
  const known = new Map(before.map((item) => [nameOf(item), item]));
  const wanted = new Set(after.map(nameOf));
  const gone = [...known.keys()].filter((name) => !wanted.has(name));
  const changed = after.filter((item) => {
    const other = known.get(nameOf(item));
    return other !== undefined && !same(other, item);
  });
  return {
    added: after.filter((item) => !known.has(nameOf(item))),
    refused: [
      ...gone.map((name) => `column ${name} is there and not wanted`),
      ...changed.map((item) => `column ${nameOf(item)} is defined otherwise`),
    ],
  };
}

/** Both are plain data; the order of an object's keys does not count. */
function same(one: unknown, other: unknown): boolean {
  return sortedJson(one) === sortedJson(other);
}

function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
