import type { ConsumerConfig, ConsumerInfo, JetStreamManager } from '@nats-io/jetstream';
import { OperatingError } from '../../core/errors.ts';
import type { AppliedChange } from './applied-change.ts';
import { differingFields, fieldOf, jsonText } from './config-difference.ts';
import { hasCode, JETSTREAM_CODES, natsError } from './nats-error.ts';
import type { ConsumerSettings, StreamSettings } from './stream-definitions.ts';
import type { StreamState } from './stream-state.ts';

export interface ConsumerStep {
  readonly consumer: ConsumerSettings;
  readonly settings: StreamSettings;
  /** Null where the stream was made just now. */
  readonly state: StreamState | null;
}

/**
 * Creates or updates one consumer.
 * @throws {OperatingError} SINK_REFUSED where another consumer stands in the way, or where the change needs a new
 * consumer and is not forced; SINK_UNREACHABLE.
 */
export async function applyConsumer(
  manager: JetStreamManager,
  step: ConsumerStep,
  force: boolean,
): Promise<AppliedChange> {
  const { consumer, settings, state } = step;
  const stream = settings.name;
  const found = state?.consumers.find(({ name }) => name === consumer.name);
  const base = { stream, consumer: consumer.name };
  if (found === undefined) {
    await create(manager, step);
    return { ...base, action: 'created', changes: [] };
  }
  const fields = differingFields(consumer, found.config);
  if (fields.length === 0) return { ...base, action: 'unchanged', changes: [] };
  const changes = fields.map(
    (field) =>
      `${field}: ${jsonText(fieldOf(found.config, field))} → ${jsonText(fieldOf(consumer, field))}`,
  );
  if (await updated(manager, step, found)) return { ...base, action: 'updated', changes };
  if (!force) throw needsRecreation(step, changes);
  await manager.consumers.delete(stream, consumer.name);
  await create(manager, step);
  return { ...base, action: 'recreated', changes };
}

/** @returns false when JetStream allows this change only to a new consumer. */
async function updated(
  manager: JetStreamManager,
  { consumer, settings }: ConsumerStep,
  found: ConsumerInfo,
): Promise<boolean> {
  const config = { ...found.config, ...consumer, filter_subject: consumer.filter_subject ?? '' };
  try {
    await manager.consumers.update(settings.name, consumer.name, config);
    // Version 2.9 takes some changes without a word and without effect.
    const { config: now } = await manager.consumers.info(settings.name, consumer.name);
    return differingFields(consumer, now).length === 0;
  } catch (error) {
    const fault = natsError(`updating consumer ${consumer.name}`, error);
    if (fault.code === 'SINK_REFUSED') return false;
    throw fault;
  }
}

async function create(manager: JetStreamManager, step: ConsumerStep): Promise<void> {
  const { consumer, settings, state } = step;
  const attempted = `creating consumer ${consumer.name} on stream ${settings.name}`;
  try {
    await manager.consumers.add(settings.name, consumer as Partial<ConsumerConfig>);
  } catch (error) {
    const fault = natsError(attempted, error);
    const { consumersOverlap, consumersUnfiltered } = JETSTREAM_CODES;
    if (!hasCode(error, consumersOverlap) && !hasCode(error, consumersUnfiltered)) throw fault;
    const others = state?.consumers.map(({ name }) => name).join(', ') ?? '';
    const message = `${fault.message}; a work queue gives each message to one consumer, and there is: ${others || 'a stream that takes it as its source'}`;
    throw new OperatingError('SINK_REFUSED', message, { retryable: false, cause: error });
  }
}

function needsRecreation(
  { consumer, settings }: ConsumerStep,
  changes: readonly string[],
): OperatingError {
  const message = `updating consumer ${consumer.name} on stream ${settings.name}: expected ${changes.join('; ')}, received a refusal: JetStream changes that only in a new consumer, which forgets deliveries that were not acknowledged; give --force to make one`;
  const fields = { stream: settings.name, consumer: consumer.name };
  return new OperatingError('SINK_REFUSED', message, { retryable: false, fields });
}
