import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorText } from '../../core/errors.ts';
import {
  type BackupManifest,
  type BackupRecord,
  brokenBackup,
  MANIFEST_FILE,
  MESSAGES_FILE,
  parseManifest,
  parseRecord,
  RECORD_BYTES_MAX,
  RECORD_HEAD_BYTES,
} from './backup-format.ts';

const READ_BYTES = 1024 * 1024;

/**
 * Reads a backup from end to end: nothing of it is used before its digest, its records and their number are right.
 * @throws {OperatingError} CONFIG for a backup that is not whole.
 */
export async function checkBackup(folder: string, signal: AbortSignal): Promise<BackupManifest> {
  const path = join(folder, MANIFEST_FILE);
  const manifest = parseManifest(readManifest(path), path);
  const hash = createHash('sha256');
  let messages = 0;
  for await (const _record of readRecords(folder, signal, (block) => hash.update(block)))
    messages++;
  const sha256 = hash.digest('hex');
  if (sha256 !== manifest.sha256) {
    throw brokenBackup(folder, `${MESSAGES_FILE} with SHA-256 ${sha256}, not ${manifest.sha256}`);
  }
  if (messages !== manifest.messages) {
    throw brokenBackup(folder, `${messages} messages, not ${manifest.messages}`);
  }
  return manifest;
}

/**
 * The messages of a backup in order; a record at a time is held.
 * @param onBlock is shown the bytes of the file as they come.
 * @throws {OperatingError} CONFIG for a record that is cut off or malformed.
 */
export async function* readRecords(
  folder: string,
  signal: AbortSignal,
  onBlock: (block: Buffer) => void = () => undefined,
): AsyncGenerator<BackupRecord> {
  const path = join(folder, MESSAGES_FILE);
  let rest: Buffer = Buffer.alloc(0);
  for await (const block of openBlocks(path, signal)) {
    onBlock(block);
    rest = rest.length === 0 ? block : Buffer.concat([rest, block]);
    let at = 0;
    for (let bytes: number; ; at += bytes) {
      bytes = recordBytes(rest, at, path);
      if (rest.length - at < bytes) break;
      yield recordAt(rest, at, path);
    }
    rest = rest.subarray(at);
  }
  if (rest.length > 0) throw brokenBackup(path, `a record cut off after ${rest.length} bytes`);
}

async function* openBlocks(path: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(path, { highWaterMark: READ_BYTES, signal });
  } catch (error) {
    signal.throwIfAborted();
    throw brokenBackup(path, errorText(error));
  }
}

/** Bytes of the record at `at`, or of its head where not even that is there yet. */
function recordBytes(block: Buffer, at: number, path: string): number {
  if (block.length - at < RECORD_HEAD_BYTES) return RECORD_HEAD_BYTES;
  const bytes = block.readUInt32LE(at) + block.readUInt32LE(at + 4);
  if (bytes > RECORD_BYTES_MAX) throw brokenBackup(path, `a record of ${bytes} bytes`);
  return RECORD_HEAD_BYTES + bytes;
}

function recordAt(block: Buffer, at: number, path: string): BackupRecord {
  const factsEnd = at + RECORD_HEAD_BYTES + block.readUInt32LE(at);
  const end = factsEnd + block.readUInt32LE(at + 4);
  const facts = block.subarray(at + RECORD_HEAD_BYTES, factsEnd);
  return parseRecord(facts, block.subarray(factsEnd, end), path);
}

function readManifest(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw brokenBackup(path, errorText(error));
  }
}
