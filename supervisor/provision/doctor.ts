import { errorText } from '../../src/core/errors.ts';

/** One thing that has to be right before Millrace can run. */
export interface DoctorCheck {
  readonly id: string;
  /** Resolves with what was found; rejects with what is wrong. */
  readonly run: (signal: AbortSignal) => Promise<string>;
  /** What the user can do when it is wrong. */
  readonly remedy: string;
  /** Mends it, saying each step; null where only the user can. */
  readonly fix: ((say: (line: string) => void, signal: AbortSignal) => Promise<void>) | null;
}

export interface DoctorResult {
  readonly id: string;
  readonly ok: boolean;
  readonly detail: string;
  /** Null when all is well. */
  readonly remedy: string | null;
  /** True when `fixAndCheckAgain` was asked for and mended it. */
  readonly fixed: boolean;
}

/** Looks at everything, one after the other; what is wrong is a result, not an error. */
export async function runDoctor(
  checks: readonly DoctorCheck[],
  signal: AbortSignal,
): Promise<readonly DoctorResult[]> {
  const results: DoctorResult[] = [];
  for (const check of checks) results.push(await runCheck(check, signal));
  return results;
}

/** Looks at everything and mends what can be mended; each mended thing is looked at again. */
export async function fixAndCheckAgain(
  checks: readonly DoctorCheck[],
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<readonly DoctorResult[]> {
  const results: DoctorResult[] = [];
  for (const check of checks) {
    const first = await runCheck(check, signal);
    results.push(first.ok || check.fix === null ? first : await mend(check, say, signal));
  }
  return results;
}

async function mend(
  check: DoctorCheck,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<DoctorResult> {
  try {
    await check.fix?.(say, signal);
  } catch (error) {
    signal.throwIfAborted();
    return { ...failed(check, error), fixed: false };
  }
  const again = await runCheck(check, signal);
  return { ...again, fixed: again.ok };
}

async function runCheck(check: DoctorCheck, signal: AbortSignal): Promise<DoctorResult> {
  signal.throwIfAborted();
  try {
    const detail = await check.run(signal);
    return { id: check.id, ok: true, detail, remedy: null, fixed: false };
  } catch (error) {
    signal.throwIfAborted();
    return failed(check, error);
  }
}

function failed(check: DoctorCheck, error: unknown): DoctorResult {
  const { id, remedy } = check;
  return { id, ok: false, detail: errorText(error), remedy, fixed: false };
}
