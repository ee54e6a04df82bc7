/** Names that the code needs of the definitions in ops/jetstream. */
export const SWAPS_STREAM = 'dex-swaps';
export const CLICKHOUSE_SINK = 'clickhouse-sink';
