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
/** What is noted of a slot: a row in `jetstreamer_slot_status` and one a plugin in `jetstreamer_plugin_slots`. */
const SLOT_ROWS = 4;
/** On average: 29 bytes of the one, 12 of each other. */
const SLOT_ROW_BYTES = (29 + 3 * 12) / SLOT_ROWS;

/** What every row of a slot begins with. */
interface RowHead {
  readonly slot: number;
  /** Seconds since 1970, within 32 bits. */
  readonly time: number;
}

/** From where on a table is worth an insert of its own. */
export interface BatchBounds {
  readonly batchRowsMax: number;
  readonly batchBytesMax: number;
}

/** Rows of one table that were taken out to be sent. */
export interface TakenRows {
  readonly table: string;
  /** The bytes of one block, in parts. */
  readonly parts: readonly Buffer[];
  /** To be called when the parts are needed no more: their memory is then filled again. */
  readonly release: () => void;
}

/**
 * The statistics of whole slots as columns, keys as they stand on the chain. Each table fills for itself and is taken
 * out when it is worth an insert: every insert costs the server about as much as ten thousand rows, and some tables
 * get a row a slot where others get a thousand.
 */
export class LedgerStatsBatch {
  readonly #invocations = new TableFlow(() => new InvocationRows('program_invocations'));
  readonly #treeInvocations = new TableFlow(() => new InvocationRows('program_invocations_inner'));
  readonly #instructions = new TableFlow(() => new InstructionRows());
  readonly #mentions = new TableFlow(() => new MentionRows('pubkey_mentions'));
  readonly #loadedMentions = new TableFlow(() => new MentionRows('pubkey_mentions_loaded'));
  readonly #flows = [
    ...[this.#invocations, this.#treeInvocations, this.#instructions],
    ...[this.#mentions, this.#loadedMentions],
  ];
  #slots: SlotStatusRow[] = [];

  /** The columns are copied and may be filled again afterwards. */
  add(status: SlotStatusRow, stats: SlotStatsColumns): void {
    const head = { slot: status.slot, time: nearestUint32(status.blockTime) };
    this.#slots.push(status);
    this.#invocations.filling.add(head, stats, stats.invocations);
    if (stats.treeInvocations !== null) {
      this.#treeInvocations.filling.add(head, stats, stats.treeInvocations);
    }
    this.#instructions.filling.add(head, stats.instructions);
    this.#mentions.filling.add(head, stats, stats.mentions);
    if (stats.loadedMentions !== null) {
      this.#loadedMentions.filling.add(head, stats, stats.loadedMentions);
    }
  }

  /** Whether `takeDue` would take anything, or the slots should be noted. */
  isDue(bounds: BatchBounds): boolean {
    return this.areSlotsDue(bounds) || this.#flows.some(({ filling }) => isLarge(filling, bounds));
  }

  /** Whether the slots since `takeSlots` make enough rows of their own. */
  areSlotsDue(bounds: BatchBounds): boolean {
    return isLarge({ rows: this.#slots.length * SLOT_ROWS, rowBytes: SLOT_ROW_BYTES }, bounds);
  }

  /** Takes the tables out that are worth an insert. */
  takeDue(bounds: BatchBounds): TakenRows[] {
    return this.#flows.filter(({ filling }) => isLarge(filling, bounds)).map((flow) => flow.take());
  }

  /** Takes everything out but the slots. */
  takeAll(): TakenRows[] {
    return this.#flows.filter(({ filling }) => filling.rows > 0).map((flow) => flow.take());
  }

  /** Takes the slots out whose rows were added; to be noted when all of these are accepted. */
  takeSlots(): readonly SlotStatusRow[] {
    const slots = this.#slots;
    this.#slots = [];
    return slots;
  }

  clear(): void {
    for (const { filling } of this.#flows) filling.clear();
    this.#slots = [];
  }
}

interface StatsTable {
  readonly name: string;
  readonly rows: number;
  readonly rowBytes: number;
  readonly columns: readonly (WordColumn | ByteColumn)[];
  clear(): void;
}

function isLarge(
  { rows, rowBytes }: Pick<StatsTable, 'rows' | 'rowBytes'>,
  { batchRowsMax, batchBytesMax }: BatchBounds,
): boolean {
  return rows >= batchRowsMax || rows * rowBytes >= batchBytesMax;
}

/** A table that goes on filling while earlier rows of it are under way. */
class TableFlow<T extends StatsTable> {
  readonly #make: () => T;
  readonly #spare: T[] = [];
  filling: T;

  constructor(make: () => T) {
    this.#make = make;
    this.filling = make();
  }

  take(): TakenRows {
    const taken = this.filling;
    this.filling = this.#spare.pop() ?? this.#make();
    const release = (): void => {
      taken.clear();
      this.#spare.push(taken);
    };
    return { table: taken.name, parts: nativeBlock(taken.rows, taken.columns), release };
  }
}

class InvocationRows implements StatsTable {
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

  clear(): void {
    for (const column of this.columns) column.clear();
    this.rows = 0;
  }
}

class InstructionRows implements StatsTable {
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

  clear(): void {
    for (const column of this.columns) column.clear();
    this.rows = 0;
  }
}

class MentionRows implements StatsTable {
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

  clear(): void {
    for (const column of this.columns) column.clear();
    this.rows = 0;
  }
}
