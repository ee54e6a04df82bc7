import { hash } from 'node:crypto';
import type { SessionsJobSpec } from '../model/job.ts';

/** Hex digits of a job id: 64 bits, so that two of a million jobs collide once in 30 million stores. */
const ID_DIGITS = 16;

/**
 * A job is known by what it does: kind, source, range, filters and the options that change what it
 * finds or where that goes. How it gets there (RPC endpoint, cache folder) does not count, and
 * lists of programs and accounts are sets.
 */
export function jobIdOf(spec: SessionsJobSpec): string {
  const { archive, filter } = spec;
  const identity = [
    spec.kind,
    spec.source,
    [archive.carBase, archive.indexBase, archive.network, archive.forceLegacyIndex],
    spec.range === null ? null : [spec.range.start, spec.range.end],
    asSet(spec.targets),
    [spec.slotPadding, spec.signaturePagesMax],
    [filter.mode, asSet(filter.programs), asSet(filter.sessions)],
    [spec.verify, spec.decode, spec.recoverFailed, spec.strict, spec.outDir],
  ];
  return hash('sha256', JSON.stringify(identity)).slice(0, ID_DIGITS);
}

function asSet(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
