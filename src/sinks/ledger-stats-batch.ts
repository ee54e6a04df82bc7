import {
  type InstructionCounts,
  type InvocationColumns,
  KEY_WORDS,
  type MentionColumns,
  type SlotStatsColumns,
} from '../model/ledger-stats.ts';
import type { SlotStatusRow } from '../model/worker-task.ts';
import { nearestUint32, RowBinaryWriter } from './row-binary.ts';

const INVOCATION_COLUMNS = [
  'slot',
  'timestamp',
  'program_id',
  'is_vote',
  'count',
  'error_count',
  'min_cus',
  'max_cus',
  'total_cus',
];

const INSTRUCTION_COLUMNS = [
  'slot',
  'timestamp',
  'vote_instruction_count',
  'non_vote_instruction_count',
  'vote_transaction_count',
  'non_vote_transaction_count',
];

const MENTION_COLUMNS = ['slot', 'timestamp', 'pubkey', 'num_mentions'];

/** Rows of one table, ready to be sent. */
interface TableRows {
  readonly table: string;
  readonly columns: readonly string[];
  readonly writer: RowBinaryWriter;
}

/** What a slot costs in `jetstreamer_slot_status` and, for three plugins, in `jetstreamer_plugin_slots`. */
const SLOT_BYTES = 29 + 3 * 12;

/** The statistics of whole slots as rows in RowBinary, keys as they stand on the chain; filled again after `clear`. */
export class LedgerStatsBatch {
  readonly #invocations = tableRows('program_invocations', INVOCATION_COLUMNS);
  readonly #treeInvocations = tableRows('program_invocations_inner', INVOCATION_COLUMNS);
  readonly #instructions = tableRows('slot_instructions', INSTRUCTION_COLUMNS);
  readonly #mentions = tableRows('pubkey_mentions', MENTION_COLUMNS);
  readonly #loadedMentions = tableRows('pubkey_mentions_loaded', MENTION_COLUMNS);
  readonly tables: readonly TableRows[] = [
    this.#invocations,
    this.#treeInvocations,
    this.#instructions,
    this.#mentions,
    this.#loadedMentions,
  ];
  #slots: SlotStatusRow[] = [];
  #rows = 0;

  get slots(): readonly SlotStatusRow[] {
    return this.#slots;
  }

  /** Of all tables. */
  get rows(): number {
    return this.#rows;
  }

  /** Of all tables. */
  get bytes(): number {
    let bytes = this.#slots.length * SLOT_BYTES;
    for (const { writer } of this.tables) bytes += writer.length;
    return bytes;
  }

  /** The columns are copied and may be filled again afterwards. */
  add(status: SlotStatusRow, stats: SlotStatsColumns): void {
    const head = { slot: status.slot, time: nearestUint32(status.blockTime) };
    this.#slots.push(status);
    this.#rows += writeInvocations(this.#invocations.writer, head, stats.invocations);
    if (stats.treeInvocations !== null) {
      this.#rows += writeInvocations(this.#treeInvocations.writer, head, stats.treeInvocations);
    }
    this.#rows += writeInstructions(this.#instructions.writer, head, stats.instructions);
    this.#rows += writeMentions(this.#mentions.writer, head, stats.mentions, false);
    if (stats.mentions.loadedCounts !== null) {
      this.#rows += writeMentions(this.#loadedMentions.writer, head, stats.mentions, true);
    }
  }

  clear(): void {
    for (const { writer } of this.tables) writer.clear();
    this.#slots = [];
    this.#rows = 0;
  }
}

/** What every row of a slot begins with. */
interface RowHead {
  readonly slot: number;
  /** Seconds since 1970, within 32 bits. */
  readonly time: number;
}

/** @returns how many rows were written. */
function writeInvocations(
  writer: RowBinaryWriter,
  head: RowHead,
  columns: InvocationColumns,
): number {
  const { programs, keys, counts, errors, minUnits, maxUnits, totalUnits } = columns;
  let rows = 0;
  for (let row = 0; row < programs * 2; row++) {
    const count = counts[row] ?? 0;
    if (count === 0) continue;
    writeKey(writer, head, keys, row >>> 1);
    writer.uint8(row & 1);
    writer.uint32(nearestUint32(count));
    writer.uint32(nearestUint32(errors[row] ?? 0));
    writer.uint32(nearestUint32(minUnits[row] ?? 0));
    writer.uint32(nearestUint32(maxUnits[row] ?? 0));
    writer.uint32(nearestUint32(totalUnits[row] ?? 0));
    rows++;
  }
  return rows;
}

function writeInstructions(
  writer: RowBinaryWriter,
  head: RowHead,
  counts: InstructionCounts,
): number {
  writer.uint32(head.slot);
  writer.uint32(head.time);
  writer.uint64(counts.voteInstructions);
  writer.uint64(counts.otherInstructions);
  writer.uint32(counts.voteTransactions);
  writer.uint32(counts.otherTransactions);
  return 1;
}

/** @param withLoaded counts transactions that load the key, too. @returns how many rows were written. */
function writeMentions(
  writer: RowBinaryWriter,
  head: RowHead,
  columns: MentionColumns,
  withLoaded: boolean,
): number {
  const { pubkeys, keys, counts, loadedCounts } = columns;
  let rows = 0;
  for (let row = 0; row < pubkeys; row++) {
    const count = (counts[row] ?? 0) + (withLoaded ? (loadedCounts?.[row] ?? 0) : 0);
    if (count === 0) continue;
    writeKey(writer, head, keys, row);
    writer.uint32(count);
    rows++;
  }
  return rows;
}

function writeKey(writer: RowBinaryWriter, head: RowHead, keys: Int32Array, row: number): void {
  writer.uint32(head.slot);
  writer.uint32(head.time);
  writer.words(keys, row * KEY_WORDS, (row + 1) * KEY_WORDS);
}

function tableRows(table: string, columns: readonly string[]): TableRows {
  return { table, columns, writer: new RowBinaryWriter() };
}
