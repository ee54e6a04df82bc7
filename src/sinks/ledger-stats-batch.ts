import {
  type InstructionCounts,
  type InvocationColumns,
  KEY_WORDS,
  type SlotStatsColumns,
} from '../model/ledger-stats.ts';
import type { SlotStatusRow } from '../model/worker-task.ts';
import { ByteColumn, nativeBlock, WordColumn } from './native-columns.ts';
import { nearestUint32 } from './row-binary.ts';

const TIME = "DateTime('UTC')";
const KEY = 'FixedString(32)';
/** Rows that a table has room for at first; those with a row for every key of every slot grow beyond. */
const ROWS_AT_FIRST = 1024;
/** What a slot costs in `jetstreamer_slot_status` and, for three plugins, in `jetstreamer_plugin_slots`. */
const SLOT_BYTES = 29 + 3 * 12;

/** What every row of a slot begins with. */
interface RowHead {
  readonly slot: number;
  /** Seconds since 1970, within 32 bits. */
  readonly time: number;
}

/** The statistics of whole slots as columns, keys as they stand on the chain; filled again after `clear`. */
export class LedgerStatsBatch {
  readonly #invocations = new InvocationRows('program_invocations');
  readonly #treeInvocations = new InvocationRows('program_invocations_inner');
  readonly #instructions = new InstructionRows();
  readonly #mentions = new MentionRows('pubkey_mentions');
  readonly #loadedMentions = new MentionRows('pubkey_mentions_loaded');
  readonly tables = [
    this.#invocations,
    this.#treeInvocations,
    this.#instructions,
    this.#mentions,
    this.#loadedMentions,
  ] as const;
  #slots: SlotStatusRow[] = [];

  get slots(): readonly SlotStatusRow[] {
    return this.#slots;
  }

  /** Of all tables. */
  get rows(): number {
    return this.tables.reduce((sum, { rows }) => sum + rows, 0);
  }

  /** Of all tables. */
  get bytes(): number {
    const slots = this.#slots.length * SLOT_BYTES;
    return this.tables.reduce((sum, { rows, rowBytes }) => sum + rows * rowBytes, slots);
  }

  /** The columns are copied and may be filled again afterwards. */
  add(status: SlotStatusRow, stats: SlotStatsColumns): void {
    const head = { slot: status.slot, time: nearestUint32(status.blockTime) };
    this.#slots.push(status);
    this.#invocations.add(head, stats, stats.invocations);
    if (stats.treeInvocations !== null) {
      this.#treeInvocations.add(head, stats, stats.treeInvocations);
    }
    this.#instructions.add(head, stats.instructions);
    this.#mentions.add(head, stats, stats.mentions);
    if (stats.loadedMentions !== null) this.#loadedMentions.add(head, stats, stats.loadedMentions);
  }

  clear(): void {
    for (const { columns } of this.tables) for (const column of columns) column.clear();
    for (const table of this.tables) table.rows = 0;
    this.#slots = [];
  }
}

