import { type JetStreamManager, jetstreamManager, type StreamConfig } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { OperatingError } from '../../core/errors.ts';
import type { AppliedChange } from './applied-change.ts';
import { applyConsumer } from './apply-consumer.ts';
import { differingFields, fieldOf, jsonText } from './config-difference.ts';
import { assertNothingLost, FIXED_REMEDY } from './lossy-changes.ts';
import { hasCode, JETSTREAM_CODES, natsError } from './nats-error.ts';
import type { StreamDefinition, StreamSettings } from './stream-definitions.ts';
import { readStream, replicasFor, type StreamState, settingsFor } from './stream-state.ts';

export interface ApplyOptions {
  readonly definitions: readonly StreamDefinition[];
  /** Also what drops stored messages by a smaller bound, or forgets what a consumer has seen. */
  readonly force: boolean;
}

interface Step {
  readonly definition: StreamDefinition;
  readonly settings: StreamSettings;
  readonly state: StreamState | null;
}

/**
 * Makes the server's streams and consumers what the definitions say. May run again at any time, and while messages
 * flow. Nothing is changed when one of the changes would lose data.
 * @throws {OperatingError} SINK_REFUSED for a change that would lose data or that JetStream does not allow,
 * SINK_UNREACHABLE.
 */
export async function applyStreams(
  connection: NatsConnection,
  { definitions, force }: ApplyOptions,
  signal: AbortSignal,
): Promise<readonly AppliedChange[]> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const replicas = replicasFor(connection);
  const steps: Step[] = [];
  for (const definition of definitions) {
    signal.throwIfAborted();
    const settings = settingsFor(definition, replicas);
    const state = await readStream(manager, settings.name);
    if (state !== null) assertNothingLost(settings, state.info, force);
    steps.push({ definition, settings, state });
  }
  const done: AppliedChange[] = [];
  for (const step of steps) {
    signal.throwIfAborted();
    done.push(await applyStream(manager, step));
    for (const consumer of step.definition.consumers) {
      done.push(await applyConsumer(manager, { ...step, consumer }, force));
    }
  }
  return done;
}

async function applyStream(
  manager: JetStreamManager,
  { settings, state }: Step,
): Promise<AppliedChange> {
  const { name } = settings;
  const base = { stream: name, consumer: null };
  const attempted = `${state === null ? 'creating' : 'updating'} stream ${name}`;
  try {
    if (state === null) {
      await manager.streams.add(settings as StreamSettings & Partial<StreamConfig>);
      return { ...base, action: 'created', changes: [] };
    }
    const { config } = state.info;
    const fields = differingFields(settings, config);
    if (fields.length === 0) return { ...base, action: 'unchanged', changes: [] };
    await manager.streams.update(name, updatedConfig(settings, config));
    const changes = fields.map(
      (field) =>
        `${field}: ${jsonText(fieldOf(config, field))} → ${jsonText(fieldOf(settings, field))}`,
    );
    return { ...base, action: 'updated', changes };
  } catch (error) {
    throw streamError(attempted, error);
  }
}

/** What only the server knows of stays; what the definition does not have is taken away by name, or it would stay too. */
function updatedConfig(settings: StreamSettings, received: StreamConfig): Partial<StreamConfig> {
  const replicas = Math.max(settings.num_replicas, received.num_replicas);
  const wanted = { republish: undefined, sources: [], ...settings, num_replicas: replicas };
  return wanted as unknown as Partial<StreamConfig>;
}

function streamError(attempted: string, error: unknown): OperatingError {
  const fault = natsError(attempted, error);
  const remedy = remedyFor(error);
  if (remedy === null) return fault;
  const message = `${fault.message}; ${remedy}`;
  return new OperatingError(fault.code, message, { retryable: false, cause: error });
}

/** The answer to an overlap does not name the other stream; 2.9 refuses to change `republish` with "invalid config". */
function remedyFor(error: unknown): string | null {
  if (hasCode(error, JETSTREAM_CODES.subjectsOverlap)) {
    return 'another stream takes one of its subjects: "npx millrace ops jetstream report" lists them';
  }
  return hasCode(error, JETSTREAM_CODES.invalidConfig) ? FIXED_REMEDY : null;
}
