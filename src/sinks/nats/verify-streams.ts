import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { type ConfigDifference, differingFields, fieldOf, jsonText } from './config-difference.ts';
import type { StreamDefinition } from './stream-definitions.ts';
import { readStream, replicasFor, settingsFor } from './stream-state.ts';

/**
 * Every setting on the server that is not as its definition says; none when all is as it should be.
 * @throws {OperatingError} SINK_UNREACHABLE, SINK_REFUSED.
 */
export async function verifyStreams(
  connection: NatsConnection,
  definitions: readonly StreamDefinition[],
  signal: AbortSignal,
): Promise<readonly ConfigDifference[]> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const replicas = replicasFor(connection);
  const differences: ConfigDifference[] = [];
  for (const definition of definitions) {
    signal.throwIfAborted();
    const settings = settingsFor(definition, replicas);
    const { name } = settings;
    const state = await readStream(manager, name);
    if (state === null) {
      differences.push(missing(name, null));
      continue;
    }
    differences.push(...compare({ stream: name, consumer: null }, settings, state.info.config));
    for (const consumer of definition.consumers) {
      const found = state.consumers.find((one) => one.name === consumer.name);
      const place = { stream: name, consumer: consumer.name };
      if (found === undefined) differences.push(missing(name, consumer.name));
      else differences.push(...compare(place, consumer, found.config));
    }
  }
  return differences;
}

function missing(stream: string, consumer: string | null): ConfigDifference {
  return { stream, consumer, field: 'present', expected: 'true', received: 'false' };
}

function compare(
  place: Pick<ConfigDifference, 'stream' | 'consumer'>,
  expected: object,
  received: object,
): ConfigDifference[] {
  return differingFields(expected, received).map((field) => ({
    ...place,
    field,
    expected: jsonText(fieldOf(expected, field)),
    received: jsonText(fieldOf(received, field)),
  }));
}
