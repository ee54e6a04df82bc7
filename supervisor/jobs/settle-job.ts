import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SessionResult } from '../../src/model/session-result.ts';
import { unseenSession } from '../sessions/session-result-of.ts';
import {
  type SettledUpload,
  type SettleOptions,
  settleSession,
} from '../sessions/settle-session.ts';
import { isSessionAccount } from './find-window.ts';
import { HintLog } from './hint-log.ts';
import type { SessionsRun } from './sessions-run.ts';

/** What is settled does not depend on where it was read from. */
type SettlingRun = Omit<SessionsRun, 'scope'>;

/** Sessions that other jobs left undecided, taken at once. */
const UNDECIDED_MAX = 10_000;

/**
 * Decides every session the job read something of, queues or writes what is whole, and keeps the hints about what is
 * not. It runs when all of the job's shards are done, so that which copy of a chunk wins never depends on which
 * shard was faster. Sessions that others left undecided are settled too, because a link read here may complete their
 * list; what they lack is not a hole of this job, so they are reported only when they are whole.
 */
export async function settleJob(run: SessionsRun, signal: AbortSignal): Promise<SessionResult[]> {
  const { jobId } = run;
  const { sessionRecords } = run.context.store;
  const own = new Set(sessionRecords.ofJob(jobId));
  const others = sessionRecords.undecided(UNDECIDED_MAX).filter((key) => !isFollowed(key, run));
  const isTold = (key: string, { outcome }: SettledUpload): boolean =>
    own.has(key) || outcome !== 'incomplete';
  const results = await settleSessions(run, { keys: new Set([...own, ...others]), isTold }, signal);
  return withUnseen(onlyAskedFor(results, run), run);
}

/**
 * The same for a job that follows the chain, after each of its batches and for its own sessions alone: what another
 * job is still reading is not whole yet. An upload that nobody has closed yet is not told: it goes on.
 */
export async function settleFollowed(
  run: SettlingRun,
  signal: AbortSignal,
): Promise<SessionResult[]> {
  const keys = run.context.store.sessionRecords.undecidedOf(run.jobId, UNDECIDED_MAX);
  const isTold = (_key: string, { result }: SettledUpload): boolean => isFollowedNews(result);
  return keys.length === 0 ? [] : await settleSessions(run, { keys, isTold }, signal);
}

/** False for an upload that goes on. */
export function isFollowedNews({ state, finalize_slot }: SessionResult): boolean {
  return state !== 'incomplete' || finalize_slot !== null;
}

/** A job that follows the chain decides its sessions itself, as it wants them decided. */
function isFollowed(session: string, { context, jobId }: SessionsRun): boolean {
  const { sessionRecords } = context.store;
  return [...context.followers].some((job) => job !== jobId && sessionRecords.isOf(session, job));
}

interface Settling {
  readonly keys: Iterable<string>;
  readonly isTold: (key: string, upload: SettledUpload) => boolean;
}

async function settleSessions(
  run: SettlingRun,
  { keys, isTold }: Settling,
  signal: AbortSignal,
): Promise<SessionResult[]> {
  const { context } = run;
  const settled: SettledUpload[] = [];
  for (const key of keys) {
    // Each session is a commit of its own; between two of them the API gets its turn.
    await nextTurn(undefined, { signal });
    for (const upload of settleSession(key, context.store, settleOptions(run))) {
      if (!isTold(key, upload)) continue;
      tell(upload, run);
      settled.push(upload);
    }
  }
  noteHints(settled, run);
  context.delivery.wake();
  return settled.map(({ result }) => result);
}

function settleOptions({ context, jobId, spec }: SettlingRun): SettleOptions {
  return {
    recoverFailed: spec.recoverFailed,
    chunksMax: context.chunksMax,
    decode: spec.decode,
    bytesMax: context.fileBytesMax,
    job: jobId,
    readerMode: spec.filter.mode,
    outDir: spec.outDir,
    target: context.ingestTarget,
    now: context.now(),
  };
}

function tell({ upload, result, warnings }: SettledUpload, { context, emit }: SettlingRun): void {
  if (result.state === 'incomplete' && upload.finalizeSlot !== null) {
    const text = `session ${result.session} finalized with ${result.total_chunks} expected chunks (currently have ${result.chunk_count})`;
    const preview = JSON.stringify(upload.hint?.missingPreview ?? []);
    const isNews = context.store.hints.remember(result.session, preview);
    if (isNews) context.logger.warn({ session: result.session }, text);
  }
  for (const warning of warnings) {
    emit({ type: 'warning', text: `session ${result.session}: ${warning}` });
  }
  emit({ type: 'session', session: result });
}

/** Written whole every time, so that a crash between a decision and its hint loses no hint. */
function noteHints(settled: readonly SettledUpload[], { context }: SettlingRun): void {
  const names = new Set(settled.map(({ result }) => result.session));
  const hints = settled.flatMap(({ upload, result }) =>
    result.state === 'incomplete' ? (upload.hint ?? []) : [],
  );
  new HintLog(context.hintsPath).update(names, hints);
  const lacking = new Set(hints.map(({ session }) => session));
  for (const name of names) if (!lacking.has(name)) context.store.hints.forget(name);
}

/** Where particular uploads were asked for, others found on the way are delivered but not reported. */
function onlyAskedFor(
  results: readonly SessionResult[],
  { spec, scope }: SessionsRun,
): readonly SessionResult[] {
  const found = scope.targets.flatMap(({ session, signature }) => [session, signature]);
  const asked = new Set<string | null>([...spec.targets, ...found]);
  asked.delete(null);
  if (asked.size === 0) return results;
  return results.filter(
    ({ session, finalize_signature }) => asked.has(session) || asked.has(finalize_signature),
  );
}

/** A session account that was asked for and never seen is incomplete, not absent. */
function withUnseen(results: readonly SessionResult[], { spec }: SessionsRun): SessionResult[] {
  const seen = new Set(results.map(({ session }) => session));
  const unseen = spec.targets.filter((target) => isSessionAccount(target) && !seen.has(target));
  return [...results, ...unseen.map(unseenSession)];
}
