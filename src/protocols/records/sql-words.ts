/**
 * Words that PostgreSQL or SQLite keep for themselves. Quoting would make them names, but not for the people who type
 * queries. Source: PostgreSQL 17, appendix C, key words marked "reserved".
 */
const RESERVED = new Set(
  `all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation
  column concurrently constraint create cross current_catalog current_date current_role current_schema current_time
  current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze
  from full grant group having ilike in index initially inner intersect into is isnull join lateral leading left like
  limit localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary
  references returning right rowid select session_user similar some symmetric system_user table tablesample then to
  trailing true union unique user using variadic verbose when where window with`.split(/\s+/),
);

/** Bookkeeping of the stores, and what databases and PostGIS make for themselves. */
const FOREIGN_TABLE =
  /^(pg_|sqlite_|indexer_|ingestion_|record_|stream_leases?$|dead_letters?$|pending_|schema_|millrace|spatial_ref_sys$|geography_columns$|geometry_columns$|raster_|accounts$|identities$|geo_index|rtree_)|_(rtree|node|parent|rowid)$/;

/** Columns that every table of records has; `display_cell` in SQLite only. */
const STANDARD_COLUMNS = new Set([
  ...['id', 'record_did', 'record_rkey', 'record_rev', 'created_at', 'updated_at', 'deleted_at'],
  ...['allow_precise', 'precise_point', 'coarse_geohash', 'display_point', 'display_cell'],
]);

export function isTableNameTaken(name: string): boolean {
  return RESERVED.has(name) || FOREIGN_TABLE.test(name);
}

export function isColumnNameTaken(name: string): boolean {
  return RESERVED.has(name) || STANDARD_COLUMNS.has(name);
}
