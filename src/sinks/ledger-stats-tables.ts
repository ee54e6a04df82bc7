/**
 * Tables of ledger statistics. `program_invocations`, `slot_instructions`, `pubkey_mentions`, `pubkeys` and
 * `pubkeys_mv` have the names, columns, engines and keys of anza-xyz/jetstreamer (`jetstreamer-plugin`, plugins
 * Program Tracking, Instruction Tracking and Pubkey Stats). The variants have tables of their own of the same shape:
 * in one table with the others, a second run with other variants would leave rows of both meanings behind.
 */
export function ledgerStatsTables(table: (name: string) => string): readonly string[] {
  return [
    invocations(table('program_invocations')),
    invocations(table('program_invocations_inner')),
    `CREATE TABLE IF NOT EXISTS ${table('slot_instructions')} (
      slot UInt32,
      timestamp DateTime('UTC'),
      vote_instruction_count UInt64,
      non_vote_instruction_count UInt64,
      vote_transaction_count UInt32,
      non_vote_transaction_count UInt32
    ) ENGINE = ReplacingMergeTree(timestamp) ORDER BY slot`,
    mentions(table('pubkey_mentions')),
    mentions(table('pubkey_mentions_loaded')),
    `CREATE TABLE IF NOT EXISTS ${table('pubkeys')} (
      pubkey FixedString(32),
      id UInt64
    ) ENGINE = ReplacingMergeTree ORDER BY pubkey`,
    numbering(table('pubkeys_mv'), table('pubkeys'), table('pubkey_mentions')),
    numbering(table('pubkeys_loaded_mv'), table('pubkeys'), table('pubkey_mentions_loaded')),
  ];
}

function invocations(table: string): string {
  return `CREATE TABLE IF NOT EXISTS ${table} (
    slot UInt32,
    timestamp DateTime('UTC'),
    program_id FixedString(32),
    is_vote UInt8,
    count UInt32,
    error_count UInt32,
    min_cus UInt32,
    max_cus UInt32,
    total_cus UInt32
  ) ENGINE = ReplacingMergeTree(timestamp) ORDER BY (slot, program_id, is_vote)`;
}

function mentions(table: string): string {
  return `CREATE TABLE IF NOT EXISTS ${table} (
    slot UInt32,
    timestamp DateTime('UTC'),
    pubkey FixedString(32),
    num_mentions UInt32
  ) ENGINE = ReplacingMergeTree(timestamp) ORDER BY (slot, pubkey)`;
}

function numbering(view: string, to: string, from: string): string {
  return `CREATE MATERIALIZED VIEW IF NOT EXISTS ${view} TO ${to} AS
    SELECT pubkey, sipHash64(pubkey) AS id FROM ${from} GROUP BY pubkey`;
}
