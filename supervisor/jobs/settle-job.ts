import type { SessionResult } from '../../src/model/session-result.ts';
import { unseenSession } from '../sessions/session-result-of.ts';
import { type SettledUpload, settleSession } from '../sessions/settle-session.ts';
import { HintLog } from './hint-log.ts';
import type { ShardRun } from './run-shards.ts';

/** Sessions that other jobs left undecided, taken at once. */
const UNDECIDED_MAX = 10_000;

/**
 * Decides every session the job read something of, queues or writes what is whole, and keeps the hints about what is
 * not. It runs when all of the job's shards are done, so that which copy of a chunk wins never depends on which
 * shard was faster.
 */
export function settleJob(run: ShardRun): SessionResult[] {
  const { context, jobId, spec, emit } = run;
  const { store } = context;
  const hints = new HintLog(context.hintsPath);
  const keys = new Set([
    ...store.sessionRecords.ofJob(jobId),
    ...store.sessionRecords.undecided(UNDECIDED_MAX),
  ]);
  const results: SessionResult[] = [];
  for (const key of keys) {
    const settled = settleSession(key, store, {
      recoverFailed: spec.recoverFailed,
      chunksMax: context.chunksMax,
      decode: spec.decode,
      bytesMax: context.fileBytesMax,
      job: jobId,
      readerMode: spec.filter.mode,
      outDir: spec.outDir,
      target: context.ingestTarget,
      now: context.now(),
    });
    for (const upload of settled) {
      noteHint(upload, hints, run);
      for (const warning of upload.warnings) {
        emit({ type: 'warning', text: `session ${upload.result.session}: ${warning}` });
      }
      emit({ type: 'session', session: upload.result });
      results.push(upload.result);
    }
  }
  context.delivery.wake();
  return withUnseen(onlyAskedFor(results, run), run);
}

function noteHint({ upload, result }: SettledUpload, hints: HintLog, run: ShardRun): void {
  const { store, logger } = run.context;
  if (result.state !== 'incomplete') {
    store.hints.forget(result.session);
    hints.remove(result.session);
    return;
  }
  if (upload.finalizeSlot !== null) {
    const text = `session ${result.session} finalized with ${result.total_chunks} expected chunks (currently have ${result.chunk_count})`;
    logger.warn({ session: result.session, missing: result.missing.length }, text);
  }
  if (upload.hint === undefined) return;
  const preview = JSON.stringify(upload.hint.missingPreview);
  if (store.hints.remember(result.session, preview)) hints.put(upload.hint);
}

/** Where particular uploads were asked for, others found on the way are delivered but not reported. */
function onlyAskedFor(
  results: readonly SessionResult[],
  { spec, scope }: ShardRun,
): SessionResult[] {
  const asked = new Set([
    ...spec.targets,
    ...scope.targets.flatMap(({ session, signature }) => [session ?? [], signature ?? []].flat()),
  ]);
  if (asked.size === 0) return [...results];
  return results.filter(
    (result) => asked.has(result.session) || asked.has(result.finalize_signature ?? ''),
  );
}

/** A session account that was asked for and never seen is incomplete, not absent. */
function withUnseen(results: readonly SessionResult[], { spec }: ShardRun): SessionResult[] {
  const seen = new Set(results.flatMap((one) => [one.session, one.finalize_signature]));
  const isAccount = (target: string): boolean => target.length <= 44;
  const unseen = spec.targets.filter((target) => isAccount(target) && !seen.has(target));
  return [...results, ...unseen.map(unseenSession)];
}
