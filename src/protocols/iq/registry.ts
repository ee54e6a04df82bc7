import { decodePublicKey } from '../../core/base58.ts';
import { OperatingError } from '../../core/errors.ts';
import type { IqGeneration } from '../../model/iq-record.ts';
import type { IqFilter, IqReaderMode } from '../../model/worker-task.ts';
import { decodeGeneration0 } from './decode-generation-0.ts';
import { decodeGeneration1l } from './decode-generation-1l.ts';
import { decodeGeneration1p } from './decode-generation-1p.ts';
import { decodeGeneration3 } from './decode-generation-3.ts';
import type { DecodeInstruction } from './iq-instruction.ts';
import { KNOWN_IQ_PROGRAMS } from './iq-programs.ts';

/**
 * Which layout reads which program. The key is always (program id, leading bytes): one
 * discriminator has three argument layouts over the generations, so bytes alone decide nothing.
 */
export interface IqLayout {
  readonly generation: IqGeneration;
  readonly decode: DecodeInstruction;
}

export interface CompiledIqFilter {
  readonly mode: IqReaderMode;
  /** Base58 program id to the layouts of that program; exactly one of them claims given leading bytes. */
  readonly programs: ReadonlyMap<string, readonly IqLayout[]>;
  /** Layouts of every other program; empty unless a mode was named and no program was. */
  readonly anyProgram: readonly IqLayout[];
  /** Base58 session accounts; empty means any. */
  readonly sessions: ReadonlySet<string>;
  /** A transaction that matters has at least one of these 32-byte keys, unless `everyTransaction`. */
  readonly scanKeys: readonly Uint8Array[];
  /** True when nothing narrows the search: any program, any session. */
  readonly everyTransaction: boolean;
  /**
   * A key may come from an address lookup table, which only the metadata resolves, so a transaction
   * with lookups is a candidate even when none of `scanKeys` stands in its bytes.
   */
  readonly lookupsAreCandidates: true;
  /** Sentences for the user: listed programs that are not read, or read against what is known. */
  readonly warnings: readonly string[];
}

const GENERATION_0: IqLayout = { generation: '0', decode: decodeGeneration0 };
const GENERATION_1P: IqLayout = { generation: '1P', decode: decodeGeneration1p };
const GENERATION_1L: IqLayout = { generation: '1L', decode: decodeGeneration1l };
const GENERATION_3: IqLayout = { generation: '3', decode: decodeGeneration3 };
const LAYOUT_OF: Readonly<Record<IqGeneration, IqLayout>> = {
  '0': GENERATION_0,
  '1P': GENERATION_1P,
  '1L': GENERATION_1L,
  '3': GENERATION_3,
};

/**
 * Order matters for `passthrough` only. Two chunk discriminators of 1L (`044bafd7c25bed4f` and
 * `04f78d7320c33748`) begin with 1P's chunk byte, and iq-plugin, which tried 1P first, never
 * finished such sessions. Here eight bytes that match exactly decide before one byte does, and a
 * layout that claimed the bytes keeps them even when the rest turns out malformed.
 */
const LAYOUTS_OF_MODE: Readonly<Record<Exclude<IqReaderMode, 'auto'>, readonly IqLayout[]>> = {
  pinocchio: [GENERATION_1P],
  legacy: [GENERATION_1L],
  'code-in': [GENERATION_3],
  passthrough: [GENERATION_1L, GENERATION_3, GENERATION_1P],
};

/**
 * Turns the user's filter into what the scanner and the extractor need.
 * - `auto` reads by program id: the listed ones that are known, or every known one.
 * - any other mode is applied to the listed programs, or to any program when none is listed.
 *   `passthrough` leaves programs of generations 0 and 3 their own layout: nothing is in doubt there.
 * @throws {OperatingError} `USAGE` when an entry is not a base58 public key; the entry is named.
 */
export function compileIqFilter(filter: IqFilter): CompiledIqFilter {
  const warnings: string[] = [];
  const programs = programLayouts(filter, warnings);
  const anyProgram =
    filter.mode === 'auto' || filter.programs.length > 0 ? [] : LAYOUTS_OF_MODE[filter.mode];
  const sessionKeys = filter.sessions.map((session) => keyOf(session, 'session account'));
  const programKeys = [...programs.keys()].map((program) => keyOf(program, 'program id'));
  return {
    mode: filter.mode,
    programs,
    anyProgram,
    sessions: new Set(filter.sessions),
    scanKeys: anyProgram.length > 0 ? sessionKeys : programKeys,
    everyTransaction: anyProgram.length > 0 && sessionKeys.length === 0,
    lookupsAreCandidates: true,
    warnings,
  };
}

function programLayouts(filter: IqFilter, warnings: string[]): Map<string, readonly IqLayout[]> {
  const layouts = new Map<string, readonly IqLayout[]>();
  if (filter.mode === 'auto' && filter.programs.length === 0) {
    for (const { id, generation } of KNOWN_IQ_PROGRAMS) layouts.set(id, [LAYOUT_OF[generation]]);
  }
  for (const program of filter.programs) {
    const known = KNOWN_IQ_PROGRAMS.find(({ id }) => id === program)?.generation;
    const chosen = listedLayouts(filter.mode, known);
    if (chosen === undefined) {
      warnings.push(
        `program ${program} is not a known IQ program and is not read: name its layout with the mode pinocchio, legacy, code-in or passthrough`,
      );
      continue;
    }
    if (known !== undefined && !chosen.some(({ generation }) => generation === known)) {
      warnings.push(
        `program ${program} is known as generation ${known}, but mode ${filter.mode} reads it as another`,
      );
    }
    layouts.set(program, chosen);
  }
  return layouts;
}

function listedLayouts(
  mode: IqReaderMode,
  known: IqGeneration | undefined,
): readonly IqLayout[] | undefined {
  if (mode === 'auto') return known === undefined ? undefined : [LAYOUT_OF[known]];
  if (mode === 'passthrough' && (known === '0' || known === '3')) return [LAYOUT_OF[known]];
  return LAYOUTS_OF_MODE[mode];
}

function keyOf(text: string, what: string): Uint8Array {
  const key = decodePublicKey(text);
  if (key === undefined) {
    throw new OperatingError(
      'USAGE',
      `reading the IQ filter: expected a base58 ${what} of 32 bytes, received "${text}"`,
      { retryable: false, fields: { entry: text } },
    );
  }
  return key;
}
