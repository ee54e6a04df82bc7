import { errorText, OperatingError } from '../../src/core/errors.ts';
import type { SlotRange } from '../../src/core/slot-range.ts';
import type { SessionsJobSpec } from '../../src/model/job.ts';
import type { DiscoveredTarget, IqFilter } from '../../src/model/worker-task.ts';
import { chooseSource } from './choose-source.ts';
import type { EmitJobEvent, JobContext } from './job-context.ts';
import { planRange } from './plan-range.ts';

/** What a job is really going to read. */
export interface JobScope {
  readonly source: 'archive' | 'rpc';
  /** One sentence. */
  readonly reason: string;
  readonly range: SlotRange;
  readonly filter: IqFilter;
  /** Empty when the job reads a range without asking for particular sessions. */
  readonly targets: readonly DiscoveredTarget[];
}

/** Estimates for the choice of a source: what the public archive gives one client, and a slot of 2025. */
const ARCHIVE_BYTES_PER_SECOND = 30_000_000;
const BYTES_PER_SLOT = 1_500_000;

/** Characters of the longest base58 public key; a signature has 64 bytes, and no fewer than 64 characters. */
const KEY_LENGTH_MAX = 44;

export function isSessionAccount(target: string): boolean {
  return target.length <= KEY_LENGTH_MAX;
}

/**
 * Finds the slots to read and the source to read them from. A range without targets needs no RPC; targets with a
 * range neither, as long as they are session accounts. A signature is looked up by RPC, to learn what it belongs to.
 * @throws {OperatingError} USAGE for a spec that names nothing to read; what discovery and planning throw.
 */
export async function findWindow(
  spec: SessionsJobSpec,
  context: JobContext,
  emit: EmitJobEvent,
  signal: AbortSignal,
): Promise<JobScope> {
  const range = givenRange(spec);
  if (range !== null && spec.targets.every(isSessionAccount)) return scopeOfRange(spec, range);
  if (spec.targets.length === 0) {
    throw new OperatingError(
      'USAGE',
      'nothing to read: expected slots, or session accounts or signatures; --source rpc needs the latter',
      { retryable: false },
    );
  }
  const targets = await discover(spec, context, emit, signal);
  const filter = filterOf(spec.filter, targets);
  if (range !== null) return { ...scopeOfRange(spec, range), filter, targets };
  const window = windowOf(targets, spec.slotPadding);
  const chosen = await pickSource(spec, { range: window, targets }, context, signal);
  return { ...chosen, range: window, filter, targets };
}

/** RPC gives a target's own transactions, wherever they are. */
export function givenRange(spec: SessionsJobSpec): SlotRange | null {
  return spec.source === 'rpc' ? null : spec.range;
}

async function discover(
  spec: SessionsJobSpec,
  context: JobContext,
  emit: EmitJobEvent,
  signal: AbortSignal,
): Promise<readonly DiscoveredTarget[]> {
  const { targets, signaturePagesMax, filter } = spec;
  const rpc = { ...context.rpc, url: spec.rpcUrl };
  const found = await context.pool.discover(
    { type: 'discover', rpc, targets, signaturePagesMax, filter },
    signal,
  );
  for (const text of found.warnings) emit({ type: 'warning', text });
  for (const target of found.targets) emit({ type: 'note', text: targetText(target) });
  return found.targets;
}

function scopeOfRange(spec: SessionsJobSpec, range: SlotRange): JobScope {
  const sessions = [...new Set([...spec.filter.sessions, ...spec.targets])];
  return {
    source: 'archive',
    reason: 'Reading the given slots from the archive.',
    range,
    filter: { ...spec.filter, sessions },
    targets: [],
  };
}

function windowOf(targets: readonly DiscoveredTarget[], padding: number): SlotRange {
  const start = Math.min(...targets.map((target) => target.oldestSlot)) - padding;
  const end = Math.max(...targets.map((target) => target.newestSlot)) + padding + 1;
  return { start: Math.max(0, start), end };
}

/** Links and inline files belong to no session account, so one of them among the targets widens the filter. */
function filterOf(filter: IqFilter, targets: readonly DiscoveredTarget[]): IqFilter {
  const sessions = targets.flatMap(({ session }) => session ?? []);
  return { ...filter, sessions: sessions.length === targets.length ? sessions : [] };
}

async function pickSource(
  spec: SessionsJobSpec,
  found: { readonly range: SlotRange; readonly targets: readonly DiscoveredTarget[] },
  context: JobContext,
  signal: AbortSignal,
): Promise<{ readonly source: 'archive' | 'rpc'; readonly reason: string }> {
  if (spec.source !== 'auto') {
    return { source: spec.source, reason: `Reading from ${spec.source}, as asked for.` };
  }
  const facts = {
    signatures: found.targets.reduce((sum, target) => sum + target.signatures, 0),
    truncated: found.targets.some((target) => target.truncated),
    window: found.range,
    archive: await probeArchive(spec, found.range, context, signal),
  };
  return chooseSource(facts, {
    rpcRequestsPerSecond: context.rpc.requestsPerSecond,
    archiveBytesPerSecond: ARCHIVE_BYTES_PER_SECOND,
    bytesPerSlot: BYTES_PER_SLOT,
  });
}

async function probeArchive(
  spec: SessionsJobSpec,
  range: SlotRange,
  context: JobContext,
  signal: AbortSignal,
): Promise<Parameters<typeof chooseSource>[0]['archive']> {
  try {
    const plan = await planRange(spec.archive, range, context, signal);
    return { reachable: true, bytes: plan.bytes < 0 ? null : plan.bytes };
  } catch (error) {
    if (!(error instanceof OperatingError) || error.code === 'CANCELLED') throw error;
    return { reachable: false, reason: errorText(error) };
  }
}

function targetText(target: DiscoveredTarget): string {
  const cut = target.truncated ? ', older ones beyond the page limit' : '';
  return (
    `${target.target}: ${target.signatures} signatures in ${target.pages} pages, ` +
    `slots ${target.oldestSlot} to ${target.newestSlot}${cut}`
  );
}
