import type { StoredMsg } from '@nats-io/jetstream';
import { z } from 'zod';
import { OperatingError } from '../../core/errors.ts';

/**
 * A backup of a stream is a folder with `manifest.json` and `messages.bin`. The latter holds one record a message, in
 * the order of the stream: two little-endian 32-bit lengths, then the facts as JSON, then the payload as it is.
 */
export const MANIFEST_FILE = 'manifest.json';
export const MESSAGES_FILE = 'messages.bin';

const FORMAT = 'millrace-stream-backup';
/** Written in every manifest; a change that an older reader could trip over gets the next one. */
const VERSION = 1;

/** Bytes of the two lengths in front of a record. */
export const RECORD_HEAD_BYTES = 8;
/** Facts and payload beyond this are not believed: NATS takes no message above 64 MiB. */
export const RECORD_BYTES_MAX = 64 * 2 ** 20;

const configSchema = z.looseObject({ name: z.string().min(1) });

const manifestSchema = z.object({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  /** ISO 8601. */
  created_at: z.string(),
  /** As JetStream told it, with fields of newer servers. */
  stream: configSchema,
  consumers: z.array(configSchema),
  messages: z.int().min(0),
  bytes: z.int().min(0),
  /** Of `messages.bin`, hexadecimal. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

export type BackupManifest = z.infer<typeof manifestSchema>;

/** What stands in front of a payload. */
const factsSchema = z.object({
  sequence: z.int().min(1),
  /** As JetStream told it: ISO 8601 with nanoseconds. */
  time: z.string(),
  subject: z.string().min(1),
  headers: z.array(z.tuple([z.string(), z.array(z.string())])),
});

export interface BackupRecord {
  readonly facts: z.infer<typeof factsSchema>;
  readonly payload: Uint8Array;
}

export function manifestOf(facts: Omit<BackupManifest, 'format' | 'version'>): string {
  return `${JSON.stringify({ format: FORMAT, version: VERSION, ...facts }, null, 2)}\n`;
}

/** @throws {OperatingError} CONFIG for anything but a manifest that this program wrote. */
export function parseManifest(text: string, path: string): BackupManifest {
  const parsed = manifestSchema.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw brokenBackup(path, z.prettifyError(parsed.error));
}

/** Head, facts and payload of a message; the payload is not copied. */
export function recordParts(message: StoredMsg): readonly Uint8Array[] {
  const facts = Buffer.from(
    JSON.stringify({
      sequence: message.seq,
      time: message.timestamp,
      subject: message.subject,
      headers: [...(message.header ?? [])],
    }),
  );
  const head = Buffer.alloc(RECORD_HEAD_BYTES);
  head.writeUInt32LE(facts.length, 0);
  head.writeUInt32LE(message.data.length, 4);
  return [head, facts, message.data];
}

/** @throws {OperatingError} CONFIG when the facts are none. */
export function parseRecord(facts: Uint8Array, payload: Uint8Array, path: string): BackupRecord {
  const parsed = factsSchema.safeParse(jsonOf(Buffer.from(facts).toString('utf8')));
  if (parsed.success) return { facts: parsed.data, payload };
  throw brokenBackup(path, z.prettifyError(parsed.error));
}

export function brokenBackup(path: string, received: string): OperatingError {
  const message = `reading the backup ${path}: expected a whole one, received ${received}`;
  return new OperatingError('CONFIG', message, { retryable: false, fields: { path } });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
