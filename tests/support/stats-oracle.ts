import { PublicKey, VersionedTransaction } from '@solana/web3.js';
import { compareRows, type StatsRow } from './stats-tables.ts';

/** The parts of a getBlock answer in base64 that statistics are made of. */
export interface BlockAnswer {
  readonly transactions: readonly {
    readonly transaction: readonly [string, string];
    readonly meta: {
      readonly err: unknown;
      readonly computeUnitsConsumed?: number;
      readonly innerInstructions: readonly {
        readonly instructions: readonly { readonly programIdIndex: number }[];
      }[];
      readonly loadedAddresses?: {
        readonly writable: readonly string[];
        readonly readonly: readonly string[];
      };
    };
  }[];
}

const VOTE = 'Vote111111111111111111111111111111111111111';

/** What one transaction adds, with names instead of offsets. */
interface Facts {
  readonly keys: readonly string[];
  readonly loaded: readonly string[];
  readonly topLevel: readonly number[];
  readonly inner: readonly number[];
  readonly units: number;
  readonly failed: boolean;
  readonly isVote: boolean;
}

function factsOf({ transaction, meta }: BlockAnswer['transactions'][number]): Facts {
  const wire = Buffer.from(transaction[0], 'base64');
  const { message, signatures, version } = VersionedTransaction.deserialize(wire);
  const keys = message.staticAccountKeys.map((key) => key.toBase58());
  const topLevel = message.compiledInstructions.map((one) => one.programIdIndex);
  const { writable = [], readonly = [] } = meta.loadedAddresses ?? {};
  const isVote =
    version === 'legacy' &&
    signatures.length <= 2 &&
    topLevel.length === 1 &&
    keys[topLevel[0] ?? -1] === VOTE;
  return {
    ...{ keys, topLevel, isVote },
    loaded: [...writable, ...readonly].map((text) => new PublicKey(text).toBase58()),
    inner: meta.innerInstructions.flatMap((group) =>
      group.instructions.map((one) => one.programIdIndex),
    ),
    units: meta.computeUnitsConsumed ?? 0,
    failed: meta.err !== null,
  };
}

function invocations(slot: number, all: readonly Facts[], wholeTree: boolean): StatsRow[] {
  const calls = new Map<
    string,
    { program: string; vote: number; units: number[]; errors: number }
  >();
  for (const { keys, loaded, topLevel, inner, units, failed, isVote } of all) {
    const named = wholeTree ? [...keys, ...loaded] : keys;
    const programs = (wholeTree ? [...topLevel, ...inner] : topLevel)
      .map((index) => named[index])
      .filter((program) => program !== undefined);
    for (const program of programs) {
      const vote = isVote ? 1 : 0;
      const id = `${program} ${vote}`;
      const call = calls.get(id) ?? { program, vote, units: [], errors: 0 };
      call.units.push(Math.floor(units / programs.length));
      if (failed) call.errors++;
      calls.set(id, call);
    }
  }
  return [...calls.values()].map(({ program, vote, units, errors }) => [
    ...[slot, program, vote, units.length, errors],
    ...[Math.min(...units), Math.max(...units), units.reduce((sum, one) => sum + one, 0)],
  ]);
}

function mentions(slot: number, all: readonly Facts[], withLoaded: boolean): StatsRow[] {
  const counts = new Map<string, number>();
  for (const { keys, loaded } of all) {
    for (const key of withLoaded ? [...keys, ...loaded] : keys) {
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return [...counts].map(([key, count]) => [slot, key, count]);
}

function instructions(slot: number, all: readonly Facts[]): StatsRow {
  let [votes, others, voting, rest] = [0, 0, 0, 0];
  for (const { keys, topLevel, inner } of all) {
    const calls = [...topLevel, ...inner];
    const cast = calls.filter((index) => keys[index] === VOTE).length;
    votes += cast;
    others += calls.length - cast;
    if (cast > 0) voting++;
    else rest++;
  }
  return [slot, votes, others, voting, rest];
}

/** The tables of one block, counted from its JSON by web3.js and maps of names. */
export function statsOfBlock(
  slot: number,
  block: BlockAnswer,
): Readonly<Record<string, readonly StatsRow[]>> {
  const all = block.transactions.map(factsOf);
  const tables = {
    program_invocations: invocations(slot, all, false),
    program_invocations_inner: invocations(slot, all, true),
    slot_instructions: [instructions(slot, all)],
    pubkey_mentions: mentions(slot, all, false),
    pubkey_mentions_loaded: mentions(slot, all, true),
  };
  for (const rows of Object.values(tables)) rows.sort(compareRows);
  return tables;
}
