import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { errorText, OperatingError } from '../../core/errors.ts';

/** A whole number of nanoseconds, as JetStream counts time; a year of them is beyond the safe integers. */
const nanos = z.number().min(0).refine(Number.isInteger, 'expected whole nanoseconds');
const bound = z.int().min(-1);
const subject = z.string().regex(/^[^\s.]+(\.[^\s.]+)*$/);
/** Names become parts of subjects and of file names. Source: NATS documentation, "Naming streams". */
const name = z.string().regex(/^[\w-]+$/);

/** Every field that version 2.9 knows and that is ours to decide; the names are those of JetStream's API. */
const streamSchema = z.strictObject({
  name,
  description: z.string(),
  subjects: z.array(subject).min(1),
  retention: z.enum(['limits', 'interest', 'workqueue']),
  max_consumers: bound,
  max_msgs: bound,
  max_msgs_per_subject: bound,
  max_bytes: bound,
  max_age: nanos,
  max_msg_size: bound,
  storage: z.enum(['file', 'memory']),
  discard: z.enum(['old', 'new']),
  num_replicas: z.int().min(1).max(5),
  duplicate_window: nanos,
  sealed: z.literal(false),
  deny_delete: z.boolean(),
  deny_purge: z.boolean(),
  allow_rollup_hdrs: z.boolean(),
  allow_direct: z.boolean(),
  mirror_direct: z.boolean(),
  republish: z.strictObject({ src: subject, dest: subject }).optional(),
});

const consumerSchema = z
  .strictObject({
    durable_name: name,
    name,
    description: z.string(),
    deliver_policy: z.literal('all'),
    ack_policy: z.literal('explicit'),
    ack_wait: nanos,
    max_deliver: bound,
    filter_subject: subject.optional(),
    replay_policy: z.literal('instant'),
    max_waiting: z.int().min(1),
    max_ack_pending: z.int().min(1),
    num_replicas: z.int().min(0),
  })
  .refine((consumer) => consumer.name === consumer.durable_name, {
    message: 'name and durable_name differ',
  });

export type StreamSettings = z.infer<typeof streamSchema>;
export type ConsumerSettings = z.infer<typeof consumerSchema>;

export interface StreamDefinition {
  readonly stream: StreamSettings;
  readonly consumers: readonly ConsumerSettings[];
}

/** `streams/STREAM.json` and `consumers/STREAM.CONSUMER.json`: as `nats stream add --config` takes them. */
export const DEFINITIONS_FOLDER = fileURLToPath(new URL('../../../ops/jetstream', import.meta.url));

/**
 * Streams by name, each with its consumers; one that republishes comes after the streams it may feed.
 * @throws {OperatingError} CONFIG for a file that is missing, malformed or named unlike its contents.
 */
export function loadStreamDefinitions(folder: string): readonly StreamDefinition[] {
  const consumers = readAll(join(folder, 'consumers'), consumerSchema);
  const streams = readAll(join(folder, 'streams'), streamSchema);
  const definitions = streams.map(({ file, value }) => {
    if (file !== value.name) throw misnamed(folder, file, value.name);
    const own = consumers.filter((consumer) => consumer.file.split('.')[0] === value.name);
    return { stream: value, consumers: own.map((consumer) => consumer.value) };
  });
  for (const { file, value } of consumers) {
    const known = streams.some((stream) => file === `${stream.value.name}.${value.name}`);
    if (!known) throw misnamed(folder, file, `STREAM.${value.name}`);
  }
  return definitions.toSorted((a, b) => Number(feeds(a)) - Number(feeds(b)));
}

function feeds({ stream }: StreamDefinition): boolean {
  return stream.republish !== undefined;
}

function readAll<T>(folder: string, schema: z.ZodType<T>): { file: string; value: T }[] {
  const names = attempt(folder, () => readdirSync(folder).filter((file) => /\.json$/.test(file)));
  return names.toSorted().map((file) => {
    const path = join(folder, file);
    const parsed = schema.safeParse(attempt(path, () => JSON.parse(readFileSync(path, 'utf8'))));
    if (!parsed.success) throw badDefinition(path, z.prettifyError(parsed.error));
    return { file: file.slice(0, -'.json'.length), value: parsed.data };
  });
}

function attempt<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw badDefinition(path, errorText(error));
  }
}

function misnamed(folder: string, file: string, expected: string): OperatingError {
  return badDefinition(folder, `${file}.json, where ${expected}.json is the name for its contents`);
}

function badDefinition(path: string, received: string): OperatingError {
  const message = `reading ${path}: expected the settings of a stream or consumer, received ${received}`;
  return new OperatingError('CONFIG', message, { retryable: false, fields: { path } });
}