class InvocationRows {
  readonly rowBytes = 61;
  rows = 0;
  readonly #slot = new WordColumn('slot', 'UInt32', ROWS_AT_FIRST);
  readonly #time = new WordColumn('timestamp', TIME, ROWS_AT_FIRST);
  readonly #program = new WordColumn('program_id', KEY, ROWS_AT_FIRST * KEY_WORDS);
  readonly #isVote = new ByteColumn('is_vote', 'UInt8');
  readonly #count = new WordColumn('count', 'UInt32', ROWS_AT_FIRST);
  readonly #errors = new WordColumn('error_count', 'UInt32', ROWS_AT_FIRST);
  readonly #minUnits = new WordColumn('min_cus', 'UInt32', ROWS_AT_FIRST);
  readonly #maxUnits = new WordColumn('max_cus', 'UInt32', ROWS_AT_FIRST);
  readonly #totalUnits = new WordColumn('total_cus', 'UInt32', ROWS_AT_FIRST);
  readonly columns = [
    ...[this.#slot, this.#time, this.#program, this.#isVote, this.#count, this.#errors],
    ...[this.#minUnits, this.#maxUnits, this.#totalUnits],
  ];
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  add(head: RowHead, { keyCount, keys }: SlotStatsColumns, of: InvocationColumns): void {
    for (let row = 0; row < keyCount * 2; row++) {
      const count = of.counts[row] ?? 0;
      if (count === 0) continue;
      const key = (row >>> 1) * KEY_WORDS;
      this.#slot.add(head.slot);
      this.#time.add(head.time);
      this.#program.addAll(keys, key, key + KEY_WORDS);
      this.#isVote.add(row & 1);
      this.#count.add(nearestUint32(count));
      this.#errors.add(nearestUint32(of.errors[row] ?? 0));
      this.#minUnits.add(nearestUint32(of.minUnits[row] ?? 0));
      this.#maxUnits.add(nearestUint32(of.maxUnits[row] ?? 0));
      this.#totalUnits.add(nearestUint32(of.totalUnits[row] ?? 0));
      this.rows++;
    }
  }
}

class InstructionRows {
  readonly name = 'slot_instructions';
  readonly rowBytes = 32;
  rows = 0;
  readonly #slot = new WordColumn('slot', 'UInt32', ROWS_AT_FIRST);
  readonly #time = new WordColumn('timestamp', TIME, ROWS_AT_FIRST);
  readonly #votes = new WordColumn('vote_instruction_count', 'UInt64', ROWS_AT_FIRST);
  readonly #others = new WordColumn('non_vote_instruction_count', 'UInt64', ROWS_AT_FIRST);
  readonly #voting = new WordColumn('vote_transaction_count', 'UInt32', ROWS_AT_FIRST);
  readonly #rest = new WordColumn('non_vote_transaction_count', 'UInt32', ROWS_AT_FIRST);
  readonly columns = [
    ...[this.#slot, this.#time, this.#votes, this.#others],
    ...[this.#voting, this.#rest],
  ];

  add(head: RowHead, counts: InstructionCounts): void {
    this.#slot.add(head.slot);
    this.#time.add(head.time);
    this.#votes.addUint64(counts.voteInstructions);
    this.#others.addUint64(counts.otherInstructions);
    this.#voting.add(counts.voteTransactions);
    this.#rest.add(counts.otherTransactions);
    this.rows++;
  }
}

class MentionRows {
  readonly rowBytes = 44;
  rows = 0;
  readonly #slot = new WordColumn('slot', 'UInt32', ROWS_AT_FIRST);
  readonly #time = new WordColumn('timestamp', TIME, ROWS_AT_FIRST);
  readonly #pubkey = new WordColumn('pubkey', KEY, ROWS_AT_FIRST * KEY_WORDS);
  readonly #mentions = new WordColumn('num_mentions', 'UInt32', ROWS_AT_FIRST);
  readonly columns = [this.#slot, this.#time, this.#pubkey, this.#mentions];
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  /** Runs of keys that are mentioned are copied at once: mostly that is all of the slot. */
  add(head: RowHead, { keyCount, keys }: SlotStatsColumns, counts: Int32Array): void {
    for (let from = 0; from < keyCount; ) {
      let to = from;
      while (to < keyCount && counts[to] !== 0) to++;
      this.#slot.addTimes(head.slot, to - from);
      this.#time.addTimes(head.time, to - from);
      this.#pubkey.addAll(keys, from * KEY_WORDS, to * KEY_WORDS);
      this.#mentions.addAll(counts, from, to);
      this.rows += to - from;
      from = to + 1;
    }
  }
}

/** The rows of one table of the batch, ready to be sent; valid until the batch is changed. */
export function tableBlock(table: LedgerStatsBatch['tables'][number]): Buffer[] {
  return nativeBlock(table.rows, table.columns);
}
