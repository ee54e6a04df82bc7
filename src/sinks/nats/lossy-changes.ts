import type { StreamInfo } from '@nats-io/jetstream';
import { OperatingError } from '../../core/errors.ts';
import { jsonText } from './config-difference.ts';
import type { StreamSettings } from './stream-definitions.ts';

const NANOS_PER_MS = 1e6;

/** A restore puts the messages into the stream that init has made. */
export const FIXED_REMEDY =
  'that cannot be changed in place: back the stream up, delete it, run init, restore it';

/**
 * Refuses what would drop stored messages. Retention and storage cannot be changed in place at all, whatever is forced:
 * the way is a backup, a new stream, and a restore.
 * @throws {OperatingError} SINK_REFUSED naming the fields.
 */
export function assertNothingLost(
  settings: StreamSettings,
  info: StreamInfo,
  force: boolean,
): void {
  const { name } = settings;
  const fixed = (['retention', 'storage'] as const).filter(
    (field) => settings[field] !== info.config[field],
  );
  if (fixed.length > 0) {
    const text = fixed.map((field) => differs(field, settings[field], info.config[field]));
    throw refused(name, `${text.join('; ')}; ${FIXED_REMEDY}`);
  }
  const losses = force ? [] : droppedBy(settings, info);
  if (losses.length === 0) return;
  throw refused(
    name,
    `${losses.join('; ')}; back it up first and give --force to drop them, or keep the larger bound`,
  );
}

/** Bounds that become smaller than what is stored. */
function droppedBy(settings: StreamSettings, { config, state }: StreamInfo): string[] {
  const ageMs = state.messages === 0 ? 0 : Date.now() - Date.parse(state.first_ts);
  const stored = {
    max_msgs: state.messages,
    max_bytes: state.bytes,
    max_age: ageMs * NANOS_PER_MS,
    max_msgs_per_subject: state.messages,
  };
  return Object.entries(stored).flatMap(([field, held]) => {
    const wanted: number = Reflect.get(settings, field);
    const present: number = Reflect.get(config, field);
    const smaller = wanted > 0 && (present <= 0 || wanted < present);
    if (!smaller || held <= wanted) return [];
    return [`${differs(field, wanted, present)}, and that would drop stored messages`];
  });
}

function differs(field: string, expected: unknown, received: unknown): string {
  return `expected ${field} ${jsonText(expected)}, received ${jsonText(received)}`;
}

function refused(stream: string, text: string): OperatingError {
  const message = `updating stream ${stream}: ${text}`;
  return new OperatingError('SINK_REFUSED', message, { retryable: false, fields: { stream } });
}
