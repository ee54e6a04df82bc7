/** Types a column may have; each database has its own words for them. */
export type ColumnType =
  /** string */
  | 'text'
  /** safe integer */
  | 'integer'
  /** decimal text such as `0.85` */
  | 'decimal'
  | 'boolean'
  /** RFC 3339 in UTC with milliseconds, as `Date.toISOString` writes it */
  | 'timestamp'
  /** any JSON */
  | 'json'
  /** list of strings */
  | 'texts';

export type ColumnValue = string | number | boolean | null | readonly unknown[] | object;

export interface ColumnSpec {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
  /** Characters of a text. */
  readonly lengthMax?: number;
  /** The only values a text may have. */
  readonly values?: readonly string[];
  /** Bounds of an integer or decimal, inclusive. */
  readonly min?: number;
  readonly max?: number;
}

/** A column that holds the id of another record's row. */
export interface ReferenceSpec {
  readonly column: string;
  /** Collection of the record that is meant. */
  readonly collection: string;
  readonly required: boolean;
}

export type TableCheck =
  /** `first` < `second` where both are there. */
  | { readonly type: 'before'; readonly first: string; readonly second: string }
  | { readonly type: 'different'; readonly first: string; readonly second: string }
  /** At least one of them is there. */
  | { readonly type: 'any'; readonly columns: readonly string[] };

/** Values that no two rows share which are not deleted. `ignoreCase` names columns compared in lower case. */
export interface UniqueRule {
  readonly columns: readonly string[];
  readonly ignoreCase: readonly string[];
}

/**
 * The table that records of one collection become rows of. Besides these columns each table has `id` (UUID, stable
 * over revisions and deletion), `record_did`, `record_rkey` (unique together), `record_rev`, `created_at`,
 * `updated_at`, `deleted_at` (null while the record stands and its account is active), and where `place` is true
 * `allow_precise`, `precise_point` (null without consent, also by a constraint), `coarse_geohash` and
 * `display_point`.
 */
export interface RecordTable {
  readonly collection: string;
  /** `[a-z][a-z0-9_]*`, checked where mappings are read. */
  readonly name: string;
  readonly columns: readonly ColumnSpec[];
  readonly references: readonly ReferenceSpec[];
  readonly place: boolean;
  readonly checks: readonly TableCheck[];
  readonly unique: readonly UniqueRule[];
}
