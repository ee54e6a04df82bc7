import type {
  DeleteChange,
  RecordKey,
  RecordPlace,
  RecordReference,
  UpsertChange,
} from '../../src/model/record-change.ts';
import type { ColumnSpec, ColumnValue, RecordTable } from '../../src/model/record-table.ts';

/** Small tables with every kind of column, reference, check and unique rule, and changes of their records. */

const column = (
  name: string,
  type: ColumnSpec['type'],
  more: Partial<ColumnSpec> = {},
): ColumnSpec => ({ name, type, nullable: false, ...more });

export const sceneTable: RecordTable = {
  collection: 'test.scene',
  name: 'scenes',
  columns: [
    column('name', 'text', { lengthMax: 40 }),
    column('owner_did', 'text'),
    column('visibility', 'text', { values: ['public', 'private'] }),
    column('tags', 'texts', { nullable: true }),
    column('palette', 'json', { nullable: true }),
    column('size', 'integer', { nullable: true, min: 0, max: 100 }),
    column('open', 'boolean', { nullable: true }),
  ],
  references: [],
  place: true,
  checks: [],
  unique: [{ columns: ['owner_did', 'name'], ignoreCase: ['name'] }],
};

export const eventTable: RecordTable = {
  collection: 'test.event',
  name: 'events',
  columns: [
    column('title', 'text', { lengthMax: 40 }),
    column('starts_at', 'timestamp'),
    column('ends_at', 'timestamp', { nullable: true }),
  ],
  references: [{ column: 'scene_id', collection: 'test.scene', required: true }],
  place: true,
  checks: [{ type: 'before', first: 'starts_at', second: 'ends_at' }],
  unique: [],
};

export const postTable: RecordTable = {
  collection: 'test.post',
  name: 'posts',
  columns: [column('body', 'text')],
  references: [
    { column: 'scene_id', collection: 'test.scene', required: false },
    { column: 'event_id', collection: 'test.event', required: false },
    { column: 'reply_id', collection: 'test.post', required: false },
  ],
  place: false,
  checks: [{ type: 'any', columns: ['scene_id', 'event_id'] }],
  unique: [],
};

export const allianceTable: RecordTable = {
  collection: 'test.alliance',
  name: 'alliances',
  columns: [
    column('weight', 'decimal', { min: 0, max: 1 }),
    column('since', 'timestamp', { nullable: true }),
  ],
  references: [
    { column: 'from_scene_id', collection: 'test.scene', required: true },
    { column: 'to_scene_id', collection: 'test.scene', required: true },
  ],
  place: false,
  checks: [{ type: 'different', first: 'from_scene_id', second: 'to_scene_id' }],
  unique: [{ columns: ['from_scene_id', 'to_scene_id'], ignoreCase: [] }],
};

/** In dependency order. */
export const sampleTables: readonly RecordTable[] = [
  sceneTable,
  eventTable,
  postTable,
  allianceTable,
];

/** The alphabet of TIDs, in its order. */
const TID_DIGITS = '234567abcdefghijklmnopqrstuvwxyz';

/** The n-th revision there is, in the form of a TID. */
export function revOf(n: number): string {
  let [text, rest] = ['', n];
  for (let digit = 0; digit < 13; digit++) {
    text = `${TID_DIGITS[rest % 32]}${text}`;
    rest = Math.floor(rest / 32);
  }
  return text;
}

export function keyOf(table: RecordTable, did: string, rkey: string): RecordKey {
  return { did, collection: table.collection, rkey };
}

interface UpsertFacts {
  readonly rev: number;
  readonly values: Readonly<Record<string, ColumnValue>>;
  readonly references?: readonly RecordReference[];
  readonly place?: RecordPlace | null;
}

export function upsert(key: RecordKey, facts: UpsertFacts): UpsertChange {
  const { rev, values, references = [], place = null } = facts;
  return {
    ...{
      type: 'upsert',
      key,
      rev: revOf(rev),
      cid: `bafy${rev}`,
      timeUs: 1_700_000_000_000_000 + rev,
    },
    lexiconRevision: 1,
    record: { values, references, place },
  };
}

export function remove(key: RecordKey, rev: number): DeleteChange {
  return { type: 'delete', key, rev: revOf(rev), timeUs: 1_700_000_000_000_000 + rev };
}

export const nowhere: RecordPlace = {
  ...{ allowPrecise: false, precisePoint: null, coarseGeohash: null, displayPoint: null },
};

/** A place that its owner lets everybody see. */
export function placeAt(lat: number, lng: number): RecordPlace {
  const point = { lat, lng };
  return { allowPrecise: true, precisePoint: point, coarseGeohash: 'u33dc0', displayPoint: point };
}

/** A scene of its own name unless told. */
export function scene(
  did: string,
  rkey: string,
  rev: number,
  { name = `${rkey} ${rev}`, place = nowhere, size = 7 as number | null } = {},
): UpsertChange {
  const values = {
    ...{ name, owner_did: did, visibility: 'public', tags: ['a', 'b c'] },
    ...{ palette: { primary: '#fff' }, size, open: true },
  };
  return upsert(keyOf(sceneTable, did, rkey), { rev, values, place });
}

/** An event of a scene of the same account. */
export function event(
  did: string,
  rkey: string,
  rev: number,
  { of = 'home', title = `${rkey} ${rev}`, endsAt = null as string | null } = {},
): UpsertChange {
  return upsert(keyOf(eventTable, did, rkey), {
    ...{ rev, place: nowhere },
    values: { title, starts_at: '2026-01-01T20:00:00.000Z', ends_at: endsAt },
    references: [{ column: 'scene_id', key: keyOf(sceneTable, did, of) }],
  });
}

export function post(
  did: string,
  rkey: string,
  rev: number,
  references: readonly RecordReference[],
): UpsertChange {
  const values = { body: `${rkey} ${rev}` };
  return upsert(keyOf(postTable, did, rkey), { rev, values, references });
}

/** An alliance of two scenes of the same account. */
export function alliance(
  did: string,
  rkey: string,
  rev: number,
  [from, to]: readonly [string, string],
): UpsertChange {
  return upsert(keyOf(allianceTable, did, rkey), {
    rev,
    values: { weight: '0.85', since: null },
    references: [
      { column: 'from_scene_id', key: keyOf(sceneTable, did, from) },
      { column: 'to_scene_id', key: keyOf(sceneTable, did, to) },
    ],
  });
}
