import Table from 'cli-table3';
import { type Command, InvalidArgumentError } from 'commander';
import { OperatingError } from '../core/errors.ts';
import type { RecordTable } from '../model/record-table.ts';
import type { NearbyRow } from '../sinks/records/record-store.ts';
import type { CliContext } from './cli-context.ts';
import { withRecordStore } from './with-record-store.ts';

interface NearbyFlags {
  readonly radius: number;
  readonly limit: number;
  readonly json?: boolean;
}

/** Half of the way around the earth. */
const RADIUS_MAX = 20_037_508;
const LIMIT_MAX = 10_000;

/** `records nearby …`: what is around a point, by the places that may be shown. */
export function addRecordsNearbyCommand(records: Command, context: CliContext): void {
  records
    .command('nearby')
    .description('rows around a point, nearest first, by the places that may be shown')
    .argument('<table>', 'a table with places, such as scenes')
    .argument('<lat>', 'degrees north', numberUpTo(90))
    .argument('<lng>', 'degrees east', numberUpTo(180))
    .option('--radius <metres>', 'how far around', numberUpTo(RADIUS_MAX), 5_000)
    .option('--limit <rows>', 'at most so many rows', numberUpTo(LIMIT_MAX), 20)
    .option('--json', 'print one JSON object a line')
    .action((table: string, lat: number, lng: number, flags: NearbyFlags) =>
      nearby({ table, lat, lng }, flags, context),
    );
}

async function nearby(
  { table, lat, lng }: { readonly table: string; readonly lat: number; readonly lng: number },
  { radius, limit, json }: NearbyFlags,
  context: CliContext,
): Promise<void> {
  const rows = await withRecordStore(context, (store, tables) => {
    requirePlaces(table, tables);
    const query = { table, centre: { lat, lng }, radiusMetres: Math.abs(radius) };
    return store.nearby({ ...query, limit: Math.ceil(Math.abs(limit)) });
  });
  if (json === true) for (const row of rows) context.out(JSON.stringify(row));
  else context.out(rows.length === 0 ? 'nothing around' : rowsTable(rows));
}

function rowsTable(rows: readonly NearbyRow[]): string {
  const table = new Table({
    head: ['metres', 'record', 'lat', 'lng'],
    style: { head: [], border: [] },
  });
  for (const { metres, did, rkey, displayPoint } of rows) {
    const [lat, lng] = [displayPoint.lat.toFixed(5), displayPoint.lng.toFixed(5)];
    table.push([metres.toFixed(0), `${did}/${rkey}`, lat, lng]);
  }
  return table.toString();
}

/** @throws {OperatingError} USAGE. */
function requirePlaces(name: string, tables: readonly RecordTable[]): void {
  const placed = tables.filter(({ place }) => place).map((table) => table.name);
  if (placed.includes(name)) return;
  throw new OperatingError(
    'USAGE',
    `records nearby: expected a table with places (${placed.join(', ')}), received "${name}"`,
    { retryable: false },
  );
}

function numberUpTo(most: number): (text: string) => number {
  return (text) => {
    const number = text.trim() === '' ? Number.NaN : Number(text);
    if (Math.abs(number) <= most) return number;
    throw new InvalidArgumentError(`Expected a number up to ${most}, received "${text}".`);
  };
}
