import type { LedgerInstruction } from '../../model/ledger-transaction.ts';
import type { DexProgram, EventForm, SwapEvent } from './dex-program.ts';
import type { LoggedBytes } from './logged-events.ts';

/** What Anchor's `emit_cpi!` puts before the id of an event. Source: coral-xyz/anchor, lang/src/event.rs. */
const SELF_CALL = Buffer.from('e445a52e51cb9a1d', 'hex');

/**
 * The events of one swap call, of the most preferred kind that is there.
 * @param selfCalls calls of the program to itself that the swap call made.
 * @param logged lines the call wrote; asked only when no self call holds an event.
 */
export function findEvents(
  program: DexProgram,
  selfCalls: readonly LedgerInstruction[],
  logged: () => readonly LoggedBytes[],
): readonly SwapEvent[] {
  const emitted: Buffer[] = [];
  for (const { data } of selfCalls) {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    if (startsWith(bytes, SELF_CALL)) emitted.push(bytes.subarray(SELF_CALL.length));
  }
  for (const form of program.events) {
    if (form.channel !== 'anchor') continue;
    const events = readAll(form, emitted);
    if (events.length > 0) return events;
  }
  const lines = logged().map(({ channel, base64 }) => ({
    channel,
    bytes: Buffer.from(base64, 'base64'),
  }));
  for (const form of program.events) {
    const payloads = lines.filter(({ channel }) => channel === form.channel);
    const events = readAll(
      form,
      payloads.map(({ bytes }) => bytes),
    );
    if (events.length > 0) return events;
  }
  return [];
}

function readAll(form: EventForm, payloads: readonly Buffer[]): SwapEvent[] {
  const { id } = form;
  return payloads.flatMap((bytes) =>
    startsWith(bytes, id) ? (form.read(bytes.subarray(id.length)) ?? []) : [],
  );
}

function startsWith(bytes: Buffer, start: Buffer): boolean {
  return (
    bytes.length >= start.length && bytes.compare(start, 0, start.length, 0, start.length) === 0
  );
}
