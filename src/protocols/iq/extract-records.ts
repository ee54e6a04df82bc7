import { encodeBase58 } from '../../core/base58.ts';
import type { ChainPosition, IqGeneration, IqRecord } from '../../model/iq-record.ts';
import {
  accountKeyAt,
  type LedgerInstruction,
  type LedgerTransaction,
} from '../../model/ledger-transaction.ts';
import type { IqInstruction } from './iq-instruction.ts';
import type { CompiledIqFilter, IqLayout } from './registry.ts';

/** An instruction of a named program that looked like ours and could not be believed. */
export interface IgnoredInstruction {
  readonly position: ChainPosition;
  readonly signature: string;
  readonly program: string;
  readonly reason: string;
}

export interface ExtractedRecords {
  /** In chain order. */
  readonly records: IqRecord[];
  readonly ignored: IgnoredInstruction[];
}

/** One decoded instruction with everything that turning it into a record needs. */
interface Finding {
  readonly transaction: LedgerTransaction;
  readonly instruction: LedgerInstruction;
  readonly program: string;
  readonly generation: IqGeneration;
  readonly filter: CompiledIqFilter;
}

/**
 * Every IQ record of a transaction, from top-level and inner instructions alike. Never throws over
 * what the chain holds: malformed data of a program the filter names is listed in `ignored`.
 * Under "any program" the bytes are a guess anyway, so what does not fit is passed over silently.
 */
export function extractIqRecords(
  transaction: LedgerTransaction,
  filter: CompiledIqFilter,
): ExtractedRecords {
  const found: ExtractedRecords = { records: [], ignored: [] };
  // Programs repeat within a transaction; base58 is worth doing once for each.
  const programs = new Map<number, string>();
  for (const instruction of transaction.instructions) {
    const key = accountKeyAt(transaction, instruction.programIndex);
    if (key === undefined) continue;
    const program = programs.get(instruction.programIndex) ?? encodeBase58(key);
    programs.set(instruction.programIndex, program);
    const named = filter.programs.get(program);
    const claimed = claim(named ?? filter.anyProgram, instruction.data);
    if (claimed === undefined) continue;
    const generation = claimed.layout.generation;
    const finding: Finding = { transaction, instruction, program, generation, filter };
    const outcome = toRecord(claimed.decoded, finding);
    if (typeof outcome !== 'string') {
      if (outcome !== undefined) found.records.push(outcome);
    } else if (named !== undefined) {
      found.ignored.push({ ...whereOf(finding), program, reason: outcome });
    }
  }
  return found;
}

/** The first layout that knows the leading bytes keeps them; there is no second try. */
function claim(
  layouts: readonly IqLayout[],
  data: Uint8Array,
): { layout: IqLayout; decoded: IqInstruction } | undefined {
  for (const layout of layouts) {
    const decoded = layout.decode(data);
    if (decoded !== undefined) return { layout, decoded };
  }
  return undefined;
}

/** A record; or the reason why there is none; or `undefined` when the session list excludes it. */
function toRecord(decoded: IqInstruction, finding: Finding): IqRecord | string | undefined {
  if (decoded.type === 'malformed') return decoded.reason;
  const base = {
    ...whereOf(finding),
    program: finding.program,
    generation: finding.generation,
    signer: signerOf(finding),
    failed: finding.transaction.failed,
    blockTime: finding.transaction.blockTime,
  };
  if (decoded.type === 'link' || decoded.type === 'tail' || decoded.type === 'inline') {
    return finding.filter.sessions.size > 0 ? undefined : { ...base, ...decoded };
  }
  const session = sessionOf(decoded.sessionAccount, finding);
  if (session === undefined) return `${decoded.type}: account ${decoded.sessionAccount} is missing`;
  if (finding.filter.sessions.size > 0 && !finding.filter.sessions.has(session)) return undefined;
  if (decoded.type === 'finalize') {
    const { sessionAccount: _, claimedSession, ...fields } = decoded;
    if (claimedSession !== null && claimedSession !== session) {
      return `finalize: on_chain_path ${claimedSession} is not the session account ${session}`;
    }
    return { ...base, ...fields, session };
  }
  const { sessionAccount: _, ...fields } = decoded;
  return { ...base, ...fields, session };
}

/**
 * The session by its position. For generations 1P and 1L the account list is known from iq-plugin
 * alone, which takes the first listed session among the accounts; that is kept as the second choice.
 */
function sessionOf(position: number, finding: Finding): string | undefined {
  const { transaction, instruction, generation, filter } = finding;
  const key = accountKeyAt(transaction, instruction.accounts[position]);
  const session = key === undefined ? undefined : encodeBase58(key);
  const positional = generation === '0' || generation === '3' || filter.sessions.size === 0;
  if (positional || (session !== undefined && filter.sessions.has(session))) return session;
  for (const index of instruction.accounts) {
    const other = accountKeyAt(transaction, index);
    const text = other === undefined ? '' : encodeBase58(other);
    if (filter.sessions.has(text)) return text;
  }
  return session;
}

/** See `IqRecord.signer` for the rule. */
function signerOf({ transaction, instruction, generation }: Finding): string {
  const first = instruction.accounts[0];
  const key = accountKeyAt(transaction, first);
  const signed = first !== undefined && first < transaction.signerCount;
  const enforced = !transaction.failed && (generation === '0' || generation === '3');
  if (key !== undefined && (signed || enforced)) return encodeBase58(key);
  return encodeBase58(accountKeyAt(transaction, 0) ?? new Uint8Array(32));
}

function whereOf({ transaction, instruction }: Finding): {
  position: ChainPosition;
  signature: string;
} {
  const { slot, transactionIndex } = transaction;
  const { outer, inner } = instruction;
  return {
    position: { slot, transactionIndex, outer, inner },
    signature: encodeBase58(transaction.signature),
  };
}
