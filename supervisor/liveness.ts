import { setTimeout as sleep } from 'node:timers/promises';
import { errorText } from '../src/core/errors.ts';
import type { LivenessProbe } from './child-spec.ts';
import { withDeadline } from './deadline.ts';

export interface LivenessListener {
  readonly onAnswer: (latencyMs: number) => void;
  /** Called once; the watch then ends. */
  readonly onSilent: (silentMs: number, lastError: string) => void;
}

/** Probes until the signal aborts or the child has been silent for too long. Never rejects. */
export async function watchLiveness(
  probe: LivenessProbe,
  listener: LivenessListener,
  nowMs: () => number,
  signal: AbortSignal,
): Promise<void> {
  let lastAnswerMs = nowMs();
  while (!signal.aborted) {
    await sleep(probe.intervalMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const askedMs = nowMs();
    try {
      await withDeadline(probe.timeoutMs, probe.check, signal);
      lastAnswerMs = nowMs();
      listener.onAnswer(lastAnswerMs - askedMs);
    } catch (error) {
      const silentMs = nowMs() - lastAnswerMs;
      if (signal.aborted || probe.silentMsMax === null || silentMs < probe.silentMsMax) continue;
      listener.onSilent(silentMs, errorText(error));
      return;
    }
  }
}
