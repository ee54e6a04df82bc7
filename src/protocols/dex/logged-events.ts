import type { LedgerTransaction } from '../../model/ledger-transaction.ts';
import type { DexProgram } from './dex-program.ts';
import { dexProgramById } from './known-programs.ts';
import type { TransactionPrograms } from './transaction-programs.ts';

// Lines that the runtime and programs write. Source: anza-xyz/agave, program-runtime/src/stable_log.rs.
const PROGRAM = 'Program ';
const INVOKE = ' invoke [';
const DATA = 'Program data: ';
const RAY_LOG = 'Program log: ray_log: ';
const TRUNCATED = 'Log truncated';

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
  readonly #byInstruction = new Map<number, LoggedBytes[]>();
  truncated = false;

  constructor(
    transaction: LedgerTransaction,
    programs: TransactionPrograms,
    logs: readonly string[],
  ) {
    const next = new Map<DexProgram, number>();
    const stack: number[] = [];
    for (const line of logs) {
      if (line.startsWith(DATA)) this.#keep(stack.at(-1), 'anchor', line.slice(DATA.length));
      else if (line.startsWith(RAY_LOG)) {
        this.#keep(stack.at(-1), 'ray_log', line.slice(RAY_LOG.length));
      } else if (line.startsWith(TRUNCATED)) this.truncated = true;
      else if (line.startsWith(PROGRAM)) {
        const invoke = line.indexOf(INVOKE, PROGRAM.length);
        if (invoke > 0) {
          const program = dexProgramById(line.slice(PROGRAM.length, invoke));
          const from = program === undefined ? 0 : (next.get(program) ?? 0);
          const at = program === undefined ? -1 : indexOfCall(transaction, programs, program, from);
          if (program !== undefined && at >= 0) next.set(program, at + 1);
          // The depth is trusted over the count of ends, which a crowded log may have lost.
          stack.length = Math.max(0, depthOf(line, invoke) - 1);
          stack.push(at);
        } else if (endsCall(line)) stack.pop();
      }
    }
  }

  of(instruction: number): readonly LoggedBytes[] {
    return this.#byInstruction.get(instruction) ?? [];
  }

  #keep(instruction: number | undefined, channel: LoggedBytes['channel'], base64: string): void {
    if (instruction === undefined || instruction < 0) return;
    const listed = this.#byInstruction.get(instruction);
    if (listed === undefined) this.#byInstruction.set(instruction, [{ channel, base64 }]);
    else listed.push({ channel, base64 });
  }
}

function depthOf(line: string, invoke: number): number {
  return Number.parseInt(line.slice(invoke + INVOKE.length), 10) || 1;
}

/** `Program <address> success` or `Program <address> failed: …`; a program's own log says `Program log: …`. */
function endsCall(line: string): boolean {
  if (line.endsWith(' success')) return !line.startsWith('Program log: ');
  return line.includes(' failed: ') && !line.startsWith('Program log: ');
}

function indexOfCall(
  { instructions }: LedgerTransaction,
  programs: TransactionPrograms,
  program: DexProgram,
  from: number,
): number {
  for (let at = from; at < instructions.length; at++) {
    const known = programs.at(instructions[at]?.programIndex ?? -1);
    if (known?.kind === 'dex' && known.program === program) return at;
  }
  return -1;
}
