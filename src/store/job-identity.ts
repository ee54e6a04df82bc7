import { hash } from 'node:crypto';
import type { SlotRange } from '../core/slot-range.ts';
import type {
  FollowSpec,
  JobSpec,
  SessionsJobSpec,
  StatsJobSpec,
  SwapsJobSpec,
} from '../model/job.ts';
import type { ArchiveLocation } from '../model/worker-task.ts';

/** Hex digits of a job id: 64 bits, so that two of a million jobs collide once in 30 million stores. */
const ID_DIGITS = 16;

/**
 * A job is known by what it does: kind, source, range, filters and the options that change what it
 * finds or where that goes. How it gets there (RPC endpoint, cache folder) does not count, and
 * lists of programs and accounts are sets.
 */
export function jobIdOf(spec: JobSpec): string {
  return hash('sha256', JSON.stringify(identityOf(spec))).slice(0, ID_DIGITS);
}

function identityOf(spec: JobSpec): readonly unknown[] {
  switch (spec.kind) {
    case 'sessions':
      return identityOfSessions(spec);
    case 'stats':
      return identityOfStats(spec);
    case 'swaps':
      return identityOfSwaps(spec);
  }
}

/** The order is part of every id that a store already holds. */
function identityOfSessions(spec: SessionsJobSpec): readonly unknown[] {
  const { filter } = spec;
  return [
    spec.kind,
    spec.source,
    ...identityOfSlots(spec),
    asSet(spec.targets),
    [spec.slotPadding, spec.signaturePagesMax],
    [filter.mode, asSet(filter.programs), asSet(filter.sessions)],
    [spec.verify, spec.decode, spec.recoverFailed, spec.strict, spec.outDir],
  ];
}

function identityOfStats(spec: StatsJobSpec): readonly unknown[] {
  const { kind, variants, verify } = spec;
  return [kind, ...identityOfSlots(spec), [variants.inner, variants.loaded], verify];
}

function identityOfSwaps(spec: SwapsJobSpec): readonly unknown[] {
  const { kind, sink, generic, verify } = spec;
  return [kind, ...identityOfSlots(spec), [sink, generic], verify];
}

/** Which slots, and of what; a job that follows the chain reads no archive. */
function identityOfSlots({ archive, range, follow }: SlotsOfSpec): readonly unknown[] {
  if (follow !== null) return ['follow', [follow.start, follow.end]];
  return [identityOfArchive(archive), range === null ? null : [range.start, range.end]];
}

interface SlotsOfSpec {
  readonly archive: ArchiveLocation;
  readonly range: SlotRange | null;
  readonly follow: FollowSpec | null;
}

function identityOfArchive(archive: ArchiveLocation): readonly unknown[] {
  return [archive.carBase, archive.indexBase, archive.network, archive.forceLegacyIndex];
}

function asSet(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
