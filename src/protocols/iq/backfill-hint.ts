import type { SlotRange } from '../../core/slot-range.ts';
import type { SessionDecision } from './session-assembly.ts';

/** Indexes listed in a hint. Source: iq-plugin, `missing_sessions.log`. */
const PREVIEW_MAX = 16;

/** Where the missing chunks of one session are to be looked for. */
export interface BackfillHint {
  readonly session: string;
  readonly observedChunks: number;
  readonly expectedChunks: number | null;
  readonly totalMissing: number;
  /** The first missing indexes, at most 16. */
  readonly missingPreview: readonly number[];
  readonly firstSlot: number;
  readonly lastSlot: number;
  readonly finalizeSlot: number | null;
  readonly finalizeSignature: string | null;
  /** Slots to replay: one more than was seen on either side. */
  readonly range: SlotRange;
}

/** The hint for an incomplete session, or undefined when nothing lacks or nothing was seen. */
export function backfillHintOf(decision: SessionDecision<unknown>): BackfillHint | undefined {
  if (decision.state !== 'incomplete' || decision.lastSlot === 0) return undefined;
  return {
    session: decision.session,
    observedChunks: decision.chosen.length,
    expectedChunks: decision.totalChunks,
    totalMissing: decision.missingCount,
    missingPreview: previewOf(decision.missing),
    firstSlot: decision.firstSlot,
    lastSlot: decision.lastSlot,
    finalizeSlot: decision.finalize?.position.slot ?? null,
    finalizeSignature: decision.finalize?.signature ?? null,
    range: { start: Math.max(0, decision.firstSlot - 1), end: decision.lastSlot + 2 },
  };
}

/**
 * One line for `missing_sessions.log`, without the line end. Field names are iq-plugin's. Its
 * recommended command ended one slot after `end_inclusive`; here both say the same.
 */
export function formatBackfillHint(hint: BackfillHint): string {
  const start = hint.range.start;
  const endInclusive = hint.range.end - 1;
  return JSON.stringify({
    session: hint.session,
    observed_chunks: hint.observedChunks,
    expected_chunks: hint.expectedChunks,
    total_missing: hint.totalMissing,
    missing_preview: hint.missingPreview,
    first_slot: hint.firstSlot,
    last_slot: hint.lastSlot,
    finalize_slot: hint.finalizeSlot,
    finalize_signature: hint.finalizeSignature,
    recommended_slot_range: { start, end_inclusive: endInclusive },
    recommended_command: `npx millrace sessions ${hint.session} ${start}:${endInclusive}`,
  });
}

/**
 * Reads a line of `missing_sessions.log`, ours or iq-plugin's; the range is taken from
 * `recommended_slot_range`, never from the command text. Undefined for a line that is no hint.
 */
export function parseBackfillHint(line: string): BackfillHint | undefined {
  const fields = objectOf(parseJson(line));
  const range = objectOf(fields?.['recommended_slot_range']);
  const session = fields?.['session'];
  const start = slotOf(range?.['start']);
  const endInclusive = slotOf(range?.['end_inclusive']);
  if (fields === undefined || typeof session !== 'string') return undefined;
  if (start === null || endInclusive === null || endInclusive < start) return undefined;
  const preview = fields['missing_preview'];
  const signature = fields['finalize_signature'];
  return {
    session,
    observedChunks: slotOf(fields['observed_chunks']) ?? 0,
    expectedChunks: slotOf(fields['expected_chunks']),
    totalMissing: slotOf(fields['total_missing']) ?? 0,
    missingPreview: Array.isArray(preview)
      ? preview.slice(0, PREVIEW_MAX).filter((index) => slotOf(index) !== null)
      : [],
    firstSlot: slotOf(fields['first_slot']) ?? start,
    lastSlot: slotOf(fields['last_slot']) ?? endInclusive,
    finalizeSlot: slotOf(fields['finalize_slot']),
    finalizeSignature: typeof signature === 'string' ? signature : null,
    range: { start, end: endInclusive + 1 },
  };
}

function previewOf(missing: readonly (readonly [number, number])[]): number[] {
  const preview: number[] = [];
  for (const [from, to] of missing) {
    for (let index = from; index <= to; index++) {
      if (preview.length === PREVIEW_MAX) return preview;
      preview.push(index);
    }
  }
  return preview;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? { ...value }
    : undefined;
}

/** A count or slot number as a hint may hold it, else null. */
function slotOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
