import type { ColumnSpec, RecordTable } from '../../model/record-table.ts';
import type { ColumnMapping, RecordMapping } from './mapping-schema.ts';

export function tableOfMapping(mapping: RecordMapping): RecordTable {
  return {
    ...{ collection: mapping.collection, name: mapping.table, checks: mapping.checks },
    ...{ unique: mapping.unique, place: mapping.place !== undefined },
    columns: mapping.columns.map(columnOf),
    references: mapping.references.map(({ column, collection, required }) => ({
      ...{ column, collection, required },
    })),
  };
}

function columnOf(column: ColumnMapping): ColumnSpec {
  const { lengthMax, values, min, max } = column;
  const filled =
    column.required || column.path.startsWith('$') || (column.default ?? null) !== null;
  return {
    ...{ name: column.column, type: column.type, nullable: !filled },
    ...(lengthMax === undefined ? {} : { lengthMax }),
    ...(values === undefined ? {} : { values }),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
  };
}
