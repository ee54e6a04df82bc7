import type { LedgerTransaction } from '../../model/ledger-transaction.ts';
import type { DexProgram } from './dex-program.ts';
import { dexProgramById } from './known-programs.ts';
import type { TransactionPrograms } from './transaction-programs.ts';

// Lines that the runtime and programs write. Source: anza-xyz/agave, program-runtime/src/stable_log.rs.
const PROGRAM = 'Program ';
const INVOKE = ' invoke [';
const LOG = 'Program log: ';
const DATA = 'Program data: ';
const RAY_LOG = 'Program log: ray_log: ';
const SUCCESS = ' success';
const TRUNCATED = 'Log truncated';

const LOG_BYTES = Buffer.from(LOG);
const RAY_LOG_BYTES = Buffer.from(RAY_LOG);
/** How the line ends that tells what a call cost. */
const COST_END = Buffer.from(' compute units');

/**
 * Whether the line in [start, end) of the bytes can tell anything of calls and events, seen without making a text of
 * it: what programs write for people, and what calls cost, is the larger part of all logs.
 */
export function isTellingLine(bytes: Buffer, start: number, end: number): boolean {
  if (holdsAt(bytes, start, end, LOG_BYTES)) return holdsAt(bytes, start, end, RAY_LOG_BYTES);
  return end - start < COST_END.length || !holdsAt(bytes, end - COST_END.length, end, COST_END);
}

function holdsAt(bytes: Buffer, at: number, end: number, text: Buffer): boolean {
  if (end - at < text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false;
  return true;
}

/** One line of bytes that a program wrote. */
export interface LoggedBytes {
  readonly channel: 'anchor' | 'ray_log';
  readonly base64: string;
}

/**
 * Sorts the byte lines of a transaction's logs to the calls that wrote them, by the stack of calls in the logs:
 * the n-th `invoke` of a program is its n-th instruction. Other programs' lines are left out, because the ids
 * of events are hashes of names, which repeat among programs.
 */
export class LoggedEvents {
  readonly #transaction: LedgerTransaction;
  readonly #programs: TransactionPrograms;
  readonly #byInstruction = new Map<number, LoggedBytes[]>();
  /** Where the search for the next call of each program goes on. */
  readonly #next = new Map<DexProgram, number>();
  /** Instructions that are being executed, outermost first; -1 for those of other programs. */
  readonly #stack: number[] = [];
  truncated = false;

  constructor(
    transaction: LedgerTransaction,
    programs: TransactionPrograms,
    logs: readonly string[],
  ) {
    this.#transaction = transaction;
    this.#programs = programs;
    for (const line of logs) this.#take(line);
  }

  of(instruction: number): readonly LoggedBytes[] {
    return this.#byInstruction.get(instruction) ?? [];
  }

  #take(line: string): void {
    if (line.startsWith(LOG)) {
      // Whatever else a program logs could look like the runtime's own lines.
      if (line.startsWith(RAY_LOG)) this.#keep('ray_log', line.slice(RAY_LOG.length));
    } else if (line.startsWith(DATA)) this.#keep('anchor', line.slice(DATA.length));
    else if (line.startsWith(TRUNCATED)) this.truncated = true;
    else if (line.startsWith(PROGRAM)) {
      const invoke = line.indexOf(INVOKE, PROGRAM.length);
      if (invoke > 0) this.#enter(line.slice(PROGRAM.length, invoke), depthOf(line, invoke));
      else if (line.endsWith(SUCCESS)) this.#stack.pop();
    }
  }

  #enter(id: string, depth: number): void {
    const program = dexProgramById(id);
    const from = program === undefined ? 0 : (this.#next.get(program) ?? 0);
    const at = program === undefined ? -1 : this.#indexOfCall(program, from);
    if (program !== undefined && at >= 0) this.#next.set(program, at + 1);
    // The depth is trusted over the count of ends, because ends can be missing.
    this.#stack.length = Math.min(this.#stack.length, Math.max(0, depth - 1));
    this.#stack.push(at);
  }

  #indexOfCall(program: DexProgram, from: number): number {
    const { instructions } = this.#transaction;
    for (let at = from; at < instructions.length; at++) {
      const known = this.#programs.at(instructions[at]?.programIndex ?? -1);
      if (known?.kind === 'dex' && known.program === program) return at;
    }
    return -1;
  }

  #keep(channel: LoggedBytes['channel'], base64: string): void {
    const instruction = this.#stack.at(-1) ?? -1;
    if (instruction < 0) return;
    const listed = this.#byInstruction.get(instruction);
    if (listed === undefined) this.#byInstruction.set(instruction, [{ channel, base64 }]);
    else listed.push({ channel, base64 });
  }
}

function depthOf(line: string, invoke: number): number {
  return Number.parseInt(line.slice(invoke + INVOKE.length), 10) || 1;
}
