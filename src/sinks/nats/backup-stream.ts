import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { errorText, OperatingError } from '../../core/errors.ts';
import { MANIFEST_FILE, MESSAGES_FILE, manifestOf, recordParts } from './backup-format.ts';
import { storedMessages, storedRange } from './stored-messages.ts';
import { readStream, type StreamState } from './stream-state.ts';

export interface BackupResult {
  readonly folder: string;
  readonly messages: number;
  /** Of the file of messages. */
  readonly bytes: number;
  readonly sha256: string;
}

/** Records are gathered to this size before they are written. */
const WRITE_BYTES = 1024 * 1024;

/**
 * Writes all messages that the stream holds now, its settings and its consumers' into a new folder. The folder gets its
 * name when everything in it is on the disk. Messages acknowledged meanwhile may be missing: they are done with.
 * @throws {OperatingError} USAGE when the folder holds something or there is no such stream; SINK_UNREACHABLE,
 * SINK_REFUSED; DATA_FOLDER, DISK_FULL.
 */
export async function backupStream(
  connection: NatsConnection,
  { stream, folder }: { readonly stream: string; readonly folder: string },
  signal: AbortSignal,
): Promise<BackupResult> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const state = await readStream(manager, stream);
  if (state === null) throw noSuchStream(stream);
  const draft = join(dirname(folder), `.${basename(folder)}.${process.pid}.part`);
  try {
    if (existsSync(folder) && readdirSync(folder).length > 0) throw notEmpty(folder);
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft, { recursive: true });
    const written = await writeMessages({ manager, state, draft }, signal);
    const facts = { created_at: new Date().toISOString(), ...configsOf(state), ...written };
    await writeSynced(join(draft, MANIFEST_FILE), manifestOf(facts));
    await syncFolder(draft);
    await rename(draft, folder);
    await syncFolder(dirname(folder));
    return { folder, ...written };
  } catch (error) {
    await rm(draft, { recursive: true, force: true }).catch(() => {});
    throw signal.aborted ? signal.reason : fileError(folder, error);
  }
}

function configsOf({ info, consumers }: StreamState) {
  // Ephemeral consumers belong to somebody who is connected now.
  const durable = consumers.filter(({ config }) => config.durable_name !== undefined);
  return {
    stream: { ...info.config },
    consumers: durable.map(({ name, config }) => ({ ...config, name })),
  };
}

async function writeMessages(
  from: {
    readonly manager: JetStreamManager;
    readonly state: StreamState;
    readonly draft: string;
  },
  signal: AbortSignal,
): Promise<Omit<BackupResult, 'folder'>> {
  const { info } = from.state;
  const file = await open(join(from.draft, MESSAGES_FILE), 'wx');
  const hash = createHash('sha256');
  let messages = 0;
  let bytes = 0;
  let parts: Uint8Array[] = [];
  let partBytes = 0;
  const flush = async (): Promise<void> => {
    const block = Buffer.concat(parts);
    hash.update(block);
    await writeWhole(file, block);
    bytes += block.length;
    parts = [];
    partBytes = 0;
  };
  try {
    const range = storedRange(info.state);
    for await (const message of storedMessages(from.manager, info.config.name, range, signal)) {
      for (const part of recordParts(message)) {
        parts.push(part);
        partBytes += part.length;
      }
      messages++;
      if (partBytes >= WRITE_BYTES) await flush();
    }
    await flush();
    await file.sync();
  } finally {
    await file.close();
  }
  return { messages, bytes, sha256: hash.digest('hex') };
}

/** One call of the system may take fewer bytes than it was given. */
async function writeWhole(file: FileHandle, block: Uint8Array): Promise<void> {
  for (let from = 0; from < block.length; ) {
    const { bytesWritten } = await file.write(block, from, block.length - from);
    from += bytesWritten;
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function noSuchStream(stream: string): OperatingError {
  const message = `backing up stream ${stream}: expected a stream of that name, received none`;
  return new OperatingError('USAGE', message, { retryable: false, fields: { stream } });
}

function notEmpty(folder: string): OperatingError {
  const message = `backing up into ${folder}: expected a folder that is empty or not there yet`;
  return new OperatingError('USAGE', message, { retryable: false, fields: { folder } });
}

function fileError(folder: string, error: unknown): OperatingError {
  if (error instanceof OperatingError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  const remedy = full ? 'free space on that disk' : 'name a folder that can be written';
  const message = `backing up into ${folder}: received ${errorText(error)}; ${remedy}`;
  const options = { retryable: false, fields: { folder }, cause: error };
  return new OperatingError(full ? 'DISK_FULL' : 'DATA_FOLDER', message, options);
}
