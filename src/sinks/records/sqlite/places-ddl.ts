import type { RecordTable } from '../../../model/record-table.ts';
import { quoted } from '../sql-name.ts';

/**
 * Cells are those of geohashes of five characters, about five kilometres: with smaller ones most of them would have
 * one row, with larger ones a search would measure the way to too many.
 */
const LAT_CELLS = 2 ** 12;
const LNG_CELLS = 2 ** 13;
/** A row of cells, which has one more since 180° would begin another. */
const CELL_BASE = 2 ** 14;

/** Name of the R*Tree of a table. */
export function placesName(table: string): string {
  return quoted(`${table}_places`);
}

/**
 * A column with the number of the cell that the place lies in which may be shown. It is made of that place and not of
 * `coarse_geohash`, so that what is near is found whatever that says.
 */
export function displayCellDdl(): string {
  const [lat, lng] = ['lat', 'lng'].map((part) => `json_extract(display_point, '$.${part}')`);
  const row = `CAST((${lat} + 90) * ${LAT_CELLS} / 180 AS INTEGER)`;
  const column = `CAST((${lng} + 180) * ${LNG_CELLS} / 360 AS INTEGER)`;
  return `display_cell INTEGER GENERATED ALWAYS AS (${row} * ${CELL_BASE} + ${column}) VIRTUAL`;
}

/**
 * The R*Tree over the cells that have rows, each in it once and named by its number: an entry costs more than all else
 * of a row, and places gather in few cells. Triggers keep it, so that it follows whoever writes the table. Whether a
 * cell has other rows is asked before their statements: a search of the tree that finds a cell and then leaves it
 * alone would stay open until the end, and SQLite refuses to write a tree that is being searched.
 */
export function placesDdl({ name }: RecordTable): string[] {
  const places = placesName(name);
  const table = quoted(name);
  const alone = (row: string) => {
    const others = `SELECT 1 FROM ${table} WHERE display_cell = ${row}.display_cell AND rowid <> ${row}.rowid`;
    return `${row}.display_cell IS NOT NULL AND NOT EXISTS (${others})`;
  };
  const trigger = (what: string, event: string, when: string, work: string) => {
    return `CREATE TRIGGER ${quoted(`${name}_place_${what}`)} AFTER ${event} ON ${table} WHEN ${when} BEGIN ${work}; END`;
  };
  const moved = 'OLD.display_cell IS NOT NEW.display_cell';
  // It may be there still: INSERT OR REPLACE of another program tells no trigger of the row that it removes.
  const insert = `INSERT OR REPLACE INTO ${places} VALUES (NEW.display_cell, ${boxOf('NEW.display_cell')})`;
  const remove = `DELETE FROM ${places} WHERE id = OLD.display_cell`;
  return [
    `CREATE INDEX ${quoted(`${name}_by_display_cell`)} ON ${table} (display_cell)`,
    `CREATE VIRTUAL TABLE ${places} USING rtree(id, min_lng, max_lng, min_lat, max_lat)`,
    trigger('made', 'INSERT', alone('NEW'), insert),
    trigger('left', 'UPDATE OF display_point', `${moved} AND ${alone('OLD')}`, remove),
    trigger('taken', 'UPDATE OF display_point', `${moved} AND ${alone('NEW')}`, insert),
    trigger('gone', 'DELETE', alone('OLD'), remove),
  ];
}

/** West, east, south and north, in degrees. */
function boxOf(cell: string): string {
  const [row, column] = [`${cell} / ${CELL_BASE}`, `${cell} % ${CELL_BASE}`];
  const west = (edge: string) => `(${edge}) * 360.0 / ${LNG_CELLS} - 180`;
  const south = (edge: string) => `(${edge}) * 180.0 / ${LAT_CELLS} - 90`;
  return [west(column), west(`${column} + 1`), south(row), south(`${row} + 1`)].join(', ');
}
